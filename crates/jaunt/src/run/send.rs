//! `jaunt run --otlp URL`: the runs, told to an OTLP receiver as well.

use super::carry::Carrier;
use crate::{exit::Exit, output::Output, trouble::Report};
use jaunt_otlp::{Environment, ExportConfig, Process, Resource, Sent, Signal, export};
use jaunt_record::Record;

/// Where the runs go.
pub(crate) struct Receiver {
    config: ExportConfig,
    resource: Resource,
}

/// Whether what got through is told, too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tell {
    /// What got through and what did not.
    All,
    /// Only what did not.
    Trouble,
}

impl Receiver {
    /// The receiver at `url`, in the form that the standard variables ask for.
    ///
    /// It is read before anything runs, so that a wrong address costs no run.
    pub(crate) fn at(url: &str) -> Result<Self, Report> {
        let environment = environment();
        let process = Process {
            instance: uuid::Uuid::now_v7().to_string(),
            host: read("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()),
            container_hints: ["/proc/self/cgroup", "/proc/self/mountinfo"]
                .into_iter()
                .filter_map(read)
                .collect(),
        };
        Ok(Self {
            config: ExportConfig::from_environment(Some(url), &environment)?,
            resource: Resource::detect(&environment, &process),
        })
    }

    /// Sends `records`. What did not get through is told on stderr, and makes the exit code 2.
    pub(crate) fn send(
        &self,
        records: &[Record],
        carrier: &Carrier,
        tell: Tell,
        output: &mut Output,
    ) -> Exit {
        for warning in self.config.warnings.iter().chain(&self.resource.warnings) {
            output.diagnostic(&format!("warning: {warning}\n"));
        }
        let sending = export(records, &self.resource, &self.config);
        let (sent, exit) = match carrier.runtime().block_on(sending) {
            Ok(sent) => (sent, Exit::Fine),
            Err(error) => {
                for failure in &error.failures {
                    output.diagnostic(&format!("error: {}\n", with_causes(failure)));
                }
                (error.sent, Exit::Unjudged)
            }
        };
        for (signal, message) in &sent.messages {
            output.diagnostic(&format!("the receiver of {signal} says: {message}\n"));
        }
        if sent.rejected > 0 {
            let rejected = sent.rejected;
            output.diagnostic(&format!("error: the receiver rejected {rejected} items\n"));
            return Exit::Unjudged;
        }
        if tell == Tell::All {
            output.diagnostic(&self.told(&sent));
        }
        exit
    }

    fn told(&self, sent: &Sent) -> String {
        let target = Signal::ALL
            .into_iter()
            .find_map(|it| self.config.target(it));
        let endpoint = target.map_or_else(
            || "nowhere: the environment turns every signal off".to_owned(),
            |target| target.url.origin().ascii_serialization(),
        );
        format!(
            "sent {} data points, {} spans and {} log records to {endpoint}\n",
            sent.points, sent.spans, sent.logs
        )
    }
}

/// Variables that are text; no other can be meant.
fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // A layer that names its cause in its own text need not be read twice.
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
