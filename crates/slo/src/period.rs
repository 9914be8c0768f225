//! The time that is judged.

use crate::{
    Accepted, Corrected, Slo, Spans, Subject,
    exact::{self, Exact},
    instant,
    spans::length,
};

/// The time that is judged: an SLO's window at an instant, less what maintenance leaves out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Period {
    /// The window's start, Unix ns.
    pub start_ns: i64,
    /// Its end: for a calendar period, after `at_ns` while it lasts.
    pub end_ns: i64,
    /// From when runs count: the later of the start and the SLO's `since`.
    pub from_ns: i64,
    /// The instant of the judgement; nothing that ends at or after it counts.
    pub at_ns: i64,
    /// What maintenance and corrections leave out of the window, and what was asked for in vain.
    pub accepted: Accepted,
}

impl Period {
    /// The period of `slo` at `at_ns`.
    pub(crate) fn new(subject: &Subject, slo: &Slo, at_ns: i64) -> Self {
        let (start_ns, end_ns) = slo.window.at(at_ns);
        let mut accepted = subject.calendar().accepted(start_ns, end_ns);
        let corrected = subject
            .corrections
            .iter()
            .filter(|correction| correction.what == Corrected::LeftOut)
            .map(|correction| correction.span())
            .map(|(from, to)| (from.max(start_ns), to.min(end_ns)));
        accepted.spans = Spans::union(accepted.spans.iter().chain(corrected));
        let since = slo.since.map_or(start_ns, instant::ns);
        Self {
            start_ns,
            end_ns,
            from_ns: start_ns.max(since),
            at_ns,
            accepted,
        }
    }

    /// How long the window is, ns.
    pub(crate) fn full_ns(&self) -> u64 {
        length(self.start_ns, self.end_ns)
    }

    /// Accepted maintenance in the window, ns.
    pub(crate) fn maintenance_ns(&self) -> u64 {
        self.accepted.spans.within(self.start_ns, self.end_ns)
    }

    /// The window less maintenance, ns.
    pub(crate) fn eligible_full_ns(&self) -> u64 {
        self.full_ns() - self.maintenance_ns()
    }

    /// What of it has passed since `from`, ns.
    pub(crate) fn eligible_elapsed_ns(&self) -> u64 {
        let passed = length(self.from_ns, self.at_ns);
        passed - self.accepted.spans.within(self.from_ns, self.at_ns)
    }

    /// The share of the window that has passed; `None` where maintenance fills it.
    pub(crate) fn elapsed(&self) -> Option<Exact> {
        exact::ratio(self.eligible_elapsed_ns(), self.eligible_full_ns())
    }
}
