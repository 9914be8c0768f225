//! What was measured, for people.

use super::{plan::Load, resident::Resident, tally::Tally};
use std::{fmt, time::Duration};

/// What was measured of an agent.
pub(super) struct Ours {
    pub(super) load: Load,
    /// How many slots were due.
    pub(super) planned: u64,
    pub(super) tally: Tally,
    pub(super) resident: Resident,
    /// CPU, user and system, of the whole process.
    pub(super) spent: Duration,
    /// CPU of all programs of the machine.
    pub(super) busy: Duration,
    pub(super) minutes: u32,
}

/// What was measured of the peer.
pub(super) struct Theirs {
    pub(super) asked: u32,
    pub(super) resident: Resident,
    pub(super) spent: Duration,
    pub(super) minutes: u32,
}

pub(super) fn heading(minutes: u32) -> String {
    format!(
        "\nAn agent whose journeys run once a minute over TLS 1.3, each in {minutes} min:\n\
         - slots: due, and how many passed; others: what became of the rest; lost: nothing is known\n\
         - late: a run's start against its slot, ms\n\
         - RSS: resident MiB when measuring begins and ends, the most, and the slope in MiB an hour\n\
         - CPU: of the whole process, in ms per run and as a share of one processor\n\
         - machine: processors that all programs kept busy\n\n\
         | journeys × steps | slots | passed | others | lost | late p50 | p99 | max \
         | RSS | most | slope | CPU per run | CPU | machine |\n\
         | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: \
         | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
}

impl fmt::Display for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tally, resident) = (&self.tally, &self.resident);
        let Load { journeys, steps } = self.load;
        write!(
            f,
            "| {journeys} × {steps} | {} | {} | {tally} | {} | {:.2} | {:.2} | {:.1} ",
            self.planned,
            tally.passed,
            self.planned.saturating_sub(tally.told()),
            tally.late_ms(0.5),
            tally.late_ms(0.99),
            tally.late_ms(1.0),
        )?;
        write!(
            f,
            "| {:.1} → {:.1} | {:.1} | {:+.1} ",
            resident.first(),
            resident.last(),
            resident.most(),
            resident.slope(),
        )?;
        write!(
            f,
            "| {:.2} | {:.1} % | {:.1} |",
            self.ms_per_run(),
            share(self.spent, self.minutes) * 100.0,
            share(self.busy, self.minutes),
        )
    }
}

impl Ours {
    fn ms_per_run(&self) -> f64 {
        ms_each(
            self.spent,
            u32::try_from(self.tally.runs()).unwrap_or(u32::MAX),
        )
    }
}

impl Theirs {
    /// Beside an agent of as many journeys of one step.
    pub(super) fn beside(&self, ours: &Ours) -> String {
        let each = ms_each(self.spent, self.asked);
        format!(
            "\n{} asked for {} probes a minute of the same target, {} min: {:.2} ms of CPU a probe, \
             {:.1} % of a\nprocessor, {:.1} MiB at most. Whoever asks is not counted.\n\n\
             | jaunt agent / blackbox_exporter | ratio |\n| --- | ---: |\n\
             | CPU per run | {:.2} |\n| resident memory, most | {:.2} |",
            crate::peer::PROGRAM,
            self.asked / self.minutes,
            self.minutes,
            each,
            share(self.spent, self.minutes) * 100.0,
            self.resident.most(),
            ours.ms_per_run() / each,
            ours.resident.most() / self.resident.most(),
        )
    }
}

/// Of one processor.
fn share(spent: Duration, minutes: u32) -> f64 {
    spent.as_secs_f64() / f64::from(minutes) / 60.0
}

fn ms_each(spent: Duration, count: u32) -> f64 {
    spent.as_secs_f64() * 1e3 / f64::from(count.max(1))
}
