//! A body decoded as it comes, never larger than the cap.
//!
//! The codings of Content-Encoding are undone last first, each decoder writing into the next and the
//! last into a sink that refuses the first byte beyond the cap. A bomb costs the cap and [`SPARE`], no
//! more, whatever window it asks for: gzip and deflate keep 32 KiB; zstd (8 MiB, RFC 9659) decodes
//! into the body itself, and so needs no window beside it; of br (16 MiB, RFC 7932), whose decoder
//! keeps one, body and window are counted together: beyond 1 MiB the wider the window, the less of
//! the cap is left. A coding that another one lies under gets 512 KiB, which br below it has less.

mod br;
mod zstd;

use std::io::{self, Write};

/// What decoding may cost beyond the cap.
const SPARE: usize = 1 << 20;

/// How much of it is buffers and a decoder's tables.
const TABLES: usize = 384 << 10;

/// Why a body cannot be had decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Undecoded {
    /// It is larger than the cap.
    TooLarge,
    /// With the window that its coding asks for it needs more memory than the cap and a little.
    WideWindow,
    /// It is not what its Content-Encoding says; in words.
    NotAsClaimed(String),
}

/// More codings than any server stacks; each costs a window.
const MOST_CODINGS: usize = 2;

/// Base 2 logarithm of the largest window of a coding that another one lies under.
const MIDDLE_WINDOW_LOG: u32 = 19;

/// What such a decoder holds beside its window: a block of zstd (RFC 8878 §3.1.1.2.4).
const MIDDLE_BLOCK: usize = 128 << 10;

/// A body as far as it came.
pub(super) struct Decoder {
    codings: String,
    chain: Box<dyn Stage>,
}

impl Decoder {
    /// The decoder for these values of Content-Encoding and for at most `cap` decoded bytes.
    pub(super) fn new<'a>(
        encodings: impl Iterator<Item = &'a [u8]>,
        cap: u64,
    ) -> Result<Self, Undecoded> {
        let names = names(encodings);
        if names.len() > MOST_CODINGS {
            return Err(Undecoded::NotAsClaimed(format!(
                "its Content-Encoding stacks {} codings; more than {MOST_CODINGS} are not undone",
                names.len()
            )));
        }
        let cap = usize::try_from(cap).unwrap_or(usize::MAX);
        let mut chain = match names.first() {
            None => Box::new(Sink::new(cap)),
            Some(name) => last(name, cap, names.get(1).map_or(0, |above| cost(above)))?,
        };
        for name in names.iter().skip(1) {
            chain = middle(name, chain)?;
        }
        Ok(Self {
            codings: names.join(", "),
            chain,
        })
    }

    /// Whether there is anything to undo.
    pub(super) fn is_coded(&self) -> bool {
        !self.codings.is_empty()
    }

    /// The next bytes off the wire.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Undecoded> {
        match self.chain.write_all(bytes) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.meaning(&error)),
        }
    }

    /// The body came to its end: the decoded bytes.
    pub(super) fn finish(self) -> Result<Vec<u8>, Undecoded> {
        let codings = self.codings;
        self.chain
            .finish()
            .map_err(|error| meaning(&codings, &error))
    }

    fn meaning(&self, error: &io::Error) -> Undecoded {
        meaning(&self.codings, error)
    }
}

fn meaning(codings: &str, error: &io::Error) -> Undecoded {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Undecoded::TooLarge,
        io::ErrorKind::QuotaExceeded => Undecoded::WideWindow,
        io::ErrorKind::UnexpectedEof => Undecoded::NotAsClaimed(format!(
            "it is not what its Content-Encoding ({codings}) says: the coded data ends too early"
        )),
        _ => Undecoded::NotAsClaimed(format!(
            "it is not what its Content-Encoding ({codings}) says: {error}"
        )),
    }
}

/// The codings named, in lower case, in the order in which they were applied; `identity` is none.
fn names<'a>(encodings: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    encodings
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect()
}

