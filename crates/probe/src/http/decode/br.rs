//! Brotli (RFC 7932). Its decoder keeps a window of its own, as large as the first byte says, and a
//! bomb fills it before a byte comes out. So that byte is read before there is a decoder: the library
//! would also take the windows of up to 1 GiB that no browser does. And where the window is wider
//! than there is room for, a narrower one is written in its place: as long as all of the body lies
//! within it, it is decoded to the same.

use super::{MIDDLE_WINDOW_LOG, SPARE, Sink, Stage, TABLES};
use brotli::DecompressorWriter;
use std::io::{self, Write};

/// How much is decoded at a time.
const PIECE: usize = 16 * 1024;

/// Into the body.
pub(super) enum Last {
    /// Nothing came yet.
    Unknown {
        /// How large the body may be.
        cap: usize,
        /// What the decoder before this one costs.
        above: usize,
    },
    /// The window is known, and counted with the body.
    Known(Box<DecompressorWriter<Sink>>),
}

impl Last {
    pub(super) fn new(cap: usize, above: usize) -> Self {
        Self::Unknown { cap, above }
    }
}

impl Write for Last {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (&mut *self, bytes.first()) {
            (_, None) => Ok(0),
            (Self::Known(decoder), _) => decoder.write(bytes),
            (Self::Unknown { cap, above }, Some(first)) => {
                let (window, most) = fitting(window_log(*first)?, *cap, *above);
                let sink = Sink {
                    most,
                    ..Sink::new(*cap)
                };
                let mut decoder = Box::new(DecompressorWriter::new(sink, PIECE));
                decoder.write_all(&[asking_for(window, *first)])?;
                *self = Self::Known(decoder);
                Ok(1)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Last {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        match *self {
            Self::Unknown { .. } => Err(io::ErrorKind::UnexpectedEof.into()),
            Self::Known(decoder) => Box::new(ended(*decoder)?).finish(),
        }
    }
}

/// Into another decoder.
pub(super) enum Middle {
    /// Nothing came yet.
    Unknown(Option<Box<dyn Stage>>),
    /// The window is known, or a narrow one is in its place.
    Known(Box<DecompressorWriter<Bounded>>),
}

/// The next stage, which gets no more than so many bytes.
pub(super) struct Bounded {
    next: Box<dyn Stage>,
    left: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.left {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let written = self.next.write(bytes)?;
        self.left -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Middle {
    pub(super) fn new(next: Box<dyn Stage>) -> Self {
        Self::Unknown(Some(next))
    }
}

impl Write for Middle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (&mut *self, bytes.first()) {
            (_, None) => Ok(0),
            (Self::Known(decoder), _) => decoder.write(bytes),
            (Self::Unknown(next), Some(first)) => {
                let asked = window_log(*first)?;
                let (window, left) = match asked > MIDDLE_WINDOW_LOG {
                    true => (MIDDLE_WINDOW_LOG, (1 << MIDDLE_WINDOW_LOG) - 16),
                    false => (asked, usize::MAX),
                };
                let next = next.take().ok_or(io::ErrorKind::InvalidData)?;
                let mut decoder = Box::new(DecompressorWriter::new(Bounded { next, left }, PIECE));
                decoder.write_all(&[asking_for(window, *first)])?;
                *self = Self::Known(decoder);
                Ok(1)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Middle {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        match *self {
            Self::Unknown(_) => Err(io::ErrorKind::UnexpectedEof.into()),
            Self::Known(decoder) => ended(*decoder)?.next.finish(),
        }
    }
}

/// What the decoder wrote into, if its data had a proper end.
fn ended<W: Write>(mut decoder: DecompressorWriter<W>) -> io::Result<W> {
    decoder.close()?;
    decoder
        .into_inner()
        .map_err(|_| io::ErrorKind::UnexpectedEof.into())
}

/// The window (its logarithm) under which most of a body of at most `cap` bytes can be had, and how
/// much: together, and with what costs `above`, they cost the cap and [`SPARE`]. A window other than `asked` serves as far as it
/// reaches, less the 16 bytes that RFC 7932 §9.1 takes off.
fn fitting(asked: u32, cap: usize, above: usize) -> (u32, usize) {
    let room = cap.saturating_add(SPARE - TABLES).saturating_sub(above);
    let most = |window: u32| {
        // Under a small cap the narrowest window leaves room in what tables seldom take.
        let least = if window <= 18 { 1 << 18 } else { 0 };
        let beside = room.saturating_sub(1 << window).max(least);
        match window == asked {
            true => beside,
            false => beside.min((1 << window) - 16),
        }
    };
    // The narrower ones are written in as many bits only from 18 on.
    let windows = (18..asked).rev().filter(|_| asked >= 18);
    let best = windows
        .chain([asked])
        .max_by_key(|window| most(*window).min(cap));
    let window = best.unwrap_or(asked);
    (window, most(window))
}

/// The first byte of a stream, asking for `window` in place of its own.
fn asking_for(window: u32, first: u8) -> u8 {
    match u8::try_from(window) {
        Ok(window @ 18..=24) => first & !0b1110 | (window - 17) << 1,
        _ => first,
    }
}

/// Base 2 logarithm of the window that a stream beginning with `first` asks for (RFC 7932 §9.1).
fn window_log(first: u8) -> io::Result<u32> {
    let (three, next) = (u32::from(first >> 1 & 7), u32::from(first >> 4 & 7));
    match (first & 1, three, next) {
        (0, _, _) => Ok(16),
        (_, 1.., _) => Ok(17 + three),
        (_, _, 0) => Ok(17),
        (_, _, 2..) => Ok(8 + next),
        (_, _, 1) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it asks for a window that RFC 7932 does not know",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_read_and_written_as_in_the_rfc() {
        for (first, log) in [
            (0b0, 16),
            (0b000_0001, 17),
            (0b0011, 18),
            (0b1111, 24),
            (0b010_0001, 10),
            (0b111_0001, 15),
        ] {
            assert_eq!(window_log(first).unwrap(), log, "{first:b}");
        }
        assert!(window_log(0b001_0001).is_err(), "large windows");
        for window in 18..=24 {
            assert_eq!(window_log(asking_for(window, 0b1010_1111)).unwrap(), window);
            assert_eq!(asking_for(window, 0b1010_1111) & 0b1111_0001, 0b1010_0001);
        }
        assert_eq!(asking_for(16, 0b1010_0110), 0b1010_0110);
    }

    #[test]
    fn body_and_window_share_the_cap_and_a_mebibyte() {
        const CAP: usize = 8 << 20;
        for asked in 10..=24 {
            for cap in [100, 100_000, 1 << 20, CAP, 64 << 20] {
                for above in [0, 64 << 10, 640 << 10] {
                    let (window, most) = fitting(asked, cap, above);
                    assert!(window <= asked);
                    assert!(
                        most.min(cap) + (1 << window) + above <= cap + SPARE,
                        "{asked} {cap} {above}"
                    );
                    assert!(most >= cap.min((1 << 18) - 16), "{asked} {cap} {above}");
                }
            }
        }
        // nginx asks for 19 by default, Node for 22.
        assert!(fitting(19, CAP, 0).1 >= CAP);
        assert!(fitting(24, 100_000, 0).1 >= 100_000);
        assert_eq!(fitting(22, CAP, 0), (22, (5 << 20) - TABLES));
        assert_eq!(fitting(24, CAP, 0), (22, (4 << 20) - 16));
    }
}
