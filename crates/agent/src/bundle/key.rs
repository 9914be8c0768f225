//! Who signs a bundle: ed25519 keys, as text of one line.

use super::Refused;
use aws_lc_rs::{
    digest,
    encoding::{AsBigEndian, Curve25519SeedBin},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use data_encoding::BASE64;

/// An ed25519 public key.
pub type PublicKey = [u8; 32];

/// An ed25519 key that signs.
pub struct SecretKey {
    pair: Ed25519KeyPair,
}

/// A new pair of keys, as text.
#[derive(Clone)]
pub struct Keys {
    /// One line: `jaunt-secret-key:BASE64`.
    pub secret: String,
    /// One line: `jaunt-public-key:BASE64`.
    pub public: String,
}

const SECRET: &str = "jaunt-secret-key:";
const PUBLIC: &str = "jaunt-public-key:";

impl Keys {
    /// Makes a pair; `None` where the system gives no randomness.
    pub fn generate() -> Option<Self> {
        let pair = Ed25519KeyPair::generate().ok()?;
        let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
        Some(Self {
            secret: format!("{SECRET}{}", BASE64.encode(seed.as_ref())),
            public: format!("{PUBLIC}{}", BASE64.encode(pair.public_key().as_ref())),
        })
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys {{ public: {:?}, secret: *** }}", self.public)
    }
}

impl SecretKey {
    /// The key of a line that [`Keys::generate`] made; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let seed = BASE64
            .decode(text.trim().strip_prefix(SECRET)?.as_bytes())
            .ok()?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(Self { pair })
    }

    /// `bundle.sig`: who signed, and the signature.
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature = BASE64.encode(self.pair.sign(bytes).as_ref());
        let id = key_id(self.pair.public_key().as_ref());
        format!("{id} {signature}\n").into_bytes()
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(***)")
    }
}

/// The public key of a line; `None` for anything else.
pub fn public_key(text: &str) -> Option<PublicKey> {
    let bytes = BASE64
        .decode(text.trim().strip_prefix(PUBLIC)?.as_bytes())
        .ok()?;
    bytes.try_into().ok()
}

/// A key's id: the first 8 bytes of its SHA-256 in hex.
fn key_id(public: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, public);
    data_encoding::HEXLOWER.encode(hash.as_ref().get(..8).unwrap_or_default())
}

/// That one of `keys` signed `bytes`.
pub(super) fn verify(bytes: &[u8], signature: &[u8], keys: &[PublicKey]) -> Result<(), Refused> {
    let text = std::str::from_utf8(signature).map_err(|_| Refused::Signature)?;
    let (id, encoded) = text.trim_end().split_once(' ').ok_or(Refused::Signature)?;
    let signature = BASE64
        .decode(encoded.as_bytes())
        .map_err(|_| Refused::Signature)?;
    let mut known = keys
        .iter()
        .filter(|key| key_id(key.as_slice()) == id)
        .peekable();
    if known.peek().is_none() {
        let shown: String = id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(16)
            .collect();
        return Err(Refused::Stranger(shown));
    }
    let holds = known.any(|key| {
        UnparsedPublicKey::new(&ED25519, key)
            .verify(bytes, &signature)
            .is_ok()
    });
    if holds {
        Ok(())
    } else {
        Err(Refused::Signature)
    }
}
