//! Records as the backend wants them, and back: metrics, traces and logs by OTLP.
//!
//! [`Fold`] makes metric streams of records, [`spans`] and [`logs`] what they are called, and
//! [`export`] sends all three at once; [`assemble`] and [`read_slot`] are the way back. Every name that goes out stands in [`names`]. Messages are
//! built from the official protobuf types by ourselves rather than by the OpenTelemetry SDK, which
//! has neither timestamps of the past nor exemplars nor ids that derive.
//!
//! What a run means is decided before a record gets here; this crate judges nothing.

mod batch;
mod config;
pub mod deliver;
mod export;
mod fold;
mod histogram;
mod identity;
mod logs;
pub mod names;
mod own;
mod points;
mod receive;
mod reference;
mod resource;
mod signal;
mod traces;
mod transport;
mod value;

pub use config::{
    Compression, ConfigError, Environment, ExportConfig, Headers, Protocol, Target, TlsFiles,
};
pub use export::{ExportError, Sent, SignalError, export};
pub use fold::{
    Aggregation, BOUNDS, Collected, Described, Fold, FoldSettings, StateError, Temporality,
};
pub use histogram::Histogram;
pub use identity::failing_status;
pub use logs::{logs, operation, slot_event};
pub use own::{Figure, Number, Own, Reading};
pub use receive::{Assembled, Loose, Seen, Unreadable, assemble, read_slot};
pub use reference::reference;
pub use resource::{Process, Resource};
pub use signal::Signal;
pub use traces::{is_kept, spans};
pub use transport::{TlsError, operators_client};
