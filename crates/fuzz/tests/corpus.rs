//! Every target takes its kept corpus, and a few seconds of mutations of it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where its corpus is not there, and says its seed"
)]

use jaunt_fuzz::{Mutator, TARGETS, Target};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus"));
    let files = std::fs::read_dir(folder.join(target.name)).unwrap();
    let corpus: Vec<_> = files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!corpus.is_empty(), "{} has no corpus", target.name);
    corpus
}

#[test]
fn every_target_takes_its_corpus_and_mutations_of_it() {
    let named = std::env::var("JAUNT_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    // The gate tries the same every time; new ground is for the long run.
    let seed = named.unwrap_or(20_261_125);
    for target in TARGETS {
        let corpus = corpus(target);
        for bytes in &corpus {
            (target.feed)(bytes);
        }
        println!("{}: JAUNT_TEST_SEED={seed}", target.name);
        let mut mutator = Mutator::new(seed);
        let began = Instant::now();
        // Bounded by time so that a slow machine is as soon done, and by count so that a fast one is.
        for _ in 0..20_000 {
            if began.elapsed() > Duration::from_secs(2) {
                break;
            }
            let bytes = mutator.next(&corpus);
            let fed = std::panic::catch_unwind(|| (target.feed)(&bytes));
            assert!(
                fed.is_ok(),
                "{} panics (JAUNT_TEST_SEED={seed}) at {:?}",
                target.name,
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}
