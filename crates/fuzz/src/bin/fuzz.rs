//! libFuzzer over one target: `JAUNT_FUZZ_TARGET=NAME fuzz CORPUS -max_total_time=600`.
#![no_main]

use jaunt_fuzz::TARGETS;
use std::sync::OnceLock;

static FEED: OnceLock<fn(&[u8])> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let feed = FEED.get_or_init(|| {
        let name = std::env::var("JAUNT_FUZZ_TARGET").unwrap_or_default();
        let target = TARGETS.iter().find(|target| target.name == name);
        target.map_or_else(
            || panic!("JAUNT_FUZZ_TARGET names no target: `{name}`"),
            |t| t.feed,
        )
    });
    feed(bytes);
});
