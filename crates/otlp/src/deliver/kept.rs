//! What the metrics worker keeps beside its cursor.

use crate::{Fold, FoldSettings, StateError};
use prost::Message;

/// The newest version of [`Stored`]; the fold within has one of its own.
const VERSION: u32 = 1;

/// A fold, and the instant whose points may not have been taken.
#[derive(Debug)]
pub(crate) struct Kept {
    /// As it was before that instant was collected.
    pub(crate) fold: Fold,
    pub(crate) pending_ns: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(int64, optional, tag = "2")]
    pending_ns: Option<i64>,
    #[prost(bytes = "vec", tag = "3")]
    fold: Vec<u8>,
}

/// The bytes that hold `fold`.
pub(crate) fn encode(fold: &Fold, pending_ns: Option<i64>) -> Vec<u8> {
    Stored {
        version: VERSION,
        pending_ns,
        fold: fold.encode(),
    }
    .encode_to_vec()
}

/// What these bytes hold; no bytes are a fold without streams.
///
/// # Errors
/// They are damaged, or a newer version wrote them.
pub(crate) fn decode(bytes: &[u8], settings: FoldSettings) -> Result<Kept, StateError> {
    let stored = Stored::decode(bytes).map_err(StateError::Malformed)?;
    if stored.version > VERSION {
        return Err(StateError::Newer {
            found: stored.version,
        });
    }
    Ok(Kept {
        fold: Fold::decode(&stored.fold, settings)?,
        pending_ns: stored.pending_ns,
    })
}
