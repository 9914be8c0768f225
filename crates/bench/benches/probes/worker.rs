//! A measured process: told by a line how to probe, it answers by a line when it has.

use crate::{
    Trouble,
    floor::Floor,
    kind::{Kind, Pace, Target, Tool},
    ours::Ours,
    prober::{self, Prober},
    process::Running,
};
use std::io::BufRead as _;

const DONE: &str = "done";

/// Tells a worker to probe, and waits until it has.
pub(crate) fn tell(worker: &mut Running, pace: Pace, count: u32) -> Result<(), Trouble> {
    worker.say(&format!("{} {count}", pace.word()))?;
    match worker.hear()?.as_str() {
        DONE => Ok(()),
        "" => Err("the worker has ended".into()),
        other => Err(other.into()),
    }
}

/// Probes as told on standard input until that ends.
pub(crate) fn work(tool: &str, kind: &str, address: &str, ca: &str) -> Result<(), Trouble> {
    let target = Target {
        kind: one_of(Kind::ALL, Kind::word, kind)?,
        address: address.parse()?,
        ca: ca.into(),
    };
    let mut prober = match one_of([Tool::Jaunt, Tool::Floor], Tool::word, tool)? {
        Tool::Jaunt => Prober::Ours(Box::new(Ours::new(&target)?)),
        Tool::Floor | Tool::Peer => Prober::Floor(Floor::new(&target)?),
    };
    let runtime = prober::runtime()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (pace, count) = line.split_once(' ').ok_or("a line without a count")?;
        let pace = one_of(Pace::ALL, Pace::word, pace)?;
        match runtime.block_on(prober::carry(&mut prober, pace, count.parse()?)) {
            Ok(()) => println!("{DONE}"),
            Err(trouble) => println!("{trouble}"),
        }
    }
    Ok(())
}

fn one_of<T: Copy, const N: usize>(
    all: [T; N],
    word: fn(T) -> &'static str,
    wanted: &str,
) -> Result<T, Trouble> {
    let found = all.into_iter().find(|it| word(*it) == wanted);
    found.ok_or_else(|| format!("`{wanted}` is not known").into())
}
