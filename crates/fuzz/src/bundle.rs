//! A bundle as it comes over HTTPS: a tar, what it says of itself, and who signed that.
//!
//! A changed bundle would always end at its signature, so the bytes are read as they came, and once
//! more signed anew where their files still are what they say: then what lies behind counts.

use jaunt_agent::bundle::{Bundle, PublicKey, SecretKey, Wanted, public_key, sign};
use std::sync::OnceLock;

/// A pair made for this; what it signs is worth nothing.
const SECRET: &str = "jaunt-secret-key:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const PUBLIC: &str = "jaunt-public-key:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";

struct Pair {
    secret: SecretKey,
    public: PublicKey,
}

static PAIR: OnceLock<Pair> = OnceLock::new();

fn pair() -> &'static Pair {
    PAIR.get_or_init(|| {
        let secret = SecretKey::parse(SECRET).unwrap_or_else(|| panic!("no key in {SECRET}"));
        let public = public_key(PUBLIC).unwrap_or_else(|| panic!("no key in {PUBLIC}"));
        Pair { secret, public }
    })
}

/// Any bytes as a bundle.
pub(crate) fn feed(bytes: &[u8]) {
    let read = |bytes: &[u8]| {
        Bundle::read(
            bytes,
            Wanted {
                keys: &[pair().public],
                customer: None,
                least_sequence: 0,
                now_s: 1_795_000_000,
            },
        )
    };
    if let Ok(bundle) = read(bytes) {
        is_plain(&bundle);
    }
    let Ok(signed) = sign(bytes, &pair().secret) else {
        return;
    };
    if let Ok(bundle) = read(&signed) {
        is_plain(&bundle);
        let again = sign(&signed, &pair().secret);
        assert_eq!(again.ok(), Some(signed), "signing twice changes nothing");
    }
}

/// Nothing in what was let through leads out of its folder.
fn is_plain(bundle: &Bundle) {
    for path in bundle.files.keys() {
        let leads_out =
            path.starts_with('/') || path.split('/').any(|name| matches!(name, "" | "." | ".."));
        assert!(!leads_out, "`{path}` was let through");
        assert!(
            bundle.about.files.contains_key(path),
            "`{path}` is not listed"
        );
    }
}
