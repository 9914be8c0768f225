//! HTTP over a connection of our own: what `request` is made of.
//!
//! hyper speaks HTTP/1.1, the h2 crate that hyper itself stands on speaks HTTP/2, and both are
//! polled inside the exchange's own future: no task is spawned, nothing goes on between two
//! requests, and dropping the exchange or the visitor drops the connection. What that costs: a PING
//! that comes while nothing is asked is answered with the next request. hyper's own HTTP/2 client
//! was weighed and left: it needs tasks, and hides frames and resets behind its errors.

mod body;
mod decode;
mod fault;
mod h1;
mod h2;
mod head;
mod link;
mod pool;
mod proxy;
mod sip;
mod tap;

pub(crate) use body::read as read_body;
pub(crate) use link::{Link, Lost, connect};
pub(crate) use pool::{Kept, Key, Pool};

/// The largest head of a response: status line and headers, bytes.
const MOST_HEAD: usize = 64 * 1024;
