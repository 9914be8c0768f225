//! What an attempt came to, and a step's part of the record.

use super::expected;
use crate::{
    attempt::Made,
    bound,
    capture::Lost,
    expect::Judged,
    known::{Captured, Known},
    redact::MASK,
    value,
};
use jaunt_journey::{Expectation, Otherwise, StatusRule, Step};
use jaunt_probe::Fault;
use jaunt_record::{
    Expected, Failure, FailureKind, FailurePhase, Party, StepVerdict, Void, VoidCause,
};
use std::time::{Duration, Instant};

/// Why a step fails; not redacted yet.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) phase: FailurePhase,
    pub(super) kind: FailureKind,
    pub(super) message: String,
}

/// What the last attempt of a step came to.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// The first thing that failed.
    pub(super) problem: Option<Problem>,
    /// What failed beside it.
    more: Vec<String>,
    pub(super) void: Option<Void>,
    slow: bool,
    status: Option<(String, u16, bool)>,
    judged: Vec<(usize, Expectation, Judged)>,
    pub(super) captures: Vec<(String, Captured)>,
    pub(super) excerpt: Option<String>,
    pub(super) attempts: u32,
    pub(super) duration: Duration,
    pub(super) lag: Duration,
    pub(super) made: Made,
}

/// A step that was carried out.
pub(crate) struct Ran {
    pub(crate) step: jaunt_record::Step,
    pub(crate) void: Option<Void>,
    pub(crate) lag: Duration,
}

impl Problem {
    pub(super) fn of(fault: Fault) -> Self {
        Self {
            phase: fault.phase,
            kind: fault.kind,
            message: fault.message,
        }
    }
}

impl Tried {
    pub(super) fn failed(fault: Fault) -> Self {
        Self {
            problem: Some(Problem::of(fault)),
            ..Self::default()
        }
    }

    pub(super) fn void(void: Void) -> Self {
        Self {
            void: Some(void),
            ..Self::default()
        }
    }

    /// The process was told to stop.
    pub(super) fn stopped() -> Self {
        Self::void(Void {
            cause: VoidCause::Shutdown,
            message: "the prober was told to stop during the run".into(),
        })
    }

    /// Whether a poll goes on after it.
    pub(super) fn goes_on(&self) -> bool {
        let stopped = |problem: &Problem| problem.kind == FailureKind::PollStopped;
        self.void.is_none()
            && self
                .problem
                .as_ref()
                .is_some_and(|problem| !stopped(problem))
    }

    /// Whether the expectation at `place` was judged and held.
    pub(super) fn held(&self, place: usize) -> bool {
        self.judged
            .iter()
            .any(|(at, _, judged)| *at == place && judged.holds)
    }

    pub(super) fn status(&mut self, rule: &StatusRule, status: u16) {
        let wanted = match rule {
            StatusRule::Any => "any".into(),
            StatusRule::Class(class) => format!("{class}xx"),
            StatusRule::Codes(codes) => {
                let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
                codes.join(" or ")
            }
        };
        let holds = rule.allows(status);
        if !holds {
            self.fail(
                FailurePhase::Expect,
                FailureKind::status(status),
                format!("status {status}, expected {wanted}"),
            );
        }
        self.status = Some((wanted, status, holds));
    }

    /// Books how the expectation at `place` fared.
    pub(super) fn note(&mut self, place: usize, expectation: &Expectation, judged: Judged) {
        if !judged.holds {
            match expectation.otherwise {
                Otherwise::Fail => {
                    let phase = match judged.kind {
                        FailureKind::HttpCharset => FailurePhase::Receive,
                        _ => FailurePhase::Expect,
                    };
                    let message = format!(
                        "{}: expected {}, seen {}",
                        expectation.subject_text, expectation.operator_text, judged.actual
                    );
                    self.fail(phase, judged.kind, message);
                }
                Otherwise::Slow => self.slow = true,
                Otherwise::Warn => {}
            }
        }
        self.judged.push((place, expectation.clone(), judged));
    }

