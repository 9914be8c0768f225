//! A batch on its way, small in memory, and in pieces once it was refused.

use super::attempt::Halving;
use crate::{
    Resource, Signal,
    batch::{Batch, Items},
};
use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::io::{self, Read, Write};

/// A batch that waits for its turn, compressed: an interval's metrics of ten thousand journeys are
/// 70 MB as they are, and some 4 MB so.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    signal: Signal,
    packed: Vec<u8>,
    items: u64,
    /// Once it was refused as a whole.
    pieces: Option<Pieces>,
}

#[derive(Clone, Debug)]
struct Pieces {
    items: Items,
    halving: Halving,
}

impl Parcel {
    pub(crate) fn new(batch: &Batch) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // A Vec takes every byte, so this does not fail.
        let packed = encoder
            .write_all(&batch.body)
            .and_then(|()| encoder.finish());
        Self {
            signal: batch.signal,
            packed: packed.unwrap_or_default(),
            items: batch.items,
            pieces: None,
        }
    }

    /// What to send next, the same on every try; `None` once all is done with.
    pub(crate) fn next(&mut self, resource: &Resource) -> Option<Batch> {
        match &mut self.pieces {
            None => Some(self.whole()),
            Some(pieces) => {
                let range = pieces.halving.next()?;
                Some(pieces.items.some(range).into_batch(resource))
            }
        }
    }

    /// What [`Parcel::next`] gave was taken; whether all is done with.
    pub(crate) fn taken(&mut self, resource: &Resource) -> bool {
        match &mut self.pieces {
            None => true,
            Some(pieces) => {
                pieces.halving.taken();
                self.next(resource).is_none()
            }
        }
    }

    /// What [`Parcel::next`] gave was refused for good; what is to be set aside, if it stands alone.
    pub(crate) fn refused(&mut self) -> Option<Items> {
        match &mut self.pieces {
            None => {
                let items = Items::from_batch(&self.whole());
                match items.units() {
                    0 | 1 => {
                        let halving = Halving::done();
                        self.pieces = Some(Pieces {
                            items: items.clone(),
                            halving,
                        });
                        Some(items)
                    }
                    units => {
                        let halving = Halving::of_refused(units);
                        self.pieces = Some(Pieces { items, halving });
                        None
                    }
                }
            }
            Some(pieces) => {
                let alone = pieces.halving.refused()?;
                Some(pieces.items.some(alone..alone + 1))
            }
        }
    }

    fn whole(&self) -> Batch {
        Batch {
            signal: self.signal,
            body: unpack(&self.packed).unwrap_or_default(),
            items: self.items,
        }
    }
}

fn unpack(packed: &[u8]) -> io::Result<Bytes> {
    let mut body = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut body)?;
    Ok(body.into())
}
