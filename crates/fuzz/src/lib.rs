//! Fuzz targets: one for each parser that meets outside bytes.
//!
//! A target takes bytes and panics where something is wrong; [`TARGETS`] lists them. The gate feeds
//! each its kept corpus (`tests/corpus/NAME`) and mutations of it for seconds; `tests/run --long`
//! builds the same functions with coverage by libFuzzer and runs each for minutes. What libFuzzer
//! finds is kept in the corpus, so that it is tried in every gate from then on.

mod agent_config;
mod agreement_text;
mod bundle;
mod dns_answer;
mod events;
mod found;
mod http_response;
mod journal;
mod journey_text;
mod mutate;
mod openslo_text;
mod otlp_body;
mod record_bytes;
mod wire;

pub use mutate::Mutator;

/// A target: takes any bytes, and panics where something is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in `tests/corpus`.
    pub name: &'static str,
    /// Feeds it.
    pub feed: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "journey-text",
        feed: journey_text::whole,
    },
    Target {
        name: "template",
        feed: journey_text::template,
    },
    Target {
        name: "http-response",
        feed: http_response::feed,
    },
    Target {
        name: "dns-answer",
        feed: dns_answer::feed,
    },
    Target {
        name: "agent-config",
        feed: agent_config::feed,
    },
    Target {
        name: "agreement-text",
        feed: agreement_text::feed,
    },
    Target {
        name: "openslo-text",
        feed: openslo_text::feed,
    },
    Target {
        name: "bundle",
        feed: bundle::feed,
    },
    Target {
        name: "events",
        feed: events::feed,
    },
    Target {
        name: "journal",
        feed: journal::feed,
    },
    Target {
        name: "otlp-body",
        feed: otlp_body::feed,
    },
    Target {
        name: "record",
        feed: record_bytes::feed,
    },
];
