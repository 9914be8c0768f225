//! What whole-program tests stand on, as far as delivery needs it: collectors that are not ours.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::print_stderr,
    reason = "these tests need only a part of it, and say aloud what cannot run"
)]

#[path = "../../../../tests/support/otlp.rs"]
pub(crate) mod otlp;
#[path = "../../../../tests/support/place.rs"]
pub(crate) mod place;
#[path = "../../../../tests/support/process.rs"]
pub(crate) mod process;
#[path = "../../../../tests/support/rotel.rs"]
pub(crate) mod rotel;
#[path = "../../../../tests/support/skip.rs"]
pub(crate) mod skip;
