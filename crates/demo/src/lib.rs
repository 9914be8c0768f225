//! A world to look at: a shop and its payment provider that misbehave on a script, seen from three
//! regions, on one machine and without a network.
//!
//! Each region is a loopback address of its own (`127.0.0.11` and on) with a name server that knows
//! it and a door that speaks TLS, adds that region's distance and passes on to the shop. The faults
//! are real ones: a certificate that has expired, a door that is shut, a name server that fails. So
//! what an agent reports of them is measured as it would be anywhere; only the shop is a toy.
//!
//! [`past()`] makes up four weeks before, so that a hub has something to show. [`Script`] says what goes wrong when; [`World`] opens everything, writes the journey and what the
//! agents need beside it, and [`World::turn`]s to the next fault.

mod authority;
mod door;
mod names;
mod past;
mod script;
mod world;

pub use past::{Became, Past, past};
pub use script::{Fault, Script};
pub use world::{Error, Region, World};
