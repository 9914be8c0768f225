//! What to keep and show: the hub receives OTLP, keeps every slot, and answers both sides alike.
//!
//! One way through: a request passes the gate of [`access`], becomes a batch, and is answered when
//! the [`store`] has it on the platter. What is asked passes a [`view::View`], which is bound to
//! whoever asks, and is judged by `crates/slo` from the slots themselves. API and pages stand on
//! that and on nothing else.
//!
//! It stands on the agent's crate for the manners of its file, its sources and its clock.

#![recursion_limit = "256"]

pub mod access;
mod alert;
pub mod catalog;
mod client;
pub mod config;
mod hub;
mod ingest;
pub mod prometheus;
mod serve;
pub mod store;
mod tls;
pub mod view;
pub mod web;
pub mod written;

pub use client::ClientError;
pub use hub::{Hub, StartError};
pub use ingest::{LARGEST, receiver};
pub use tls::TlsError;
