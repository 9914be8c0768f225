//! Ids that derive from each other, so that a batch sent twice is the same batch.

use aws_lc_rs::digest;

/// A run's id: a UUIDv7 of 16 bytes, shown as 32 hex digits. It is the trace id too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId([u8; 16]);

/// A span's id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId([u8; 8]);

impl RunId {
    /// The id of these bytes (a UUIDv7, RFC 9562 §5.7).
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id of 32 hex digits; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Whether this run falls into the `ratio` (0 to 1) of passing runs whose traces are kept.
    ///
    /// Decided by the last 7 bytes, as W3C Trace Context Level 2 asks of random trace ids, so that
    /// every consumer decides alike.
    pub fn sampled(&self, ratio: f64) -> bool {
        let mut tail = [0_u8; 8];
        for (to, from) in tail.iter_mut().skip(1).zip(self.0.iter().skip(9)) {
            *to = *from;
        }
        // 2^56 and every 56-bit whole number are exact in an f64 only up to 2^53; the rounding
        // moves a threshold by less than 2^-53 of the whole.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let value = u64::from_be_bytes(tail) as f64;
        value < ratio * 2_f64.powi(56)
    }
}

impl SpanId {
    /// The 8 bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// The id of the span at `path` of a run: the first 8 bytes of SHA-256 of `run id \0 path`, the
/// run id as 32 hex digits; `path` is `root`, `step` (a step's id) or `step/attempt.hop`.
pub fn span_id(run: RunId, path: &str) -> SpanId {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(run.to_string().as_bytes());
    context.update(&[0]);
    context.update(path.as_bytes());
    let hash = context.finish();
    let mut id = [0_u8; 8];
    for (to, from) in id.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    SpanId(id)
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::fmt::Debug for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for SpanId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::fmt::Debug for SpanId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
