//! What provider and customer look at: reports and runs as HTML and SVG.
//!
//! Pure: figures in, one page out. What a page needs is an argument; where it comes from (the hub's
//! store, a Prometheus, a file) is the caller's. Everything that is shown goes through [`maud`],
//! which escapes it, since names and messages are strangers' words.
//!
//! A page is whole without script and asks no other host for anything: charts are inline SVG with
//! classes, so that a policy of `style-src 'self'` holds; [`STYLE`], [`LIVE`] and [`ICON`] are the only
//! other files. Verdicts differ by shape and word as well as by colour, and colours are of those that
//! colour-blind people tell apart (Okabe and Ito, *Color Universal Design*, 2008).
//!
//! ```
//! let badge = jaunt_pages::badge("can-buy", jaunt_slo::report::Said::Met, Some(0.41));
//! assert!(badge.starts_with("<svg"));
//! ```

mod agreed;
mod badge;
mod chart;
mod fleet;
mod frame;
mod incident;
mod journey;
pub mod link;
mod month;
mod objective;
mod overview;
mod run;
mod sheet;
mod show;
mod written;

pub use agreed::{Agreed, PolicyRow};
pub use badge::badge;
pub use fleet::{AgentLine, fleet};
pub use frame::{Frame, ICON, LIVE, Look, Message, STYLE, message};
pub use incident::{IncidentView, calm, incident};
pub use journey::{JourneyView, LatencyBin, RegionSlots, RunLine, journey, slot_window};
pub use month::{MonthView, month};
pub use objective::{ObjectiveView, objective};
pub use overview::overview;
pub use run::run;
pub use sheet::{SheetView, sheet};
pub use written::{Entry, Settled, Standing, WrittenView, written};
