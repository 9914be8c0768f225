//! Programs that live as long as their test, and not longer.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

/// A running server: its process group ends when this is dropped, or when the tests die.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    _life: ChildStdin,
    said: Arc<Mutex<String>>,
}

/// Runs the program given to it until its own input ends: a parent that was killed takes the
/// server along.
const LEASH: &str = r#""$@" & server=$!; cat > /dev/null; kill $server 2> /dev/null; wait"#;

impl Process {
    /// Starts `program`; what it prints is kept.
    pub(crate) fn start(program: &Path, args: &[&str], within: &Path) -> Self {
        Self::start_under(&[], program, args, within)
    }

    /// Starts `program` by way of `runner` (`ip netns exec NAME`).
    pub(crate) fn start_under(
        runner: &[String],
        program: &Path,
        args: &[&str],
        within: &Path,
    ) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", LEASH, "sh"])
            .args(runner)
            .arg(program)
            .args(args);
        command.current_dir(within).process_group(0);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::default();
        listen(child.stdout.take().unwrap(), &said);
        listen(child.stderr.take().unwrap(), &said);
        Self {
            _life: child.stdin.take().unwrap(),
            child,
            said,
        }
    }

    /// What it has printed so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has printed `text`.
    pub(crate) fn until_says(&self, text: &str) {
        super::place::until(&format!("the word {text:?}"), || self.said().contains(text));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- a server said:\n{}", self.said());
        }
    }
}

fn listen(pipe: impl std::io::Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}
