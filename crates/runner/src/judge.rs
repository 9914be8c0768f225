//! Judging what an attempt brought: captures first, then every expectation, then a poll's `stop`.
//!
//! It is done in one go and away from the clock: none of it is in a step's duration. Large bodies
//! are read on a thread that may block, so that no other run's measuring waits for them.

use crate::{
    bound,
    capture::{self, Lost},
    expect::{self, Judged},
    known::{Captured, Known, Unset},
    seen::{Answer, Seen},
    subject::Reading,
};
use jaunt_journey::{Capture, Expectation, Step, Subject};
use rand::RngExt as _;
use std::sync::Arc;

/// Beyond so many bytes an answer is read on a thread that may block.
const LARGE: usize = 64 * 1024;

/// What came of judging.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judgement {
    /// What was captured, or why not, in the file's order.
    pub(crate) captures: Vec<(String, Result<Captured, Lost>)>,
    /// How the expectations fared, in the file's order; `None` for `latency`, which is of the step.
    pub(crate) expectations: Vec<Option<Judged>>,
    /// The `stop` condition that holds, as people read it, and what was seen.
    pub(crate) stopped: Option<(String, String)>,
    /// A piece of what came back, redacted and bounded.
    pub(crate) excerpt: Option<String>,
    /// A reference that stood for nothing.
    pub(crate) unset: Option<Unset>,
}

/// Judges what the attempt of the step at `index` brought. `known` learns what was captured.
pub(crate) async fn judge(known: &mut Known, index: usize, seen: Arc<Seen>) -> Judgement {
    let journey = Arc::clone(&known.journey);
    let Some(step) = journey.steps.get(index) else {
        return Judgement::default();
    };
    if !heavy(step, &seen) {
        return now(known, step, &seen);
    }
    let mut learning = known.clone();
    let task = {
        let journey = Arc::clone(&journey);
        tokio::task::spawn_blocking(move || {
            let judgement = match journey.steps.get(index) {
                Some(step) => now(&mut learning, step, &seen),
                None => Judgement::default(),
            };
            (learning, judgement)
        })
    };
    match task.await {
        Ok((learned, judgement)) => {
            *known = learned;
            judgement
        }
        Err(error) => Judgement {
            unset: Some(Unset(format!("the judging of `{}` ({error})", step.id))),
            ..Judgement::default()
        },
    }
}

fn heavy(step: &Step, seen: &Seen) -> bool {
    let bytes = match &seen.answer {
        Answer::Http(response) => response.body.len(),
        Answer::Received(bytes) => bytes.len(),
        Answer::Dns(_) | Answer::Done => 0,
    };
    let xpath = |subject: &Subject| matches!(subject, Subject::Xpath(_));
    bytes > LARGE
        || step.captures.iter().any(|capture| xpath(&capture.subject))
        || step.expect.iter().any(|expect| xpath(&expect.subject))
}

fn now(known: &mut Known, step: &Step, seen: &Seen) -> Judgement {
    let reading = Reading::new(seen);
    let mut judgement = Judgement::default();
    for capture in &step.captures {
        let taken = take(capture, &reading, seen);
        if let Ok(captured) = &taken {
            known.keep(&step.id, &capture.name, captured.clone());
        }
        if taken.is_err() && judgement.excerpt.is_none() {
            judgement.excerpt = reading.searched(&capture.subject);
        }
        judgement.captures.push((capture.name.clone(), taken));
    }
    for expectation in &step.expect {
        judgement.expectations.push(match &expectation.subject {
            Subject::Latency(_) => None,
            _ => match one(expectation, &reading, known) {
                Ok(judged) => Some(judged),
                Err(unset) => {
                    judgement.unset = Some(unset);
                    None
                }
            },
        });
    }
    let stops = step.poll.iter().flat_map(|poll| &poll.stop);
    for stop in stops {
        match one(stop, &reading, known) {
            Ok(judged) if judged.holds && judgement.stopped.is_none() => {
                let what = format!("{} {}", stop.subject_text, stop.operator_text);
                judgement.stopped = Some((what, judged.actual));
            }
            Ok(_) => {}
            Err(unset) => judgement.unset = Some(unset),
        }
    }
    judgement.excerpt = judgement
        .excerpt
        .or_else(|| reading.excerpt())
        .map(|text| known.redactor.excerpt(&text, bound::EXCERPT));
    judgement
}

fn take(capture: &Capture, reading: &Reading<'_>, seen: &Seen) -> Result<Captured, Lost> {
    let found = reading.find(&capture.subject);
    let choose = |count: usize| rand::rng().random_range(0..count.max(1));
    capture::take(capture, found, seen.url.as_ref(), choose)
}

fn one(expectation: &Expectation, reading: &Reading<'_>, known: &Known) -> Result<Judged, Unset> {
    expect::judge(expectation, &reading.find(&expectation.subject), known)
}