    pub(super) fn lost(&mut self, lost: Lost) {
        let phase = match lost.kind {
            FailureKind::HttpCharset => FailurePhase::Receive,
            _ => FailurePhase::Capture,
        };
        self.fail(phase, lost.kind, lost.message);
    }

    fn fail(&mut self, phase: FailurePhase, kind: FailureKind, message: String) {
        match self.problem {
            Some(_) => self.more.push(message),
            None => {
                self.problem = Some(Problem {
                    phase,
                    kind,
                    message,
                });
            }
        }
    }

    /// The step's part of the record.
    pub(super) fn into_ran(
        mut self,
        step: &Step,
        offset: Duration,
        known: &Known,
        until: Instant,
    ) -> Ran {
        let failure = match &self.void {
            Some(_) => None,
            None => self.failure(step, known, until),
        };
        let void = self.void.take().map(|void| Void {
            cause: void.cause,
            message: known.redactor.excerpt(&void.message, bound::TEXT),
        });
        let verdict = match (&void, &failure) {
            (Some(_), _) => StepVerdict::Void,
            (None, Some(_)) => StepVerdict::Fail,
            (None, None) if self.slow => StepVerdict::Slow,
            (None, None) => StepVerdict::Pass,
        };
        let reason = match (&void, &failure) {
            (Some(void), _) => Some(void.message.clone()),
            (None, Some(failure)) => Some(failure.message.clone()),
            (None, None) => None,
        };
        let expectations = self.expectations(known);
        Ran {
            void,
            lag: self.lag,
            step: jaunt_record::Step {
                id: step.id.clone(),
                verb: step.verb.name().to_owned(),
                verdict,
                always: step.always,
                offset,
                duration: self.duration,
                attempts: self.attempts,
                reason,
                failure,
                exchanges_left_out: self.made.left_out,
                exchanges: self.made.into_exchanges(),
                expectations,
                captures: self
                    .captures
                    .iter()
                    .map(|(name, captured)| (name.clone(), shown(captured, known)))
                    .collect(),
            },
        }
    }

    fn failure(&self, step: &Step, known: &Known, until: Instant) -> Option<Failure> {
        let problem = self.problem.as_ref()?;
        let mut message = problem.message.clone();
        let timeout = problem.kind.as_str().starts_with("timeout.");
        if timeout && problem.kind != FailureKind::TimeoutDeadline && Instant::now() >= until {
            message.push_str("; the run's deadline struck");
        }
        if self.attempts > 1 {
            message.push_str(&format!(", at the last of {} attempts", self.attempts));
        }
        for more in &self.more {
            message.push_str("; also ");
            message.push_str(more);
        }
        // An address that a server's answer spelled out is that server's, whatever was not dialled.
        let brought = [
            FailureKind::RedirectNotPublic,
            FailureKind::CaptureNotPublic,
        ];
        let presumed = if brought.contains(&problem.kind) {
            Party::presumed(FailurePhase::Expect)
        } else {
            Party::presumed(problem.phase)
        };
        let party = match &step.party {
            Some(own) if presumed.as_str() == "service" => Party::new(own.clone()),
            Some(_) | None => presumed,
        };
        Some(Failure {
            step: step.id.clone(),
            phase: problem.phase,
            kind: problem.kind,
            party,
            message: known.redactor.excerpt(&message, bound::EXCERPT),
            excerpt: self.excerpt.clone(),
        })
    }

    fn expectations(&mut self, known: &Known) -> Vec<Expected> {
        self.judged.sort_by_key(|(place, ..)| *place);
        let status = self.status.iter().map(|(wanted, seen, holds)| Expected {
            subject: "status".into(),
            expected: wanted.clone(),
            actual: seen.to_string(),
            holds: *holds,
            otherwise: "fail".into(),
        });
        let rest = self
            .judged
            .iter()
            .map(|(_, expectation, judged)| expected(expectation, judged, known));
        status.chain(rest).collect()
    }
}

fn shown(captured: &Captured, known: &Known) -> String {
    if captured.secret {
        return MASK.into();
    }
    known
        .redactor
        .excerpt(&value::bare(&captured.value), bound::TEXT)
}
