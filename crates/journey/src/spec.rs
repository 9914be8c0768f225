//! The one table of the language: what the parser knows, hints offer, the schema completes and the
//! reference tells.

mod keys;
mod operators;
mod subjects;
mod verbs;

pub use keys::{
    AUTH, BODY, CAPTURE, COMMON, CORRECTION, DEFAULTS, EXCHANGE, FELT, Key, MAINTENANCE,
    MAINTENANCE_POLICY, MULTIPART, POLL, SECRET, SLO, TLS, TOP, Takes, WHEN, key, key_names, must,
};
pub use operators::{OPERATORS, OperatorSpec, OperatorTakes};
pub use subjects::{Compares, SUBJECTS, SubjectSpec, SubjectValue};
pub use verbs::{NOT_YET, VERBS, VerbSpec};

pub(crate) use keys::DNS_TYPES;
