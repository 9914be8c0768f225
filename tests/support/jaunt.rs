//! `jaunt` as a user runs it: arguments in; exit code, text and memory out.

use super::place::PATIENCE;
use serde_json::Value;
use std::{
    ffi::OsString,
    io::Read,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A `jaunt` about to be run.
pub(crate) struct Jaunt {
    dir: TempDir,
    runner: Vec<String>,
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
}

/// A `jaunt` that runs.
pub(crate) struct Running {
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    watch: Watch,
    began: Instant,
    _beside: TempDir,
}

/// A `jaunt` that has run.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Its exit code; a signal is a failure of the test.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// How long it ran.
    pub(crate) took: Duration,
}

/// `jaunt ARGS…`.
pub(crate) fn jaunt<S: Into<OsString>>(args: impl IntoIterator<Item = S>) -> Jaunt {
    Jaunt {
        dir: TempDir::new().unwrap(),
        runner: Vec::new(),
        args: args.into_iter().map(Into::into).collect(),
        env: Vec::new(),
    }
}

/// `jaunt run --format json` of this journey.
pub(crate) fn run(journey: &str) -> Jaunt {
    jaunt(["run", "--format", "json"]).journey(journey)
}

/// `jaunt check` of this journey.
pub(crate) fn check(journey: &str) -> Jaunt {
    jaunt(["check"]).journey(journey)
}

/// A run that is void because the machine kept it waiting.
struct Overloaded;

/// Carries `test` out again, from its servers up, where the machine kept `jaunt` waiting for so long
/// that its run was rightly `void: overloaded`: such a run says nothing of what the test asks.
pub(crate) fn calmly(test: impl Fn()) {
    for attempt in 1.. {
        let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&test)) else {
            return;
        };
        if !panic.is::<Overloaded>() || attempt == 20 {
            std::panic::resume_unwind(panic);
        }
    }
}

/// That a time in ms is in `range`. Too short is wrong at once; too long also happens where the
/// machine made a server or us wait, and is wrong where it is so every time that [`calmly`] tries.
pub(crate) fn within(ms: f64, range: std::ops::Range<f64>) {
    assert!(ms >= range.start, "{ms} ms, not {range:?}");
    if ms >= range.end {
        eprintln!("{ms} ms, not {range:?}");
        std::panic::panic_any(Overloaded);
    }
}

impl Jaunt {
    /// Adds a journey as a file beside which it runs.
    pub(crate) fn journey(self, text: &str) -> Self {
        let path = self
            .dir
            .path()
            .join(format!("journey-{}.toml", self.args.len()));
        std::fs::write(&path, text).unwrap();
        self.arg(path)
    }

