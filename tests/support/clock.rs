//! A clock that is really set, and a machine that is really asleep, to one program alone.
//!
//! Nobody may set the machine's clock for a test, a time namespace cannot be set once a program is
//! in it, and libfaketime moves the clock that counts suspends along with the one that does not. So
//! it is a preloaded library of thirty lines: the program's own calls get other answers.

use super::agent::Home;
use std::{
    cell::Cell, fs::File, os::unix::fs::FileExt, path::PathBuf, process::Command, time::Duration,
};
use tempfile::TempDir;

/// The clocks of one program, as far as they differ from the machine's.
pub(crate) struct Clock {
    dir: TempDir,
    file: File,
    wall_ns: Cell<i64>,
    boot_ns: Cell<i64>,
}

impl Clock {
    /// One that goes right.
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let file = File::create_new(dir.path().join("added")).unwrap();
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"])
            .arg(dir.path().join("clock.so"))
            .arg(super::place::fixture("clock.c"))
            .status();
        assert!(built.unwrap().success(), "clock.c is built");
        let clock = Self {
            dir,
            file,
            wall_ns: Cell::new(0),
            boot_ns: Cell::new(0),
        };
        clock.write();
        clock
    }

    /// The agents of this folder go by it.
    pub(crate) fn rules(&self, home: Home) -> Home {
        let set =
            |home: Home, (name, path): (&str, PathBuf)| home.env(name, path.to_str().unwrap());
        self.variables().into_iter().fold(home, set)
    }

    /// What starts any other program under it.
    pub(crate) fn runner(&self) -> Vec<String> {
        let set = |(name, path): (&str, PathBuf)| format!("{name}={}", path.display());
        let set = self.variables().map(set);
        [vec!["env".to_owned()], set.into()].concat()
    }

    fn variables(&self) -> [(&'static str, PathBuf); 2] {
        let path = |name: &str| self.dir.path().join(name);
        [
            ("LD_PRELOAD", path("clock.so")),
            ("JAUNT_TEST_CLOCK", path("added")),
        ]
    }

    /// Somebody sets it forward.
    pub(crate) fn forward(&self, by: Duration) {
        self.wall_ns.set(self.wall_ns.get() + ns(by));
        self.write();
    }

    /// Somebody sets it back.
    pub(crate) fn back(&self, by: Duration) {
        self.wall_ns.set(self.wall_ns.get() - ns(by));
        self.write();
    }

    /// The machine slept for so long, and has just woken up.
    pub(crate) fn slept(&self, long: Duration) {
        self.boot_ns.set(self.boot_ns.get() + ns(long));
        self.forward(long);
    }

    fn write(&self) {
        let both = [self.wall_ns.get(), self.boot_ns.get()].map(i64::to_ne_bytes);
        self.file.write_all_at(both.as_flattened(), 0).unwrap();
    }
}

fn ns(duration: Duration) -> i64 {
    duration.as_nanos().try_into().unwrap()
}
