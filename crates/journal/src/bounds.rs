//! How much the journal may hold, and how what it lets go of is counted.

use std::time::Duration;

/// How much the journal may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes on disk, segments and all. The oldest whole segment goes when it is exceeded.
    pub max_size: u64,
    /// A segment whose newest record is older than this goes.
    pub max_age: Duration,
    /// Bytes kept in memory while the disk refuses them.
    pub max_memory: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            max_size: 1 << 30,
            max_age: Duration::from_secs(72 * 3600),
            max_memory: 16 << 20,
        }
    }
}

impl Bounds {
    /// How large a segment grows: an eighth of the whole, so that letting one go costs little.
    pub(crate) fn segment_size(&self) -> u64 {
        (self.max_size / 8).clamp(4 << 10, 16 << 20)
    }
}

/// Why records went before a cursor had read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The journal was full.
    Full,
    /// They were older than the bound.
    Old,
    /// Their bytes were damaged on disk, or their file was removed from outside.
    Corrupt,
    /// The disk took nothing, and memory was full too.
    DiskRefused,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Full, Self::Old, Self::Corrupt, Self::DiskRefused];

    /// The name by which drops are counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "journal-full",
            Self::Old => "journal-age",
            Self::Corrupt => "journal-corrupt",
            Self::DiskRefused => "disk-refused",
        }
    }
}

/// Records that went before this cursor had read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The cursor that will not see them.
    pub cursor: crate::CursorName,
    /// How many.
    pub records: u64,
    /// Why.
    pub reason: Reason,
}
