//! What a hub costs, as whoever uses it meets it: the program itself in a process of its own,
//! asked over its ports.
//!
//! `tests/bench --pages` or `tests/bench --ingest`; a hub is `target/release/jaunt`.
#![expect(clippy::print_stdout, reason = "a bench's result is what it prints")]

mod get;
mod pages;
mod served;
mod site;
mod spread;

use std::{error::Error, path::PathBuf};

/// What went wrong, for whoever runs the bench.
type Trouble = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Trouble> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let is_there = |word: &str| args.iter().any(|arg| arg == word);
    if !is_there("--bench") {
        println!("nothing is measured in a test: `cargo bench -p jaunt-bench`");
        return Ok(());
    }
    if is_there("--pages") {
        pages::bench(value(&args, "--store").map(PathBuf::from))?;
    }
    Ok(())
}

/// What follows `name` among the arguments.
fn value<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    let mut rest = args.iter().skip_while(|arg| *arg != name);
    rest.nth(1).map(String::as_str)
}
