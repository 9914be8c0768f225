//! Journeys back to text: TOML 1.0, which every editor reads.

mod value;

pub(crate) use value::operator_text;
