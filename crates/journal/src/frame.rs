//! One record on disk: a frame that proves itself.
//!
//! ```text
//! length u32 | checksum u32 | sequence u64 | instant i64 | payload
//! ```
//! Little-endian. `length` is the payload's; the checksum (CRC-32, ISO-HDLC) covers everything but
//! itself. The sequence number stands in the frame, so that where bytes were damaged the number of
//! lost records is known exactly.

/// Bytes of a frame before its payload.
pub(crate) const HEAD: usize = 24;
/// The largest payload: a record is bounded far below, so a longer length is damage.
pub(crate) const MAX_PAYLOAD: usize = 4 << 20;
/// The largest sequence number: no journal lives to write so many records, so a larger one is
/// damage, and numbers can be counted on from any that is read.
pub(crate) const LAST: u64 = u64::MAX / 2;

/// A frame that proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) sequence: u64,
    pub(crate) at_ns: i64,
    pub(crate) payload: &'a [u8],
}

/// What stands at the start of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    /// A good frame.
    Whole(Frame<'a>),
    /// The beginning of what may be a good frame: more bytes are needed to tell.
    Partial,
    /// No frame.
    Damaged,
}

impl Frame<'_> {
    /// Bytes that the frame takes on disk.
    pub(crate) const fn size(&self) -> usize {
        HEAD + self.payload.len()
    }

    /// Appends the frame to `out`. The payload is at most [`MAX_PAYLOAD`].
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let length = u32::try_from(self.payload.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes();
        let sequence = self.sequence.to_le_bytes();
        let at = self.at_ns.to_le_bytes();
        let sum = checksum(&length, &sequence, &at, self.payload).to_le_bytes();
        for part in [&length[..], &sum, &sequence, &at, self.payload] {
            out.extend_from_slice(part);
        }
    }
}

/// Reads the frame that `bytes` begin with.
pub(crate) fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
        return Parsed::Partial;
    };
    let size = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if size > MAX_PAYLOAD {
        return Parsed::Damaged;
    }
    let Some((sum, rest)) = rest.split_first_chunk::<4>() else {
        return Parsed::Partial;
    };
    let Some((sequence, rest)) = rest.split_first_chunk::<8>() else {
        return Parsed::Partial;
    };
    let Some((at, rest)) = rest.split_first_chunk::<8>() else {
        return Parsed::Partial;
    };
    let Some(payload) = rest.get(..size) else {
        return Parsed::Partial;
    };
    if checksum(length, sequence, at, payload) != u32::from_le_bytes(*sum) {
        return Parsed::Damaged;
    }
    let (sequence, at_ns) = (u64::from_le_bytes(*sequence), i64::from_le_bytes(*at));
    if sequence > LAST {
        return Parsed::Damaged;
    }
    Parsed::Whole(Frame {
        sequence,
        at_ns,
        payload,
    })
}

/// Where the next good frame begins in `bytes`, looking from `from` on; `None` where there is none.
///
/// Bounded: a wrong length costs one look at it, a plausible one a checksum of at most what is left.
pub(crate) fn find(bytes: &[u8], from: usize) -> Option<usize> {
    // A plausible length that is not one costs a checksum; beyond this many bytes of checksums the
    // rest is given up, so that damage cannot cost quadratic time.
    let mut budget = 64_usize << 20;
    for at in from..bytes.len() {
        let rest = bytes.get(at..)?;
        let length = rest
            .first_chunk::<4>()
            .map(|length| u32::from_le_bytes(*length))?;
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size == 0 || size > MAX_PAYLOAD || rest.len() < HEAD + size {
            continue;
        }
        budget = budget.checked_sub(size)?;
        if matches!(parse(rest), Parsed::Whole(_)) {
            return Some(at);
        }
    }
    None
}

/// How many records, in how many bytes, `tail` holds before it is torn: frames of which all bytes are
/// there although none proves itself.
///
/// Their lengths are all there is to go by. A length that cannot be one is a damaged record, and what
/// follows it belongs to it; one that reaches beyond the end is a torn record, and zeros are a file
/// that was made longer before anything was written.
pub(crate) fn damaged(tail: &[u8]) -> (u64, usize) {
    let (mut records, mut at) = (0, 0);
    let written = tail.iter().rposition(|byte| *byte != 0);
    while let Some(rest) = tail
        .get(at..)
        .filter(|_| written.is_some_and(|last| at <= last))
    {
        let Some(length) = rest.first_chunk::<4>() else {
            break;
        };
        let size = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if size > MAX_PAYLOAD {
            return (records + 1, tail.len());
        }
        if rest.len() < HEAD + size {
            break;
        }
        records += 1;
        at += HEAD + size;
    }
    (records, at)
}

fn checksum(length: &[u8; 4], sequence: &[u8; 8], at: &[u8; 8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in [&length[..], sequence, at, payload] {
        hasher.update(part);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes_of(sequence: u64, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Frame {
            sequence,
            at_ns: 7,
            payload,
        }
        .write(&mut out);
        out
    }

    proptest! {
        #[test]
        fn a_frame_reads_back_as_it_was_written(sequence in 0..=LAST, payload: Vec<u8>) {
            let bytes = bytes_of(sequence, &payload);
            let expected = Frame { sequence, at_ns: 7, payload: &payload };
            prop_assert_eq!(parse(&bytes), Parsed::Whole(expected));
        }

        #[test]
        fn a_frame_cut_anywhere_is_partial(payload: Vec<u8>, cut: prop::sample::Index) {
            let bytes = bytes_of(3, &payload);
            prop_assert_eq!(parse(&bytes[..cut.index(bytes.len())]), Parsed::Partial);
        }

        #[test]
        fn one_flipped_bit_is_never_taken_for_a_good_frame(
            payload in prop::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0..8_u8,
        ) {
            let mut bytes = bytes_of(3, &payload);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            let taken = matches!(parse(&bytes), Parsed::Whole(_));
            prop_assert!(!taken);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let _ = find(&bytes, 0);
        }
    }

    #[test]
    fn the_next_good_frame_is_found_behind_damage() {
        let mut bytes = vec![0xff; 37];
        bytes.extend(bytes_of(9, b"payload"));
        assert_eq!(find(&bytes, 0), Some(37));
        assert_eq!(find(&bytes, 38), None);
    }
}