/// What the decoder of a coding that another one lies under costs.
fn cost(name: &str) -> usize {
    match name {
        "br" | "zstd" => (1 << MIDDLE_WINDOW_LOG) + MIDDLE_BLOCK,
        _ => 64 << 10,
    }
}

/// The stage that decodes what was coded first, into a body of at most `cap` bytes; the stage before
/// it costs `above` bytes.
fn last(name: &str, cap: usize, above: usize) -> Result<Box<dyn Stage>, Undecoded> {
    Ok(match name {
        "br" => Box::new(br::Last::new(cap, above)),
        "zstd" => Box::new(zstd::Last::new(cap).map_err(|error| meaning(name, &error))?),
        _ => middle(name, Box::new(Sink::new(cap)))?,
    })
}

/// A stage that decodes into `next`.
fn middle(name: &str, next: Box<dyn Stage>) -> Result<Box<dyn Stage>, Undecoded> {
    Ok(match name {
        "gzip" | "x-gzip" => Box::new(Gzip(flate2::write::MultiGzDecoder::new(next))),
        "deflate" => Box::new(Deflate::Unknown(Vec::new(), next)),
        "br" => Box::new(br::Middle::new(next)),
        "zstd" => Box::new(zstd::Middle::new(next).map_err(|error| meaning(name, &error))?),
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(Undecoded::NotAsClaimed(format!(
                "its Content-Encoding `{other}` is not known"
            )));
        }
    })
}

/// A decoder that writes into the next one.
trait Stage: Write + Send {
    /// No more bytes come: what the whole chain has decoded, if all of it had a proper end.
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>>;
}

struct Sink {
    body: Vec<u8>,
    cap: usize,
    /// More than so many bytes cannot be had beside the decoder's window.
    most: usize,
}

impl Sink {
    fn new(cap: usize) -> Self {
        Self {
            body: Vec::new(),
            cap,
            most: usize::MAX,
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.body.len() + bytes.len();
        if len > self.cap {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if len > self.most {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        if len > self.body.capacity() {
            // Doubling, but never beyond the cap.
            let room = len.max(self.body.len() * 2).clamp(0, self.cap);
            self.body.reserve_exact(room - self.body.len());
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Sink {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        Ok(self.body)
    }
}

struct Gzip(flate2::write::MultiGzDecoder<Box<dyn Stage>>);

impl Write for Gzip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stage for Gzip {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        self.0.finish()?.finish()
    }
}

/// `deflate` is zlib (RFC 9110 §8.4.1.2), but servers have always sent raw deflate too, and every
/// browser takes both: the first two bytes tell.
enum Deflate {
    Unknown(Vec<u8>, Box<dyn Stage>),
    Zlib(flate2::write::ZlibDecoder<Box<dyn Stage>>),
    Raw(flate2::write::DeflateDecoder<Box<dyn Stage>>),
    /// Only while one becomes another.
    Nothing,
}

impl Deflate {
    fn decided(head: &[u8], next: Box<dyn Stage>) -> Self {
        match head {
            [method, check, ..]
                if method & 0x0f == 8
                    && (u16::from(*method) << 8 | u16::from(*check)).is_multiple_of(31) =>
            {
                Self::Zlib(flate2::write::ZlibDecoder::new(next))
            }
            _ => Self::Raw(flate2::write::DeflateDecoder::new(next)),
        }
    }
}

impl Write for Deflate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Zlib(decoder) => decoder.write(bytes),
            Self::Raw(decoder) => decoder.write(bytes),
            Self::Unknown(head, _) => {
                head.extend_from_slice(bytes);
                if head.len() >= 2
                    && let Self::Unknown(head, next) = std::mem::replace(self, Self::Nothing)
                {
                    *self = Self::decided(&head, next);
                    self.write_all(&head)?;
                }
                Ok(bytes.len())
            }
            Self::Nothing => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Deflate {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        match *self {
            Self::Zlib(decoder) => decoder.finish()?.finish(),
            Self::Raw(decoder) => decoder.finish()?.finish(),
            Self::Unknown(..) | Self::Nothing => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
