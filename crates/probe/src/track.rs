//! The stopwatch of one exchange: its phases, one after the other, and its facts.
//!
//! Every stretch of time between the first phase's start and the last one's end belongs to exactly
//! one phase: a phase ends at the very instant at which the next begins. So phases cannot overlap,
//! and their sum is the exchange's duration to the nanosecond. The facts are written into the track
//! as they become known, so that an exchange whose time is up, its future dropped, still shows how
//! far it got.

use crate::{
    Exchange, Fault, Outcome,
    exchange::Trouble,
    watch::Watched,
    wire::{Meter, Reading},
};
use jaunt_record::{Connect, FailureKind, Phase, Void, VoidCause};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// The stopwatch and notebook of one exchange.
#[derive(Debug)]
pub(crate) struct Track {
    /// What is known so far.
    pub(crate) facts: jaunt_record::Exchange,
    started: Option<Instant>,
    open: Option<(Phase, Instant)>,
    in_flight: Vec<(usize, Instant)>,
    meter: Option<(Arc<Meter>, Reading)>,
}

impl Track {
    /// A track for what is done (`GET`, `TCP connect` …) at `host` and `port`.
    pub(crate) fn new(method: &str, host: &str, port: u16) -> Self {
        Self {
            facts: jaunt_record::Exchange {
                method: method.into(),
                host: host.into(),
                port,
                ..Default::default()
            },
            started: None,
            open: None,
            in_flight: Vec::new(),
            meter: None,
        }
    }

    /// `phase` begins now, and the one before it ends.
    pub(crate) fn begin(&mut self, phase: Phase) {
        self.begin_at(phase, Instant::now());
    }

    /// `phase` began at `at`, and the one before it ended. An instant before the open phase's start
    /// counts as that start.
    pub(crate) fn begin_at(&mut self, phase: Phase, at: Instant) {
        let at = self.end_at(at).unwrap_or(at);
        self.started.get_or_insert(at);
        self.open = Some((phase, at));
    }

    /// The open phase ended at `at`; gives back when it is booked to have ended. A phase that is
    /// opened twice in an exchange (a conversation sends and waits in turn) adds up.
    pub(crate) fn end_at(&mut self, at: Instant) -> Option<Instant> {
        let (phase, since) = self.open.take()?;
        let at = at.max(since);
        let before = self.facts.phases.took(phase).unwrap_or_default();
        self.facts.phases.set(phase, before + (at - since));
        Some(at)
    }

    /// Takes `phases` for all that was measured until now, and opens `phase` from here: for what
    /// another exchange measured within this one.
    pub(crate) fn resume_with(&mut self, phase: Phase, phases: jaunt_record::Phases) {
        self.facts.phases = phases;
        self.open = Some((phase, Instant::now()));
    }

    /// The open phase; before any began, the one that would.
    pub(crate) fn phase(&self) -> Phase {
        self.open.map_or(Phase::Resolve, |(phase, _)| phase)
    }

    /// A failure in the open phase.
    pub(crate) fn fault(&self, kind: FailureKind, message: impl Into<String>) -> Trouble {
        self.fault_in(self.phase(), kind, message)
    }

    /// A failure in `phase`, which may be over.
    pub(crate) fn fault_in(
        &self,
        phase: Phase,
        kind: FailureKind,
        message: impl Into<String>,
    ) -> Trouble {
        Trouble::Fault(Fault {
            phase: phase.into(),
            kind,
            message: message.into(),
        })
    }

    /// A connect attempt to `address` begins, `after` the first one did; gives back its number.
    pub(crate) fn attempt_began(&mut self, address: SocketAddr, after: Duration) -> usize {
        let number = self.facts.connects.len();
        self.facts.connects.push(Connect {
            address,
            after,
            took: Duration::ZERO,
            error: None,
        });
        self.in_flight.push((number, Instant::now()));
        number
    }

    /// The attempt of this number ended, with this error if it failed.
    pub(crate) fn attempt_ended(&mut self, number: usize, error: Option<String>) {
        let Some(place) = self.in_flight.iter().position(|(one, _)| *one == number) else {
            return;
        };
        let (_, since) = self.in_flight.swap_remove(place);
        if let Some(connect) = self.facts.connects.get_mut(number) {
            connect.took = since.elapsed();
            connect.error = error;
        }
    }

    /// All attempts still under way are given up, for this reason.
    pub(crate) fn attempts_given_up(&mut self, why: &str) {
        while let Some((number, _)) = self.in_flight.first().copied() {
            self.attempt_ended(number, Some(why.into()));
        }
    }

    /// All over again, as if nothing had happened yet.
    pub(crate) fn restart(&mut self) {
        let old = std::mem::take(&mut self.facts);
        *self = Self::new(&old.method, &old.host, old.port);
    }

    /// From here on the exchange's bytes are those of this connection.
    pub(crate) fn metered_by(&mut self, meter: &Arc<Meter>) {
        self.meter = Some((Arc::clone(meter), meter.reading()));
    }

    /// The exchange is over: everything open is closed and booked.
    pub(crate) fn finish<T>(mut self, watched: Watched<Result<T, Trouble>>) -> Exchange<T> {
        let now = watched.ended;
        let outcome = match watched.output {
            Some(Ok(answer)) => Outcome::Answered(answer),
            Some(Err(Trouble::Fault(fault))) => Outcome::Failed(fault),
            Some(Err(Trouble::Void(void))) => Outcome::Void(void),
            None => Outcome::Failed(self.timed_out(watched.allowed)),
        };
        self.end_at(now);
        self.attempts_given_up("gave up");
        self.count_bytes();
        self.facts.duration = self.facts.phases.total();
        self.facts.failed = match &outcome {
            Outcome::Failed(fault) => Some((fault.phase, fault.kind)),
            Outcome::Answered(_) | Outcome::Void(_) => None,
        };
        Exchange {
            facts: self.facts,
            started: self.started.unwrap_or(now),
            lag: watched.lag,
            outcome,
        }
    }

    fn count_bytes(&mut self) {
        if let Some((meter, before)) = &self.meter {
            let after = meter.reading();
            self.facts.bytes_in += after.bytes_in - before.bytes_in;
            self.facts.bytes_out += after.bytes_out - before.bytes_out;
        }
    }

    fn timed_out(&mut self, allowed: Duration) -> Fault {
        self.attempts_given_up("no answer in time");
        let phase = self.phase();
        let (host, port) = (&self.facts.host, self.facts.port);
        // The deadline was set a little before the exchange began: `5s` is meant, not `4.99997s`.
        let allowed = Duration::from_micros(500) + allowed;
        let allowed = Duration::from_millis(u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX));
        let message = match phase {
            Phase::Resolve => format!("`{host}` was not resolved within {allowed:?}"),
            Phase::Connect => format!("no connection to `{host}:{port}` within {allowed:?}"),
            Phase::Tls => {
                format!("the TLS handshake with `{host}:{port}` did not end within {allowed:?}")
            }
            Phase::Send => format!("`{host}:{port}` did not take all we sent within {allowed:?}"),
            Phase::Wait => format!("`{host}:{port}` did not answer within {allowed:?}"),
            Phase::Receive => {
                format!("the answer of `{host}:{port}` had not ended after {allowed:?}")
            }
        };
        Fault {
            phase: phase.into(),
            kind: FailureKind::timeout(phase),
            message,
        }
    }
}

/// We could not measure, for this cause.
pub(crate) fn void(cause: VoidCause, message: impl Into<String>) -> Trouble {
    Trouble::Void(Void {
        cause,
        message: message.into(),
    })
}
