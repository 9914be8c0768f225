//! A small shop to try a journey on: sign in, look around, buy, wait for the order, sign out.
//!
//! It is what a first `jaunt run` meets, so it does what real shops do: a session cookie and a CSRF
//! token, an order that is confirmed only after a moment, an idempotency key, JSON of the usual
//! shapes, and pages that take a little longer than nothing. It speaks HTTP/1.1 on one address and
//! keeps everything in memory, all of it bounded.
//!
//! It can be told to be out of sorts for a while ([`Shop::turn`]), so that a prober has something to
//! see, and takes payments too (`POST /charges`): a second shop can be the first one's provider.
//!
//! It is deterministic: the same requests after a start get the same ids, whoever asks. So nothing
//! in it is secret, and it is no shop for the open internet: callers give it a loopback address.
//!
//! ```
//! # async fn example() -> Result<(), jaunt_shop::Error> {
//! use jaunt_shop::{Config, Shop};
//!
//! let shop = Shop::start(([127, 0, 0, 1], 0).into(), Config::default()).await?;
//! println!("open at {}", shop.url()); // http://127.0.0.1:41873
//! shop.stop().await;
//! # Ok(())
//! # }
//! ```

mod config;
mod page;
mod route;
mod server;
mod store;

pub use config::{Config, Mood};
pub use server::{Error, Shop, Visit};
