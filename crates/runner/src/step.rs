//! One step: its attempts, what is judged of them, and its part of the record.

mod outcome;

use crate::{
    Order, Plan,
    attempt::{End, Made, Stage, fault},
    bound,
    cookies::Jar,
    expect,
    judge::{Judgement, judge},
    known::Known,
    seen::{Answer, Seen},
    subject::Found,
    value::{Node, span},
    verb,
};
use jaunt_journey::{Expectation, LatencyField, Otherwise, StatusRule, Step, Subject, Verb, Wait};
use jaunt_probe::{Fault, Visitor};
use jaunt_record::{Expected, FailureKind, FailurePhase, Phase, Void, VoidCause};
pub(crate) use outcome::Ran;
use outcome::{Problem, Tried};
use rand::RngExt as _;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// A measurement that is not back so long after its deadline is not waited for.
const PATIENCE: Duration = Duration::from_millis(250);

/// What a run works with from step to step.
pub(crate) struct Walk<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) order: &'a Order,
    pub(crate) known: Known,
    pub(crate) visitor: Visitor,
    pub(crate) jar: Jar,
}

impl Walk<'_> {
    /// Carries out the step at `index`, until it is done, `until` or `stop`.
    pub(crate) async fn step(
        &mut self,
        index: usize,
        step: &Step,
        until: Instant,
        stop: &CancellationToken,
    ) -> Ran {
        let offset = self.known.run.begun.elapsed();
        let tried = match &step.verb {
            // Nothing is sent after it.
            _ if Instant::now() >= until => Tried::failed(fault(
                FailurePhase::Expect,
                FailureKind::TimeoutDeadline,
                "the run's deadline struck before the step could begin",
            )),
            Verb::Wait(wait) => pause(*wait, until, stop).await,
            Verb::Request(_) | Verb::Resolve(_) | Verb::Connect(_) | Verb::Handshake(_) => {
                self.attempts(index, step, until, stop).await
            }
        };
        tried.into_ran(step, offset, &self.known, until)
    }

    async fn attempts(
        &mut self,
        index: usize,
        step: &Step,
        until: Instant,
        stop: &CancellationToken,
    ) -> Tried {
        let first = Instant::now();
        let mut made = Made::default();
        let mut pauses = Duration::ZERO;
        let mut attempts = 0;
        let mut tried = loop {
            attempts += 1;
            let tried = tokio::select! {
                biased;
                () = stop.cancelled() => Tried::stopped(),
                tried = self.attempt(index, step, until, attempts, &mut made) => tried,
            };
            let Some(poll) = step.poll.as_ref().filter(|_| tried.goes_on()) else {
                break tried;
            };
            let next = Instant::now() + poll.every;
            // An attempt that could not start in time is not waited for: the last one decides.
            if next > first + poll.within || next >= until {
                break tried;
            }
            let paused = Instant::now();
            tokio::select! {
                biased;
                () = stop.cancelled() => break Tried::stopped(),
                () = tokio::time::sleep_until(next.into()) => {}
            }
            pauses += paused.elapsed();
        };
        tried.attempts = attempts;
        tried.duration = made.took + pauses;
        self.latencies(step, &made, &mut tried);
        tried.lag = made.lag;
        tried.made = made;
        tried
    }

    async fn attempt(
        &mut self,
        index: usize,
        step: &Step,
        until: Instant,
        attempt: u32,
        made: &mut Made,
    ) -> Tried {
        self.known.hide_codes();
        let mut stage = Stage {
            plan: self.plan,
            step,
            index,
            known: &mut self.known,
            visitor: &mut self.visitor,
            jar: &mut self.jar,
            made,
            attempt,
            until,
            run: self.order.id,
            sampled: self.order.id.sampled(self.order.pass_ratio),
        };
        let guard = (until + PATIENCE).into();
        let Ok(end) = tokio::time::timeout_at(guard, verb::attempt(&mut stage)).await else {
            return Tried::failed(fault(
                FailurePhase::Expect,
                FailureKind::TimeoutDeadline,
                "the run's deadline struck",
            ));
        };
        let seen = match end {
            End::Seen(seen) => Arc::new(*seen),
            End::Failed(fault) => return Tried::failed(fault),
            End::Void(void) => return Tried::void(void),
        };
        // Reading a hostile body may take long; the run does not wait for it past its deadline.
        let guard = (Instant::now().max(until) + PATIENCE * 4).into();
        let judging = judge(&mut self.known, index, Arc::clone(&seen));
        match tokio::time::timeout_at(guard, judging).await {
            Ok(judgement) => judged(step, &seen, judgement),
            Err(_) => Tried::failed(fault(
                FailurePhase::Expect,
                FailureKind::TimeoutDeadline,
                "the run's deadline struck while the answer was being read",
            )),
        }
    }

    /// Judges `latency` on the whole step, polls and hops included.
    fn latencies(&self, step: &Step, made: &Made, tried: &mut Tried) {
        if made.took.is_zero() || tried.void.is_some() {
            return;
        }
        for (place, expectation) in step.expect.iter().enumerate() {
            let Subject::Latency(field) = &expectation.subject else {
                continue;
            };
            let took = match phase(*field) {
                None => Some(tried.duration),
                Some(phase) => made.phases.took(phase),
            };
            let ns = i128::try_from(took.unwrap_or_default().as_nanos()).unwrap_or(i128::MAX);
            let found = Found::Nodes(vec![Node::Duration(ns)]);
            match expect::judge(expectation, &found, &self.known) {
                Ok(mut judged) => {
                    if took.is_none() {
                        judged.actual = "the phase did not happen".into();
                    }
                    tried.note(place, expectation, judged);
                }
                Err(unset) => tried.void = Some(internal(unset.to_string())),
            }
        }
    }
}

