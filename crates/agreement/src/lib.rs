//! The agreement: what customer and provider promise each other, in one file that both sign.
//!
//! Text goes in; out comes a validated [`Agreement`] or diagnostics with their places, in the same
//! words as a journey's. Pure, but for the signing, which needs no randomness either. It is a crate
//! of its own because a journey must not know of it: agents carry out journeys whoever agreed on
//! them, and what stands here (signatures, shares, money) would be nothing to them. It leaves the
//! arithmetic to `jaunt-slo` and the files to `jaunt`.
//!
//! ```
//! let text = "\
//! agreement = \"acme-2026\"
//! customer = \"acme\"
//! provider = \"example cloud\"
//! in_force = 2026-12-01T00:00:00Z
//! [[slo]]
//! journey = \"checkout\"
//! name = \"can-buy\"
//! objective = \"99.9%\"
//! window = \"28d\"
//! ";
//! let parsed = jaunt_agreement::parse(text);
//! let agreement = parsed.agreement.unwrap();
//! assert_eq!(agreement.standing().to_string(), "proposed: nobody has signed it yet");
//! ```

mod alerting;
pub mod code;
mod compare;
mod governing;
mod model;
mod parse;
mod share;
mod signature;
mod spec;
mod standing;
mod terms;

pub use alerting::proposed_alerting;
pub use compare::compare;
pub use governing::{Terms, governing};
pub use model::proposed_policy;
pub use model::{Agreed, Agreement, Contact, PolicyRow, Side, Signed, Validity, Value, Who};
pub use parse::{Parsed, parse};
pub use share::{Share, ShareError};
pub use signature::{SignError, SigningKey, sign};
pub use spec::{is_agreement, schema};
pub use standing::Standing;
pub use terms::Change;
