//! One attempt of a step: what all verbs share.

use crate::{
    Plan,
    cookies::Jar,
    known::{Known, Unset},
    seen::Seen,
};
use jaunt_journey::Step;
use jaunt_probe::{Exchange, Fault, Named, Outcome, TlsSetup, Visitor};
use jaunt_record::{FailureKind, FailurePhase, RunId, Void, VoidCause};
use std::{
    ops::Range,
    time::{Duration, Instant},
};

/// What an attempt works with.
pub(crate) struct Stage<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) step: &'a Step,
    pub(crate) index: usize,
    pub(crate) known: &'a mut Known,
    pub(crate) visitor: &'a mut Visitor,
    pub(crate) jar: &'a mut Jar,
    /// The exchanges made so far in the step, kept here so that an attempt that is cut off keeps them.
    pub(crate) made: &'a mut Made,
    /// From 1.
    pub(crate) attempt: u32,
    /// When the run's time is up.
    pub(crate) until: Instant,
    pub(crate) run: RunId,
    /// Whether this run's trace is among those that are kept if it passes.
    pub(crate) sampled: bool,
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Something came back that can be judged.
    Seen(Box<Seen>),
    /// A user would have been let down.
    Failed(Fault),
    /// We could not measure.
    Void(Void),
}

impl From<Unset> for End {
    fn from(unset: Unset) -> Self {
        Self::Void(Void {
            cause: VoidCause::Internal,
            message: unset.to_string(),
        })
    }
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// A failure of this kind.
pub(crate) fn fault(phase: FailurePhase, kind: FailureKind, message: impl Into<String>) -> Fault {
    Fault {
        phase,
        kind,
        message: message.into(),
    }
}

/// The exchanges of a step, bounded: of a long poll the first and the last ones.
#[derive(Debug, Default)]
pub(crate) struct Made {
    first: Vec<jaunt_record::Exchange>,
    last: std::collections::VecDeque<jaunt_record::Exchange>,
    pub(crate) left_out: u32,
    /// All of them together, the ones left out too.
    pub(crate) phases: jaunt_record::Phases,
    pub(crate) took: Duration,
    /// The longest that the runtime kept one waiting.
    pub(crate) lag: Duration,
}

const FIRST: usize = 8;
const LAST: usize = 24;

impl Made {
    fn add(&mut self, exchange: jaunt_record::Exchange, lag: Duration) {
        for (phase, took) in exchange.phases.iter() {
            let before = self.phases.took(phase).unwrap_or_default();
            self.phases.set(phase, before + took);
        }
        self.took += exchange.duration;
        self.lag = self.lag.max(lag);
        if self.first.len() < FIRST {
            self.first.push(exchange);
            return;
        }
        self.last.push_back(exchange);
        if self.last.len() > LAST {
            self.last.pop_front();
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    pub(crate) fn into_exchanges(self) -> Vec<jaunt_record::Exchange> {
        self.first.into_iter().chain(self.last).collect()
    }
}

/// What the caller alone knows of an exchange.
pub(crate) struct Told {
    pub(crate) hop: u32,
    /// The URL, name or address, as it may be shown.
    pub(crate) url: String,
    pub(crate) status_expected: bool,
    pub(crate) traced: bool,
}

impl Stage<'_> {
    /// When this attempt's time is up, if it starts now.
    pub(crate) fn deadline(&self) -> Instant {
        (Instant::now() + self.step.timeout).min(self.until)
    }

    /// The step's TLS setting; it has one wherever the plan says that its verb may need one.
    pub(crate) fn tls(&self) -> Result<TlsSetup, End> {
        self.plan.tls(self.index).cloned().ok_or_else(|| {
            End::Void(Void {
                cause: VoidCause::Internal,
                message: format!("step `{}` was not made ready for tls", self.step.id),
            })
        })
    }

    /// Books an exchange; what came of it, and its facts.
    pub(crate) fn book<T>(
        &mut self,
        exchange: Exchange<T>,
        told: Told,
    ) -> (jaunt_record::Exchange, Outcome<T>) {
        let mut facts = exchange.facts;
        facts.attempt = self.attempt;
        facts.hop = told.hop;
        facts.url = told.url;
        facts.status_expected = told.status_expected;
        facts.traced = told.traced;
        facts.offset = exchange
            .started
            .saturating_duration_since(self.known.run.begun);
        if let Outcome::Failed(fault) = &exchange.outcome {
            facts.failed.get_or_insert((fault.phase, fault.kind));
        }
        self.made.add(facts.clone(), exchange.lag);
        (facts, exchange.outcome)
    }

    /// Which addresses the step may use.
    pub(crate) fn family(&self) -> jaunt_probe::Family {
        match self.step.family {
            jaunt_journey::Family::Any => jaunt_probe::Family::Any,
            jaunt_journey::Family::V4 => jaunt_probe::Family::V4,
            jaunt_journey::Family::V6 => jaunt_probe::Family::V6,
        }
    }

    /// The wall clock, as the run's start and the monotonic clock tell it.
    pub(crate) fn wall(&self) -> jiff::Timestamp {
        let ns = i128::try_from(self.known.run.now().as_nanos()).unwrap_or(0);
        jiff::Timestamp::from_nanosecond(ns).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// Who named the piece of text at `place`: a capture, where any of `captured` touches it.
pub(crate) fn named(captured: &[Range<usize>], place: &Range<usize>) -> Named {
    let touches = |range: &Range<usize>| {
        // An empty capture brings nothing.
        range.start < range.end && range.start < place.end && place.start < range.end
    };
    if captured.iter().any(touches) {
        Named::Capture
    } else {
        Named::Journey
    }
}
