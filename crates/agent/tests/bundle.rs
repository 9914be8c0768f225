//! Bundles: what is taken, and everything that is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_agent::bundle::{self, Bundle, Keys, PublicKey, Refused, SecretKey, Wanted, public_key};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: i64 = 1_790_000_000;

fn keys() -> (SecretKey, PublicKey) {
    let keys = Keys::generate().unwrap();
    (
        SecretKey::parse(&keys.secret).unwrap(),
        public_key(&keys.public).unwrap(),
    )
}

fn bundle() -> Bundle {
    let files = [("home.toml", "a"), ("sub/body.json", "b")];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Bundle::new("acme", 7, NOW - 100, NOW + 100, BTreeMap::from(files)).unwrap()
}

fn wanted(keys: &[PublicKey]) -> Wanted<'_> {
    Wanted {
        keys,
        customer: Some("acme"),
        least_sequence: 7,
        now_s: NOW,
    }
}

#[test]
fn what_was_signed_reads_back() {
    let (secret, public) = keys();
    let (_, stranger) = keys();
    let bytes = bundle().write(Some(&secret)).unwrap();
    assert_eq!(
        Bundle::read(&bytes, wanted(&[stranger, public])),
        Ok(bundle())
    );
}

#[test]
fn strangers_the_stale_the_expired_and_others_are_refused() {
    let (secret, public) = keys();
    let (_, stranger) = keys();
    let (bytes, keys, strangers) = (bundle().write(Some(&secret)).unwrap(), [public], [stranger]);
    let refused = |wanted| Bundle::read(&bytes, wanted).unwrap_err().as_str();
    assert_eq!(refused(wanted(&strangers)), "bundle.stranger");
    assert_eq!(
        refused(Wanted {
            customer: Some("other"),
            ..wanted(&keys)
        }),
        "bundle.customer"
    );
    assert_eq!(
        refused(Wanted {
            least_sequence: 8,
            ..wanted(&keys)
        }),
        "bundle.stale"
    );
    assert_eq!(
        refused(Wanted {
            now_s: NOW + 100,
            ..wanted(&keys)
        }),
        "bundle.expired"
    );
}

#[test]
fn what_was_changed_added_or_taken_away_after_signing_is_refused() {
    let (secret, public) = keys();
    let rewritten = |change: &dyn Fn(&mut Bundle)| {
        let mut other = bundle();
        change(&mut other);
        Bundle::read(&other.write(Some(&secret)).unwrap(), wanted(&[public]))
            .unwrap_err()
            .as_str()
    };
    let insert = |path: &'static str| {
        move |bundle: &mut Bundle| drop(bundle.files.insert(path.into(), b"x".to_vec()))
    };
    assert_eq!(rewritten(&insert("home.toml")), "bundle.changed");
    assert_eq!(rewritten(&insert("new.toml")), "bundle.unlisted");
    assert_eq!(
        rewritten(&|bundle| drop(bundle.files.remove("home.toml"))),
        "bundle.absent"
    );
    assert_eq!(rewritten(&|bundle| bundle.about.format = 2), "bundle.newer");
    assert_eq!(rewritten(&insert("home.toml/below")), "bundle.path");
}

#[test]
fn a_bundle_built_without_a_key_is_signed_elsewhere() {
    let (secret, public) = keys();
    let unsigned = bundle().write(None).unwrap();
    let refused = Bundle::read(&unsigned, wanted(&[public])).unwrap_err();
    assert_eq!(refused, Refused::Signature);
    let signed = bundle::sign(&unsigned, &secret).unwrap();
    assert_eq!(signed, bundle().write(Some(&secret)).unwrap());
}

#[test]
fn a_path_that_leads_out_is_refused_when_made() {
    for path in [
        "../x",
        "/etc/passwd",
        "a/../../x",
        "",
        "a//b",
        "./a",
        "a\\b",
        "a/..",
    ] {
        let files = BTreeMap::from([(path.to_owned(), Vec::new())]);
        let refused = Bundle::new("acme", 1, NOW, NOW + 1, files);
        assert_eq!(refused, Err(Refused::Path(path.to_owned())), "{path}");
    }
}

/// A tar made by hand, as a stranger would.
fn tar(entries: &[(&str, tar::EntryType)]) -> Vec<u8> {
    let (secret, _) = keys();
    let mut bytes = bundle().write(Some(&secret)).unwrap();
    bytes.truncate(bytes.len() - 1_024);
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(0);
        header.set_entry_type(*kind);
        let _ = header.set_link_name("/etc/passwd");
        header.set_cksum();
        builder.append(&header, &[][..]).unwrap();
    }
    bytes.extend(builder.into_inner().unwrap());
    bytes
}

#[test]
fn links_devices_and_paths_that_lead_out_are_refused_before_anything_is_looked_at() {
    use tar::EntryType;
    for (path, kind, expected) in [
        ("link.toml", EntryType::Symlink, "bundle.not-a-file"),
        ("link.toml", EntryType::Link, "bundle.not-a-file"),
        ("fifo", EntryType::Fifo, "bundle.not-a-file"),
        ("device", EntryType::Char, "bundle.not-a-file"),
        ("folder", EntryType::Directory, "bundle.not-a-file"),
        ("../../etc/cron.d/x", EntryType::Regular, "bundle.path"),
        ("/etc/cron.d/x", EntryType::Regular, "bundle.path"),
        ("home.toml", EntryType::Regular, "bundle.malformed"),
    ] {
        let refused = Bundle::read(&tar(&[(path, kind)]), wanted(&[])).unwrap_err();
        assert_eq!(refused.as_str(), expected, "{path} {kind:?}: {refused}");
    }
}

#[test]
fn keys_show_nothing_when_printed() {
    let keys = Keys::generate().unwrap();
    let secret = keys.secret.strip_prefix("jaunt-secret-key:").unwrap();
    assert!(!format!("{keys:?} {:?}", SecretKey::parse(&keys.secret)).contains(secret));
    assert!(public_key(&keys.secret).is_none() && SecretKey::parse(&keys.public).is_none());
}

proptest! {
    #[test]
    fn one_flipped_bit_anywhere_is_never_taken_for_another_bundle(at: prop::sample::Index, bit in 0..8_u8) {
        let (secret, public) = keys();
        let mut bytes = bundle().write(Some(&secret)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // A bit that carries no meaning (an owner, padding) may flip; what is taken is what was signed.
        if let Ok(read) = Bundle::read(&bytes, wanted(&[public])) {
            prop_assert_eq!(read, bundle());
        }
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes: Vec<u8>) {
        prop_assert!(Bundle::read(&bytes, wanted(&[])).is_err());
    }
}
