//! curl: a visitor with a stopwatch of its own, which knows nothing of ours.

use serde_json::Value;
use std::process::{Child, Command, Stdio};

/// A visit by curl that is under way.
pub(crate) struct Curl(Child);

/// When each thing had been done in a visit, in ms from its beginning. What did not happen is done
/// when the one before it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    /// The name was resolved.
    pub(crate) resolved: f64,
    /// The connection stood.
    pub(crate) connected: f64,
    /// The TLS handshake was over.
    pub(crate) secured: f64,
    /// The first byte of the answer was there.
    pub(crate) first_byte: f64,
    /// The last byte of the answer was there.
    pub(crate) last_byte: f64,
}

/// The phases of an exchange, in order.
pub(crate) const PHASES: [&str; 6] = ["resolve", "connect", "tls", "send", "wait", "receive"];

impl Curl {
    /// Starts it by way of `runner`.
    pub(crate) fn start(runner: &[String], args: &[&str]) -> Self {
        let marks = "%{time_namelookup} %{time_connect} %{time_appconnect} %{time_starttransfer} %{time_total}";
        let fixed = ["curl", "-sS", "-o", "/dev/null", "-w", marks];
        let runner = runner.iter().map(String::as_str);
        let mut words = runner.chain(fixed).chain(args.iter().copied());
        let mut curl = Command::new(words.next().unwrap());
        curl.args(words).stdin(Stdio::null()).stdout(Stdio::piped());
        Self(curl.spawn().unwrap())
    }

    /// Waits for its end: what it measured.
    pub(crate) fn marks(self) -> Marks {
        let out = self.0.wait_with_output().unwrap();
        assert!(out.status.success(), "curl: {}", out.status);
        let text = String::from_utf8(out.stdout).unwrap();
        let ms = |mark: &str| 1000.0 * mark.parse::<f64>().unwrap();
        let marks: Vec<f64> = text.split(' ').map(ms).collect();
        let [resolved, connected, secured, first_byte, last_byte] = marks[..] else {
            panic!("curl said {text}");
        };
        Marks {
            resolved,
            connected,
            // 0 without TLS.
            secured: secured.max(connected),
            first_byte,
            last_byte,
        }
    }
}

impl Marks {
    /// Those of an exchange in a record of ours: its phases, one after the other.
    pub(crate) fn of(exchange: &Value) -> Self {
        let until = |count: usize| {
            let took = |phase: &&str| exchange["phases_ms"][phase].as_f64();
            PHASES[..count].iter().filter_map(took).sum()
        };
        Self {
            resolved: until(1),
            connected: until(2),
            secured: until(3),
            first_byte: until(5),
            last_byte: until(6),
        }
    }

    /// In order.
    pub(crate) fn all(self) -> [f64; 5] {
        [
            self.resolved,
            self.connected,
            self.secured,
            self.first_byte,
            self.last_byte,
        ]
    }
}
