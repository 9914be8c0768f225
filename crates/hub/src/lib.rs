//! What to keep and show: the hub receives OTLP, keeps every slot, and answers both sides alike.
//!
//! It stands on the agent's crate for the manners of its file and for nothing else.

pub mod access;
pub mod config;
mod ingest;
mod serve;
pub mod store;
