//! Bundles: the journeys of one customer, signed, for agents far away.
//!
//! A bundle is a tar: first `bundle.json` (what it is and the SHA-256 of each file), then
//! `bundle.sig` (who signed it, and an ed25519 signature of the bytes of `bundle.json`), then
//! regular files only. Nothing in it is looked at before the signature holds, but the framing of
//! the tar itself; nothing is written to disk from it under a name that it chose, unless that name
//! was found to stay below its folder.

mod archive;
mod key;

pub use key::{Keys, PublicKey, SecretKey, public_key};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a bundle says of itself: `bundle.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The format's number; this version reads up to [`FORMAT`].
    pub format: u32,
    /// Whose journeys they are.
    pub customer: String,
    /// Grows from bundle to bundle: a lower one than the one in force is refused.
    pub sequence: u64,
    /// When it was made, Unix seconds.
    pub created: i64,
    /// From when on it is refused, Unix seconds.
    pub expires: i64,
    /// SHA-256 of each file in hex, by its path.
    pub files: BTreeMap<String, String>,
}

/// A bundle whose signature and files were held against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// What it says of itself.
    pub about: About,
    /// Its files, by their paths: relative, without `.` or `..`.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// What a bundle must be to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Any of these may have signed it.
    pub keys: &'a [PublicKey],
    /// Whose it must be; `None`: anybody's.
    pub customer: Option<&'a str>,
    /// The sequence in force: a lower one is refused.
    pub least_sequence: u64,
    /// Now, Unix seconds.
    pub now_s: i64,
}

/// The newest format that this version reads, and the one it writes.
pub const FORMAT: u32 = 1;
/// The largest bundle that is read, bytes.
pub const LARGEST: usize = 64 << 20;
/// How many files a bundle may hold.
pub const MOST_FILES: usize = 50_000;

/// Why a bundle was refused. Lasting names, since they stand in metrics: [`Refused::as_str`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no bundle: not a tar, or not in the order that is asked for.
    #[error("this is no bundle: {0}")]
    Malformed(String),
    /// It, or something in it, is larger than we read.
    #[error("the bundle is too large: {0}")]
    TooLarge(String),
    /// A newer jaunt made it.
    #[error("the bundle has format {0}, made by a newer jaunt (this one reads up to {FORMAT})")]
    Newer(u32),
    /// It is signed by none of the keys.
    #[error("the bundle is signed by `{0}`, which is none of the keys that may sign it")]
    Stranger(String),
    /// The signature does not hold: it was changed after it was signed.
    #[error("the bundle's signature does not hold: it was changed, or is not what was signed")]
    Signature,
    /// It is another customer's.
    #[error("the bundle is `{found}`'s, and this source is `{wanted}`'s")]
    Customer {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// An older one than the one in force.
    #[error("the bundle has sequence {found}, and {least} is in force: an old one came back")]
    Stale {
        /// Its sequence.
        found: u64,
        /// The one in force.
        least: u64,
    },
    /// Its time is over.
    #[error("the bundle expired {0}")]
    Expired(String),
    /// A file whose path leads out, or is no plain path.
    #[error("the bundle holds `{0}`, which is no plain path below its folder")]
    Path(String),
    /// Something that is no regular file.
    #[error("the bundle holds `{0}`, which is no regular file")]
    NotAFile(String),
    /// A file that `bundle.json` does not list.
    #[error("the bundle holds `{0}`, which it does not list")]
    Unlisted(String),
    /// A file that `bundle.json` lists and the tar does not hold.
    #[error("the bundle lists `{0}` and does not hold it")]
    Absent(String),
    /// A file that is not what `bundle.json` says.
    #[error("`{0}` in the bundle is not what was signed")]
    Changed(String),
}

impl Refused {
    /// That the time of a bundle was over at `expires_s`, Unix seconds.
    pub(crate) fn expired(expires_s: i64) -> Self {
        let at = jiff::Timestamp::from_second(expires_s);
        Self::Expired(at.map_or_else(|_| "long ago".to_owned(), |at| format!("at {at}")))
    }

    /// The name by which refusals are counted.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "bundle.malformed",
            Self::TooLarge(_) => "bundle.too-large",
            Self::Newer(_) => "bundle.newer",
            Self::Stranger(_) => "bundle.stranger",
            Self::Signature => "bundle.signature",
            Self::Customer { .. } => "bundle.customer",
            Self::Stale { .. } => "bundle.stale",
            Self::Expired(_) => "bundle.expired",
            Self::Path(_) => "bundle.path",
            Self::NotAFile(_) => "bundle.not-a-file",
            Self::Unlisted(_) => "bundle.unlisted",
            Self::Absent(_) => "bundle.absent",
            Self::Changed(_) => "bundle.changed",
        }
    }
}

impl Bundle {
    /// A bundle of these files, made now.
    ///
    /// # Errors
    /// A path that is not plain, or too many files.
    pub fn new(
        customer: &str,
        sequence: u64,
        created: i64,
        expires: i64,
        files: BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Refused> {
        if files.len() > MOST_FILES {
            return Err(Refused::TooLarge(format!("{} files", files.len())));
        }
        if let Some(path) = files.keys().find(|path| !archive::is_plain(path)) {
            return Err(Refused::Path(path.clone()));
        }
        let sums = files.iter().map(|(path, bytes)| (path.clone(), sum(bytes)));
        let about = About {
            format: FORMAT,
            customer: customer.to_owned(),
            sequence,
            created,
            expires,
            files: sums.collect(),
        };
        Ok(Self { about, files })
    }

    /// The bundle as bytes, signed by `key`; without one, for [`sign`] to do elsewhere.
    ///
    /// # Errors
    /// It comes out larger than a bundle may be.
    pub fn write(&self, key: Option<&SecretKey>) -> Result<Vec<u8>, Refused> {
        let json = serde_json::to_vec_pretty(&self.about)
            .map_err(|error| Refused::Malformed(error.to_string()))?;
        let signature = key.map(|key| key.sign(&json)).unwrap_or_default();
        archive::write(&json, &signature, &self.files)
    }

    /// Reads a bundle, if it is what is wanted.
    ///
    /// # Errors
    /// Why it is refused; the first thing that is wrong, since nothing behind it can be trusted.
    pub fn read(bytes: &[u8], wanted: Wanted<'_>) -> Result<Self, Refused> {
        let archive::Parts {
            json,
            signature,
            files,
        } = archive::read(bytes)?;
        key::verify(&json, &signature, wanted.keys)?;
        let about = about(&json)?;
        if let Some(customer) = wanted.customer.filter(|wanted| *wanted != about.customer) {
            return Err(Refused::Customer {
                found: about.customer,
                wanted: customer.to_owned(),
            });
        }
        if about.sequence < wanted.least_sequence {
            return Err(Refused::Stale {
                found: about.sequence,
                least: wanted.least_sequence,
            });
        }
        if about.expires <= wanted.now_s {
            return Err(Refused::expired(about.expires));
        }
        held(&about, &files)?;
        Ok(Self { about, files })
    }
}

/// Signs a bundle that was built without a key, or by another; everything else stays as it is.
///
/// # Errors
/// It is no bundle, or its files are not what it says.
pub fn sign(bytes: &[u8], key: &SecretKey) -> Result<Vec<u8>, Refused> {
    let archive::Parts { json, files, .. } = archive::read(bytes)?;
    held(&about(&json)?, &files)?;
    archive::write(&json, &key.sign(&json), &files)
}

/// That the files are what is said of them: none changed, none added, none left out.
fn held(about: &About, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Refused> {
    for (path, bytes) in files {
        match about.files.get(path) {
            None => return Err(Refused::Unlisted(path.clone())),
            Some(listed) if *listed != sum(bytes) => return Err(Refused::Changed(path.clone())),
            Some(_) => {}
        }
    }
    match about.files.keys().find(|path| !files.contains_key(*path)) {
        Some(path) => Err(Refused::Absent(path.clone())),
        None => Ok(()),
    }
}

fn about(json: &[u8]) -> Result<About, Refused> {
    /// What every format says.
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let malformed =
        |error: serde_json::Error| Refused::Malformed(format!("`bundle.json`: {error}"));
    let Format { format } = serde_json::from_slice(json).map_err(malformed)?;
    if format > FORMAT {
        return Err(Refused::Newer(format));
    }
    serde_json::from_slice(json).map_err(malformed)
}

/// SHA-256 in hex.
fn sum(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}
