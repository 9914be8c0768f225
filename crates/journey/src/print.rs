//! Journeys back to text: TOML 1.0, which every editor reads.

mod file;
mod looking;
mod value;
mod verb;

pub use file::print;
pub(crate) use value::operator_text;
