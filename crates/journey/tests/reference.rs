//! The reference is what the table says it is.

/// `JAUNT_UPDATE=1 cargo test -p jaunt-journey --test reference` writes the file anew.
#[test]
fn the_reference_is_what_the_parser_reads() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
    let generated = jaunt_journey::reference();
    if std::env::var_os("JAUNT_UPDATE").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == generated,
        "REFERENCE.md is not what the parser reads: write it anew with JAUNT_UPDATE=1"
    );
}