fn phase(field: LatencyField) -> Option<Phase> {
    match field {
        LatencyField::Total => None,
        LatencyField::Resolve => Some(Phase::Resolve),
        LatencyField::Connect => Some(Phase::Connect),
        LatencyField::Tls => Some(Phase::Tls),
        LatencyField::Send => Some(Phase::Send),
        LatencyField::Wait => Some(Phase::Wait),
        LatencyField::Receive => Some(Phase::Receive),
    }
}

fn internal(message: String) -> Void {
    Void {
        cause: VoidCause::Internal,
        message,
    }
}

/// Think time.
async fn pause(wait: Wait, until: Instant, stop: &CancellationToken) -> Tried {
    let begun = Instant::now();
    let (least, most) = (wait.least.as_secs_f64(), wait.most.as_secs_f64());
    let length = if most > least {
        Duration::from_secs_f64(rand::rng().random_range(least..=most))
    } else {
        wait.least
    };
    let end = begun + length;
    let mut tried = tokio::select! {
        biased;
        () = stop.cancelled() => Tried::stopped(),
        () = tokio::time::sleep_until(end.min(until).into()) => Tried::default(),
    };
    if end > until && tried.void.is_none() {
        tried = Tried::failed(fault(
            FailurePhase::Expect,
            FailureKind::TimeoutDeadline,
            format!(
                "the run's deadline struck in a pause of {}",
                span(i128::try_from(length.as_nanos()).unwrap_or(i128::MAX))
            ),
        ));
    }
    tried.attempts = 1;
    tried.duration = begun.elapsed();
    tried
}

/// What an answer comes to: status first, then expectations, then captures, then `stop`.
fn judged(step: &Step, seen: &Seen, judgement: Judgement) -> Tried {
    let mut tried = Tried::default();
    if let Some(unset) = judgement.unset {
        return Tried::void(internal(unset.to_string()));
    }
    tried.excerpt = judgement.excerpt;
    if let (Verb::Request(request), Answer::Http(response)) = (&step.verb, &seen.answer)
        && request.status != StatusRule::Any
    {
        tried.status(&request.status, response.status);
    }
    for (place, (expectation, judged)) in step.expect.iter().zip(judgement.expectations).enumerate()
    {
        if let Some(judged) = judged {
            tried.note(place, expectation, judged);
        }
    }
    if let (Verb::Resolve(resolve), Answer::Dns(answers)) = (&step.verb, &seen.answer)
        && let Some(fault) = unanswered(step, resolve, answers, &tried)
    {
        // Ahead of expectations that could only fail with it.
        tried.problem = Some(Problem::of(fault));
    }
    for (name, taken) in judgement.captures {
        match taken {
            Ok(captured) => tried.captures.push((name, captured)),
            Err(lost) => tried.lost(lost),
        }
    }
    if let Some((what, actual)) = judgement.stopped {
        tried.problem = Some(Problem {
            phase: FailurePhase::Expect,
            kind: FailureKind::PollStopped,
            message: format!("the poll's stop condition held: {what}, seen {actual}"),
        });
    }
    tried
}

/// Why an answer of the DNS serves nobody, unless the step expects just that.
fn unanswered(
    step: &Step,
    resolve: &jaunt_journey::Resolve,
    answers: &jaunt_probe::Answers,
    tried: &Tried,
) -> Option<Fault> {
    let judges_rcode = step.expect.iter().any(|e| e.subject == Subject::Rcode);
    if answers.rcode != "NOERROR" {
        let kind = match answers.rcode.as_str() {
            "NXDOMAIN" => FailureKind::ResolveNxdomain,
            "SERVFAIL" => FailureKind::ResolveServfail,
            "REFUSED" => FailureKind::ResolveRefused,
            _ => FailureKind::ResolveOther,
        };
        let message = format!("the server answered {}", answers.rcode);
        return (!judges_rcode).then(|| fault(FailurePhase::Resolve, kind, message));
    }
    let asked = |kind: &str| resolve.types.iter().any(|asked| asked.as_str() == kind);
    let empty = !answers.answers.iter().any(|answer| asked(&answer.kind));
    let expected = step.expect.iter().enumerate().any(|(place, expectation)| {
        matches!(expectation.subject, Subject::Answer(_)) && tried.held(place)
    });
    (empty && !expected).then(|| {
        let types: Vec<&str> = resolve.types.iter().map(|kind| kind.as_str()).collect();
        let message = format!("the name has no record of type {}", types.join(" or "));
        fault(FailurePhase::Resolve, FailureKind::ResolveNodata, message)
    })
}

/// An expectation as the record has it.
fn expected(expectation: &Expectation, judged: &expect::Judged, known: &Known) -> Expected {
    let text = |text: &str| known.redactor.excerpt(text, bound::TEXT);
    Expected {
        subject: text(&expectation.subject_text),
        expected: text(&expectation.operator_text),
        actual: text(&judged.actual),
        holds: judged.holds,
        otherwise: match expectation.otherwise {
            Otherwise::Fail => "fail",
            Otherwise::Slow => "slow",
            Otherwise::Warn => "warn",
        }
        .into(),
    }
}
