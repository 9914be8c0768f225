//! A journey and a slot in, a record out.
//!
//! [`Plan`] is a journey made ready once, at load; [`run`] carries it out: references, captures,
//! expectations, cookies, redirects, polls, clean-up, deadline, redaction. What is measured is
//! `probe`'s; when to run is the caller's.

mod attempt;
mod auth;
mod bound;
mod capture;
mod cookies;
mod expect;
mod judge;
mod known;
mod plan;
mod redact;
mod run;
mod secret;
mod seen;
mod step;
mod subject;
mod totp;
mod value;
mod verb;

pub use plan::{Beside, Plan, PlanError};
pub use run::{Order, Progress, Surroundings, excuse, run};
pub use secret::{SecretAccess, Secrets};
