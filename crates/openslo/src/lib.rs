//! SLOs as OpenSLO v1 says them, and back.
//!
//! OpenSLO (`https://github.com/OpenSLO/OpenSLO`) is a vendor-neutral way to write SLOs as YAML.
//! [`export`] writes what a journey promises, [`import`] reads it again: of what this crate wrote,
//! all of it; of what others wrote, what a journey can keep, and the rest is refused with its place
//! and its reason, never taken for something else.
//!
//! What OpenSLO has no words for (regions, interval, weights, the latency under which a run is good)
//! stands in annotations `jaunt.dev/…`. Steps are not among it: a file of SLOs says what is promised,
//! not how it is measured.
//!
//! ```
//! let imported = jaunt_openslo::import("apiVersion: openslo/v2\nkind: SLO\n");
//! assert!(imported.drafts.is_none());
//! assert!(imported.diagnostics[0].message.contains("openslo/v2"));
//! ```

mod annotation;
pub mod code;
mod draft;
mod export;
mod import;
mod yaml;

pub use draft::Draft;
pub use export::export;
pub use import::{Imported, import};
