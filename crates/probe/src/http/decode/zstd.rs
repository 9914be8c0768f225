//! Zstandard (RFC 8878).

use super::{MIDDLE_WINDOW_LOG, Stage};
use std::io::{self, Write};
use zstd::{
    stream::raw::{DParameter, Decoder, Operation},
    zstd_safe::{InBuffer, OutBuffer},
};

/// Base 2 logarithm of the largest window (RFC 9659 §3: 8 MiB).
const WINDOW_LOG: u32 = 23;

/// zstd's word for a body that outgrew its place.
const NO_ROOM: &str = "Destination buffer is too small";

/// Into the body, which is given all of its place at once: the decoder finds there what it wrote
/// before, and keeps no window. What is not written to costs no memory.
pub(super) struct Last {
    decoder: Decoder<'static>,
    body: Vec<u8>,
    cap: usize,
    /// Between frames: the only place where the data may end.
    at_end: bool,
}

impl Last {
    pub(super) fn new(cap: usize) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
        decoder.set_parameter(DParameter::StableOutBuffer(true))?;
        let mut body = Vec::new();
        body.try_reserve_exact(cap)
            .map_err(|_| io::ErrorKind::QuotaExceeded)?;
        Ok(Self {
            decoder,
            body,
            cap,
            at_end: false,
        })
    }
}

impl Write for Last {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut input = InBuffer::around(bytes);
        let written = self.body.len();
        let run = {
            let mut output = OutBuffer::around_pos(&mut self.body, written);
            self.decoder.run(&mut input, &mut output)
        };
        let too_large = match &run {
            Ok(_) => self.body.len() > self.cap,
            Err(error) => error.to_string() == NO_ROOM,
        };
        if too_large {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.at_end = run? == 0;
        Ok(input.pos())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Last {
    fn finish(mut self: Box<Self>) -> io::Result<Vec<u8>> {
        if !self.at_end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.body.shrink_to_fit();
        Ok(self.body)
    }
}

/// Into another decoder.
pub(super) struct Middle {
    decoder: Decoder<'static>,
    next: Box<dyn Stage>,
    /// Between frames: the only place where the data may end.
    at_end: bool,
    buffer: Vec<u8>,
}

impl Middle {
    pub(super) fn new(next: Box<dyn Stage>) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(MIDDLE_WINDOW_LOG))?;
        Ok(Self {
            decoder,
            next,
            at_end: false,
            buffer: vec![0; 16 * 1024],
        })
    }
}

impl Write for Middle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let status = self.decoder.run_on_buffers(bytes, &mut self.buffer)?;
        self.at_end = status.remaining == 0;
        let decoded = self.buffer.get(..status.bytes_written).unwrap_or_default();
        self.next.write_all(decoded)?;
        if status.bytes_read == 0 && status.bytes_written > 0 {
            // The output was full before anything was read: on with the same bytes.
            return self.write(bytes);
        }
        Ok(status.bytes_read)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Middle {
    fn finish(mut self: Box<Self>) -> io::Result<Vec<u8>> {
        // What the decoder still holds back for want of room.
        while !self.at_end {
            let status = self.decoder.run_on_buffers(&[], &mut self.buffer)?;
            if status.bytes_written == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.at_end = status.remaining == 0;
            let decoded = self.buffer.get(..status.bytes_written).unwrap_or_default();
            self.next.write_all(decoded)?;
        }
        self.next.finish()
    }
}
