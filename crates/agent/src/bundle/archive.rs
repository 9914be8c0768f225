//! The tar around a bundle: its order, its bounds, and which paths may stand in it.

use super::{LARGEST, MOST_FILES, Refused};
use std::{collections::BTreeMap, io::Read};

/// The parts of a bundle, none of them trusted yet.
pub(super) struct Parts {
    /// `bundle.json`.
    pub(super) json: Vec<u8>,
    /// `bundle.sig`.
    pub(super) signature: Vec<u8>,
    /// The files, each under a plain path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

const JSON: &str = "bundle.json";
const SIGNATURE: &str = "bundle.sig";

/// Whether `path` is relative and stays below its folder: plain names with `/` between.
pub(super) fn is_plain(path: &str) -> bool {
    let plain = |name: &str| {
        !name.is_empty()
            && name != "."
            && name != ".."
            && !name.contains(['\\', '\0'])
            && name.len() <= 200
    };
    path.len() <= 1_000 && path.split('/').count() <= 16 && path.split('/').all(plain)
}

pub(super) fn read(bytes: &[u8]) -> Result<Parts, Refused> {
    if bytes.len() > LARGEST {
        return Err(Refused::TooLarge(format!(
            "{} bytes, and {LARGEST} are read",
            bytes.len()
        )));
    }
    let malformed = |error: std::io::Error| Refused::Malformed(error.to_string());
    let mut archive = tar::Archive::new(bytes);
    let mut entries = archive.entries().map_err(malformed)?;
    let mut next = || -> Result<Option<(String, Vec<u8>)>, Refused> {
        let Some(entry) = entries.next() else {
            return Ok(None);
        };
        let mut entry = entry.map_err(malformed)?;
        let path = String::from_utf8(entry.path_bytes().into_owned()).map_err(|error| {
            Refused::Path(String::from_utf8_lossy(error.as_bytes()).into_owned())
        })?;
        if !is_plain(&path) {
            return Err(Refused::Path(path));
        }
        if !entry.header().entry_type().is_file() {
            return Err(Refused::NotAFile(path));
        }
        // Its stated size is no more than a claim; what can be read is bounded by the bytes we hold.
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(malformed)?;
        if content.len() as u64 != entry.size() {
            return Err(Refused::Malformed(format!("`{path}` is cut short")));
        }
        Ok(Some((path, content)))
    };
    let mut named = |name: &str| match next()? {
        Some((path, content)) if path == name => Ok(content),
        _ => Err(Refused::Malformed(format!(
            "`{name}` is not where it belongs"
        ))),
    };
    let (json, signature) = (named(JSON)?, named(SIGNATURE)?);
    let mut files = BTreeMap::new();
    while let Some((path, content)) = next()? {
        if files.len() >= MOST_FILES {
            return Err(Refused::TooLarge(format!("more than {MOST_FILES} files")));
        }
        if files.insert(path.clone(), content).is_some() {
            return Err(Refused::Malformed(format!("`{path}` stands in it twice")));
        }
    }
    // A file cannot also be a folder.
    for path in files.keys() {
        let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        if let Some(above) = above.into_iter().find(|above| files.contains_key(*above)) {
            return Err(Refused::Path(above.to_owned()));
        }
    }
    Ok(Parts {
        json,
        signature,
        files,
    })
}

pub(super) fn write(
    json: &[u8],
    signature: &[u8],
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<u8>, Refused> {
    let mut builder = tar::Builder::new(Vec::new());
    let first = [(JSON, json), (SIGNATURE, signature)];
    let files = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    for (path, bytes) in first.into_iter().chain(files) {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        builder
            .append_data(&mut header, path, bytes)
            .map_err(|error| Refused::Malformed(format!("`{path}`: {error}")))?;
    }
    let bytes = builder
        .into_inner()
        .map_err(|error| Refused::Malformed(error.to_string()))?;
    if bytes.len() > LARGEST {
        return Err(Refused::TooLarge(format!(
            "{} bytes, and {LARGEST} are read",
            bytes.len()
        )));
    }
    Ok(bytes)
}
