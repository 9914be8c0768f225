//! The `jaunt` command line.

fn main() {}
