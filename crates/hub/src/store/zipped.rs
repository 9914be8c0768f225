//! zstd, bounded when unpacking.

use std::io::Read;

/// `plain`, compressed.
pub(super) fn zip(plain: &[u8], level: i32) -> Vec<u8> {
    // Levels are constants that exist, and the target is memory: nothing else can fail.
    zstd::bulk::compress(plain, level).unwrap_or_default()
}

/// What `bytes` unpack to; `None` where they are damaged, or it is more than `largest`.
pub(super) fn unzip(bytes: &[u8], largest: usize) -> Option<Vec<u8>> {
    let decoder = zstd::stream::read::Decoder::new(bytes).ok()?;
    let mut plain = Vec::new();
    let read = decoder
        .take(largest as u64 + 1)
        .read_to_end(&mut plain)
        .ok()?;
    (read <= largest).then_some(plain)
}
