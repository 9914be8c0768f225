//! Text in, diagnostics out: what all the files that people write for jaunt have in common.
//!
//! A file is read whole: every problem becomes a [`Diagnostic`] with its place, and reading goes on.
//! Journeys, agent and hub configuration and agreements are read through this one layer, so that
//! all of them complain in the same words.
//!
//! ```
//! use jaunt_text::{Diagnostics, Source, Table, document, render};
//!
//! let text = "tilte = \"shop\"\nevery = \"60\"\n";
//! let mut found = Diagnostics::new(text);
//! if let Some(document) = document(text, &mut found) {
//!     let root = Table::root(&document, "this file");
//!     root.only(&["title", "every"], &[], &mut found);
//!     let title = root.text("title", &mut found);
//!     let every = root.item("every").and_then(|item| item.duration(&mut found));
//!     assert!(title.is_none() && every.is_none());
//! }
//! let found = found.finish();
//! assert_eq!(found.len(), 2);
//! let source = Source { name: "shop.toml", text };
//! assert!(render(&source, &found, jaunt_text::Colour::Never).contains("did you mean `title`?"));
//! ```
//!
//! What the files mean is left to those who own them; the errors of syntax are `toml`'s, which
//! recovers and goes on, where serde's derive would stop at the first one and lose its place.

mod bounds;
pub mod code;
mod collect;
mod diagnostic;
mod document;
mod finding;
mod item;
mod names;
mod place;
mod render;
mod table;
mod units;

pub use bounds::{DEEPEST, LARGEST};
pub use collect::{Diagnostics, MOST};
pub use diagnostic::{Diagnostic, Severity};
pub use document::{decode, document};
pub use finding::{Finding, findings};
pub use item::Item;
pub use names::{list, nearest};
pub use place::{Place, inside};
pub use render::{Colour, Source, render};
pub use table::Table;
pub use units::{UnitError, duration_text, parse_duration, parse_size, size_text};
