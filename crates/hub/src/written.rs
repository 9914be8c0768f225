//! What both sides write: maintenance, what users felt, whose an incident was, notes.
//!
//! It is a log: a line is added and never changed, and what holds is what the lines come to. A
//! proposal that needs the other side's consent waits, for all to see, until a line of the other
//! side agrees or declines, or one of its own side takes it back; of several such lines the first
//! one settles it. Only what was agreed enters the arithmetic ([`Book::applied`]), as if the journey
//! said it: `announced` is when it was proposed, `approved_by` is who agreed.
//!
//! All of it is pure; `store` keeps the lines, and nothing here knows where they come from. What the
//! lines come to does not depend on the order in which they are added, nor on one coming twice.

mod applied;
mod book;
mod line;
mod refused;
mod told;

pub use applied::who;
pub use book::{Book, Standing, Written};
pub use line::{Act, Answer, Draft, Entry, Line, What};
pub use refused::Refused;
pub use told::{retold, told};
