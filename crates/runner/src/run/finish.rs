//! The course of a run so far, and the record that it comes to.

use super::{
    Failure, Order, Plan, Progress, Ran, Record, Step, StepVerdict, Void, VoidCause, Warning,
};
use crate::{bound, known::Known, redact::Redactor};
use jaunt_journey::Verb;
use jaunt_record::{Definition, SloOutcome, Verdict};
use jaunt_slo::{Calendar, Judged, classify};
use std::{
    borrow::Cow,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Beyond this the runtime's own delay has spoilt what was measured.
const MOST_LAG: Duration = Duration::from_millis(50);
/// Beyond this the wall clock has stepped, rather than been slewed.
const CLOCK_STEP: Duration = Duration::from_secs(1);

/// The course of a run so far.
#[derive(Default)]
pub(super) struct Course {
    steps: Vec<Step>,
    warnings: Vec<Warning>,
    failure: Option<Failure>,
    void: Option<Void>,
    slow: bool,
    lag: Duration,
    /// What the user waited for.
    duration: Duration,
    /// From the run's start to the end of its last step that was no clean-up.
    pub(super) ended: Duration,
    /// The step after which the order stops.
    pub(super) done_at: Option<String>,
}

impl Course {
    /// The course of a run that begins, void from the start or not.
    pub(super) fn new(void: Option<Void>) -> Self {
        Self {
            void,
            ..Self::default()
        }
    }

    /// Why `step` is not carried out; `None` if it is.
    pub(super) fn skips(
        &self,
        step: &jaunt_journey::Step,
        known: &Known,
        stop: &CancellationToken,
    ) -> Option<String> {
        let voided = self.void.as_ref();
        if voided.is_some_and(|void| void.cause == VoidCause::SecretMissing) {
            return Some("a secret of the journey is missing".into());
        }
        if !step.always {
            if let Some(failure) = &self.failure {
                return Some(format!("step `{}` failed", failure.step));
            }
            if let Some(void) = voided {
                return Some(format!("the run is void: {}", void.cause));
            }
            if stop.is_cancelled() {
                return Some("the prober was told to stop".into());
            }
            if let Some(done) = &self.done_at {
                return Some(format!("the run was to end with step `{done}`"));
            }
        }
        let missing = step.when.iter().find(|(of, name)| !known.has(of, name))?;
        Some(format!("`{}.{}` was not captured", missing.0, missing.1))
    }

    /// Books a step that is not carried out.
    pub(super) fn skip(
        &mut self,
        index: usize,
        step: &jaunt_journey::Step,
        reason: String,
        known: &Known,
        watch: &(dyn Fn(Progress<'_>) + Send + Sync),
    ) {
        if reason == "the prober was told to stop" {
            self.void.get_or_insert_with(|| Void {
                cause: VoidCause::Shutdown,
                message: "the prober was told to stop during the run".into(),
            });
        }
        let step = Step {
            id: step.id.clone(),
            verb: step.verb.name().to_owned(),
            verdict: StepVerdict::Skipped,
            always: step.always,
            offset: known.run.begun.elapsed(),
            duration: Duration::ZERO,
            attempts: 0,
            reason: Some(reason),
            failure: None,
            exchanges: Vec::new(),
            exchanges_left_out: 0,
            expectations: Vec::new(),
            captures: Vec::new(),
        };
        watch(Progress::Ended { index, step: &step });
        self.steps.push(step);
    }

    /// Books a step that was carried out.
    pub(super) fn take(&mut self, step: &jaunt_journey::Step, ran: Ran) {
        self.warnings.extend(ran.step.warnings());
        if !step.always {
            self.slow |= ran.step.verdict == StepVerdict::Slow;
            self.failure = self.failure.take().or_else(|| ran.step.failure.clone());
            self.void = self.void.take().or(ran.void);
            self.lag = self.lag.max(ran.lag);
            if !matches!(step.verb, Verb::Wait(_)) {
                self.duration += ran.step.duration;
            }
        }
        self.steps.push(ran.step);
    }

    /// Holds the wall clock against the monotonic one.
    pub(super) fn clock(&mut self, start: Duration, begun: Instant, now: Duration) {
        let passed = begun.elapsed();
        let step = now.abs_diff(start + passed);
        if step > CLOCK_STEP {
            let message = format!(
                "the wall clock stepped by {:.1} s during the run",
                step.as_secs_f64()
            );
            self.void.get_or_insert(Void {
                cause: VoidCause::ClockStep,
                message,
            });
        }
    }

    /// The record that it comes to.
    pub(super) fn into_record(
        mut self,
        plan: &Plan,
        order: &Order,
        start: Duration,
        known: &Known,
    ) -> Record {
        if self.lag > MOST_LAG {
            let ms = self.lag.as_secs_f64() * 1000.0;
            self.void.get_or_insert(Void {
                cause: VoidCause::Overloaded,
                message: format!("the runtime kept a measured phase waiting for {ms:.0} ms"),
            });
        }
        let journey = &plan.journey;
        let slow = self.slow || journey.slow.is_some_and(|slow| self.duration > slow);
        let verdict = match (&self.void, &self.failure) {
            (Some(_), _) => Verdict::Void,
            (None, Some(_)) => Verdict::Fail,
            (None, None) if slow => Verdict::Slow,
            (None, None) => Verdict::Pass,
        };
        let start_ns = i64::try_from(start.as_nanos()).unwrap_or(i64::MAX);
        let took = i64::try_from(self.ended.as_nanos()).unwrap_or(i64::MAX);
        let mut record = Record {
            id: order.id,
            customer: journey.customer.clone(),
            journey: journey.name.clone(),
            region: order.region.clone(),
            agent: order.agent.clone(),
            kind: order.kind,
            slot: order.slot,
            count: 1,
            every_s: u32::try_from(journey.every.as_secs()).unwrap_or(u32::MAX),
            definition: Definition(journey.definition),
            start_ns,
            end_ns: start_ns.saturating_add(took),
            duration: self.duration,
            lateness: order.lateness,
            lag: self.lag,
            verdict,
            failure: self.failure.filter(|_| verdict == Verdict::Fail),
            void: self.void,
            missed: None,
            warnings: self.warnings,
            steps: self.steps,
            slos: Vec::new(),
        };
        record.slos = slos(plan, &record);
        // What became a secret late stands in what was noted early.
        redact(&mut record, &known.redactor);
        record
    }
}

/// The record of a run that could not measure after all: what looked like the service's failure was
/// proven, once it had ended, to be ours.
pub fn excuse(plan: &Plan, record: Record, void: Void) -> Record {
    let mut record = Record {
        verdict: Verdict::Void,
        failure: None,
        void: Some(void),
        ..record
    };
    record.slos = slos(plan, &record);
    record
}

fn slos(plan: &Plan, record: &Record) -> Vec<SloOutcome> {
    let steps: Vec<_> = record
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.verdict, step.duration))
        .collect();
    let calendar = Calendar {
        maintenance: &plan.journey.maintenance,
        policy: plan.journey.maintenance_policy,
    };
    let judged = Judged {
        verdict: record.verdict,
        duration: record.duration,
        start_ns: record.start_ns,
        end_ns: record.end_ns,
        steps: &steps,
    };
    let slos = plan.journey.slos.iter();
    slos.map(|slo| SloOutcome {
        slo: slo.name.clone(),
        outcome: classify(slo, calendar, judged),
    })
    .collect()
}

/// Takes secrets out of every text of a record that anything outside had a hand in, and bounds it.
fn redact(record: &mut Record, redactor: &Redactor) {
    let clean = |text: &mut String, most: usize| {
        if text.len() > most.saturating_add(8) {
            *text = redactor.excerpt(text, most);
        } else if let Cow::Owned(hidden) = redactor.text(text) {
            *text = hidden;
        }
    };
    let failure = |failure: &mut Option<Failure>| {
        if let Some(failure) = failure {
            clean(&mut failure.message, bound::EXCERPT);
            failure
                .excerpt
                .iter_mut()
                .for_each(|text| clean(text, bound::EXCERPT));
        }
    };
    failure(&mut record.failure);
    if let Some(void) = &mut record.void {
        clean(&mut void.message, bound::EXCERPT);
    }
    for warning in &mut record.warnings {
        clean(&mut warning.expected, bound::EXCERPT);
        clean(&mut warning.actual, bound::EXCERPT);
    }
    for step in &mut record.steps {
        failure(&mut step.failure);
        step.reason
            .iter_mut()
            .for_each(|text| clean(text, bound::EXCERPT));
        for expected in &mut step.expectations {
            clean(&mut expected.subject, bound::TEXT);
            clean(&mut expected.expected, bound::TEXT);
            clean(&mut expected.actual, bound::TEXT);
        }
        for (_, text) in &mut step.captures {
            clean(text, bound::TEXT);
        }
        for exchange in &mut step.exchanges {
            facts(exchange, &clean);
        }
    }
}

fn facts(exchange: &mut jaunt_record::Exchange, clean: &impl Fn(&mut String, usize)) {
    /// Of names in a certificate, answers of the DNS and connect attempts, so many are kept.
    const LISTED: usize = 100;
    clean(&mut exchange.url, bound::URL);
    clean(&mut exchange.host, bound::TEXT);
    clean(&mut exchange.method, bound::TEXT);
    exchange.connects.truncate(LISTED);
    for connect in &mut exchange.connects {
        connect
            .error
            .iter_mut()
            .for_each(|text| clean(text, bound::TEXT));
    }
    if let Some(dns) = &mut exchange.dns {
        clean(&mut dns.question, bound::TEXT);
        dns.answers.truncate(LISTED);
        dns.answers
            .iter_mut()
            .for_each(|text| clean(text, bound::TEXT));
    }
    if let Some(tls) = &mut exchange.tls {
        tls.names.truncate(LISTED);
        tls.names
            .iter_mut()
            .for_each(|text| clean(text, bound::TEXT));
        let texts = [
            &mut tls.subject,
            &mut tls.issuer,
            &mut tls.serial,
            &mut tls.alpn,
        ];
        for text in texts.into_iter().flatten() {
            clean(text, bound::TEXT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cause of a run after which the wall clock stands so many ms before (or, negative,
    /// behind) where it should.
    fn cause(ahead_ms: i64) -> Option<VoidCause> {
        let start = Duration::from_secs(1_790_000_000);
        let length = Duration::from_millis(ahead_ms.unsigned_abs());
        let now = if ahead_ms < 0 {
            start - length
        } else {
            start + length
        };
        let mut course = Course::default();
        course.clock(start, Instant::now(), now);
        course.void.map(|void| void.cause)
    }

    #[test]
    fn a_wall_clock_that_steps_makes_the_run_void_and_one_that_is_slewed_does_not() {
        for (ahead_ms, expected) in [
            (0, None),
            (900, None),
            (-900, None),
            (1_200, Some(VoidCause::ClockStep)),
            (-1_200, Some(VoidCause::ClockStep)),
            (3_600_000, Some(VoidCause::ClockStep)),
        ] {
            assert_eq!(cause(ahead_ms), expected, "{ahead_ms} ms");
        }
    }
}