    /// Adds a file beside the journey.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.dir.path().join(name), content).unwrap();
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        self.args.extend(args.map(Into::into));
        self
    }

    /// `--var NAME=VALUE`.
    pub(crate) fn var(self, name: &str, value: impl std::fmt::Display) -> Self {
        self.arg("--var").arg(format!("{name}={value}"))
    }

    /// Sets an environment variable; of the tests' own, `jaunt` inherits only `PATH`.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Trusts this authority as if it were one of the system's.
    pub(crate) fn trusting(self, authority: &super::pki::Authority) -> Self {
        let path = self.dir.path().join("trusted.pem");
        std::fs::write(&path, authority.pem()).unwrap();
        self.env("SSL_CERT_FILE", path)
    }

    /// Runs by way of another program (`ip netns exec NAME`).
    pub(crate) fn under(mut self, runner: Vec<String>) -> Self {
        self.runner = runner;
        self
    }

    /// Runs it on a terminal 100 columns wide: standard output is all that appears there.
    ///
    /// `script` makes the terminal; Debian's bsdutils, which has it, is always there. No argument
    /// may hold a quote.
    pub(crate) fn on_terminal(mut self) -> Ran {
        const LINE: &str = r#"for word; do words="$words '$word'"; done; exec script -qefc "stty cols 100; $words" /dev/null"#;
        let runner = ["sh", "-c", LINE, "sh"].map(str::to_owned);
        let around = [("TERM", "xterm"), ("SHELL", "/bin/sh")];
        // What a test set itself comes later, and so prevails.
        self.env.splice(
            0..0,
            around.map(|(name, value)| (name.into(), value.into())),
        );
        self.under(runner.into()).go()
    }

    /// Runs it to its end.
    pub(crate) fn go(self) -> Ran {
        self.start().end()
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running {
        let began = Instant::now();
        let mut child = self.command().spawn().unwrap();
        Running {
            stdout: drain(child.stdout.take().unwrap()),
            stderr: drain(child.stderr.take().unwrap()),
            watch: Watch::over(&child),
            child,
            began,
            _beside: self.dir,
        }
    }

    /// Runs it with `reader` at the other end of its standard output; what it does not read is lost.
    pub(crate) fn read_by(self, reader: impl FnOnce(ChildStdout)) -> Ran {
        let began = Instant::now();
        let mut child = self.command().spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let running = Running {
            stdout: drain(std::io::empty()),
            stderr: drain(stderr),
            watch: Watch::over(&child),
            child,
            began,
            _beside: self.dir,
        };
        reader(stdout);
        running.end()
    }

    fn command(&self) -> Command {
        let jaunt = PathBuf::from(env!("CARGO_BIN_EXE_jaunt"));
        let mut words = self
            .runner
            .iter()
            .map(OsString::from)
            .chain([jaunt.into_os_string()]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .args(&self.args)
            .current_dir(self.dir.path());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Running {
    /// Sends it a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let (signal, pid) = (format!("-{name}"), self.child.id().to_string());
        let sent = Command::new("kill").args([signal, pid]).status().unwrap();
        assert!(sent.success(), "{name} could not be sent");
    }

    /// The most memory that it held at once until now, KiB (`VmHWM`).
    pub(crate) fn peak_kib(&self) -> u64 {
        high_water(self.child.id()).expect("it still runs")
    }

    /// Sets that mark back to what it holds now.
    pub(crate) fn forget_peak(&self) {
        let path = format!("/proc/{}/clear_refs", self.child.id());
        std::fs::write(path, "5").unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        let status = self.child.wait().unwrap();
        let took = self.began.elapsed();
        self.watch.finish();
        let (stdout, stderr) = (self.stdout.join().unwrap(), self.stderr.join().unwrap());
        let code = status.code();
        let code = code.unwrap_or_else(|| panic!("{status} after {took:?}\n{stdout}\n{stderr}"));
        Ran {
            code,
            stdout,
            stderr,
            took,
        }
    }
}

impl Ran {
    /// The objects of its output, one per line, unless [`calm`](Self::calm) has the test tried again.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.calm();
        let parse = |line| serde_json::from_str(line);
        let lines: Result<Vec<_>, _> = self.stdout.lines().map(parse).collect();
        lines.unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The one run it made.
    pub(crate) fn record(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "one run was expected\n{self}");
        lines.remove(0)
    }

    /// Has [`calmly`] try again where any run was void since the machine kept it waiting.
    pub(crate) fn calm(&self) {
        if self.stdout.contains("overloaded") {
            eprintln!("void, since the machine kept it waiting: {self}");
            std::panic::panic_any(Overloaded);
        }
    }

    /// The same, once its verdict was held against `verdict`.
    pub(crate) fn judged(&self, verdict: &str) -> Value {
        let record = self.record();
        assert_eq!(record["verdict"], verdict, "{self}");
        let code = match verdict {
            "pass" | "slow" => 0,
            "fail" => 1,
            _ => 2,
        };
        assert_eq!(self.code, code, "the exit code of {verdict}\n{self}");
        record
    }

    /// The failure of a run that failed, as `kind` in `phase`.
    pub(crate) fn failed(&self, phase: &str, kind: &str) -> Value {
        let record = self.judged("fail");
        let failure = &record["failure"];
        assert_eq!(
            (&failure["phase"], &failure["kind"]),
            (&phase.into(), &kind.into()),
            "{self}"
        );
        record
    }

    /// That the file was refused with this code.
    pub(crate) fn refused(&self, code: &str) {
        assert_eq!(self.code, 2, "{self}");
        let said = format!("{}{}", self.stdout, self.stderr);
        assert!(
            said.contains(&format!("[{code}]")),
            "no [{code}] in\n{self}"
        );
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {} after {:?}", self.code, self.took)?;
        write!(
            f,
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        )
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        pipe.read_to_end(&mut all).unwrap();
        String::from_utf8(all).unwrap()
    })
}

/// Ends a child when patience is over.
struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    fn over(child: &Child) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (done, pid) = (Arc::clone(&over), child.id());
        let thread = std::thread::spawn(move || {
            let began = Instant::now();
            while !done.load(Ordering::Relaxed) {
                if began.elapsed() > 2 * PATIENCE {
                    let _ = Command::new("kill")
                        .args(["-KILL", &pid.to_string()])
                        .status();
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { over, thread }
    }

    fn finish(self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

/// `VmHWM` of a process in KiB: the kernel's own high-water mark.
pub(super) fn high_water(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
