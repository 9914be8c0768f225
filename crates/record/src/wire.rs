//! The lasting encoding of a record: protobuf by field numbers.
//!
//! What is written today is read by every later version. So a field's number never changes its
//! meaning, a number that went out of use is never given again, and members of closed lists are
//! written by their lasting names, which read the same whatever order they are declared in. Fields
//! that this version does not know are passed over; what an older version could not pass over
//! without misreading raises [`VERSION`], and an older reader refuses it with a sentence.
//!
//! Weighed and left: serde with a compact format (postcard, bincode), for there the order of
//! declaration is the format; JSON, for it cost four times the bytes.

mod address;
mod exchange;
mod run;
mod step;

use crate::Record;
use prost::Message;

/// The version this encoder writes, and the newest that this decoder reads.
pub const VERSION: u32 = 1;

/// The bytes are no record that this version can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// They are no protobuf message of this shape.
    Malformed(String),
    /// A newer version wrote them.
    Newer {
        /// The version that they state.
        found: u32,
    },
    /// A field that every record has is missing, or holds nothing that this version knows.
    Field {
        /// Which field.
        field: &'static str,
        /// What it holds, as text; empty where it is missing.
        value: String,
    },
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "these bytes are no record: {why}"),
            Self::Newer { found } => write!(
                f,
                "this record was written in version {found} by a newer jaunt (this one reads up to {VERSION})"
            ),
            Self::Field { field, value } if value.is_empty() => {
                write!(f, "the record has no `{field}`")
            }
            Self::Field { field, value } => {
                write!(
                    f,
                    "the record's `{field}` is `{value}`, which this jaunt does not know"
                )
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// The record as bytes that last.
pub fn encode(record: &Record) -> Vec<u8> {
    run::Stored::from(record).encode_to_vec()
}

/// The record that these bytes hold.
///
/// # Errors
/// They are damaged, or a newer version wrote them. Never panics, whatever the bytes.
pub fn decode(bytes: &[u8]) -> Result<Record, DecodeError> {
    let stored =
        run::Stored::decode(bytes).map_err(|error| DecodeError::Malformed(error.to_string()))?;
    if stored.version > VERSION {
        return Err(DecodeError::Newer {
            found: stored.version,
        });
    }
    Record::try_from(stored)
}

/// The member of a closed list that has this name.
fn member<T>(
    field: &'static str,
    name: &str,
    from_name: impl Fn(&str) -> Option<T>,
) -> Result<T, DecodeError> {
    from_name(name).ok_or_else(|| DecodeError::Field {
        field,
        value: name.to_owned(),
    })
}

/// As many bytes as the field must have.
fn exactly<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Field {
        field,
        value: data_encoding::HEXLOWER.encode(bytes),
    })
}

/// A duration in ns; one beyond 584 years is cut to that.
fn nanos(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
