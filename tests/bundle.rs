//! A bundle from key to verdict, as its author makes it.

use crate::support::jaunt::jaunt;
use std::fs;

#[test]
fn a_bundle_is_made_signed_and_verified_and_a_changed_one_is_refused() {
    let dir = tempfile::TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let code = |words: &[&str]| jaunt(words.iter().copied()).go().code;
    fs::create_dir(at("journeys")).unwrap();
    fs::write(at("journeys/home.toml"), "journey = \"home\"\n").unwrap();
    let (name, journeys, file) = (at("acme"), at("journeys"), at("acme.jaunt"));
    let (key, public) = (at("acme.key"), at("acme.pub"));

    assert_eq!(code(&["bundle", "keygen", &name]), 0);
    assert_eq!(
        code(&["bundle", "keygen", &name]),
        2,
        "a key is never overwritten"
    );
    let verify = [
        "bundle",
        "verify",
        &file,
        "--key",
        &public,
        "--customer",
        "acme",
    ];
    assert_eq!(code(&verify), 2, "there is none yet");
    assert_eq!(
        code(&[
            "bundle",
            "build",
            &journeys,
            "--customer",
            "acme",
            "-o",
            &file
        ]),
        0
    );
    assert_eq!(code(&verify), 1, "it is not signed yet");
    assert_eq!(code(&["bundle", "sign", &file, "--key", &key]), 0);
    assert_eq!(code(&verify), 0);

    let mut bytes = fs::read(&file).unwrap();
    let content = bytes
        .windows(7)
        .position(|bytes| bytes == b"journey")
        .unwrap();
    assert!(content > 512, "not in a header");
    let last = bytes
        .windows(6)
        .rposition(|bytes| bytes == b"\"home\"")
        .unwrap();
    bytes[last + 1] = b'H';
    fs::write(&file, bytes).unwrap();
    let refused = jaunt(verify).go();
    assert_eq!(refused.code, 1, "{refused}");
    assert!(refused.stdout.contains("[bundle.changed]"), "{refused}");
}
