//! A process that ends with its owner.

use crate::Trouble;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// A child process; dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    to: Option<ChildStdin>,
    from: Option<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts `command`, with pipes to and from it.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Trouble> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| format!("cannot start {command:?}: {source}"))?;
        Ok(Self {
            to: child.stdin.take(),
            from: child.stdout.take().map(BufReader::new),
            child,
        })
    }

    /// Starts this program again, with other arguments.
    pub(crate) fn again(args: &[&str]) -> Result<Self, Trouble> {
        Self::start(Command::new(std::env::current_exe()?).args(args))
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it says on standard error, where that was piped; once.
    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Says a line to it.
    pub(crate) fn say(&mut self, line: &str) -> Result<(), Trouble> {
        let to = self.to.as_mut().ok_or("no standard input")?;
        writeln!(to, "{line}")?;
        Ok(to.flush()?)
    }

    /// The line that it says next.
    pub(crate) fn hear(&mut self) -> Result<String, Trouble> {
        let from = self.from.as_mut().ok_or("no standard output")?;
        let mut line = String::new();
        from.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where `program` is installed.
pub(crate) fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// `jaunt` as built beside this program: `target/release/jaunt` for `target/release/deps/probes-…`.
pub(crate) fn jaunt() -> Result<Option<PathBuf>, Trouble> {
    let own = std::env::current_exe()?;
    let file = own.ancestors().nth(2).map(|folder| folder.join("jaunt"));
    Ok(file.filter(|file| file.is_file()))
}

/// Comes back when `address` takes connections, within ten seconds.
pub(crate) fn until_listening(address: SocketAddr) -> Result<(), Trouble> {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        if begun.elapsed() > Duration::from_secs(10) {
            return Err(format!("nothing listens at {address} after ten seconds").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
