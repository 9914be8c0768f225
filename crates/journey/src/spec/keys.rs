//! The keys of every table.

mod file;
mod promise;
mod step;
mod verb;

pub use file::{SECRET, TOP};
pub use promise::{CORRECTION, FELT, MAINTENANCE, MAINTENANCE_POLICY, SLO};
pub use step::{AUTH, BODY, CAPTURE, COMMON, DEFAULTS, MULTIPART, POLL, TLS, WHEN};
pub(crate) use verb::DNS_TYPES;
pub use verb::EXCHANGE;
pub(super) use verb::{CONNECT, HANDSHAKE, REQUEST, RESOLVE};

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What stands under it.
    pub takes: Takes,
    /// What it is for, in a line.
    pub about: &'static str,
    /// Whether the table is refused without it.
    pub required: bool,
}

/// What stands under a key.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// Text as it stands.
    Text,
    /// Text that may hold references.
    Template,
    /// A duration: `"5s"`.
    Duration,
    /// A size: `"8MiB"`.
    Size,
    /// A whole number of this range.
    Whole(u64, u64),
    /// `true` or `false`.
    Boolean,
    /// A date and time with its offset.
    Instant,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// Any value; its strings may hold references.
    Any,
    /// A list.
    List(&'static Takes),
    /// A table with names of the author's choice.
    Map(&'static Takes),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A list of tables with these keys: `[[step]]`.
    Tables(&'static [Key]),
    /// One of several forms.
    Either(&'static [Takes]),
    /// A list of expectations.
    Expectations,
    /// A table of captures by name.
    Captures,
    /// A list of steps.
    Steps,
    /// The keys of steps that hold for all of them.
    Defaults,
}

/// A key that may be there.
pub const fn key(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key {
        name,
        takes,
        about,
        required: false,
    }
}

/// A key without which its table is refused.
pub const fn must(name: &'static str, takes: Takes, about: &'static str) -> Key {
    Key {
        name,
        takes,
        about,
        required: true,
    }
}

/// The names of some keys.
pub fn key_names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}
