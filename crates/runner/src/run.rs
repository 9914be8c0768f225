//! Carrying a journey out.

mod finish;

use crate::{
    Plan, Secrets,
    cookies::Jar,
    known::{Known, Run},
    step::{Ran, Walk},
};
use finish::Course;
pub use finish::excuse;
use jaunt_probe::Visitor;
use jaunt_record::{Failure, Kind, Record, RunId, Step, StepVerdict, Void, VoidCause, Warning};
use rand::RngExt as _;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio_util::sync::CancellationToken;

/// How long beyond the deadline clean-up may take.
const GRACE: Duration = Duration::from_secs(5);

/// What is to be carried out, beside the journey.
#[derive(Clone, Debug)]
pub struct Order {
    /// The run's id (UUIDv7).
    pub id: RunId,
    /// Why it runs.
    pub kind: Kind,
    /// The slot's nominal time in Unix seconds; `None` for a manual run.
    pub slot: Option<i64>,
    /// How long after its slot was due it starts.
    pub lateness: Duration,
    /// The region.
    pub region: String,
    /// The agent's instance id.
    pub agent: String,
    /// Stop after this step; clean-up still runs.
    pub until: Option<String>,
    /// Share of passing traces that are kept, 0 to 1: decides the sampled flag of `traceparent`.
    pub pass_ratio: f64,
}

/// What a run is surrounded by.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The journey's secrets.
    pub secrets: Arc<Secrets>,
    /// Cancelled when the process is told to stop: the step in flight ends, clean-up runs, the run
    /// is `void: shutdown`.
    pub stop: CancellationToken,
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step begins.
    Began {
        /// Its place in the journey, from 0.
        index: usize,
        /// Its id.
        id: &'a str,
    },
    /// A step has ended, or was skipped.
    Ended {
        /// Its place in the journey, from 0.
        index: usize,
        /// What is known of it.
        step: &'a Step,
    },
}

/// Carries `plan` out once.
///
/// Whatever happens, a complete record comes back: text in it is redacted and bounded.
pub async fn run(
    plan: &Plan,
    order: &Order,
    surroundings: &Surroundings,
    visitor: Visitor,
    watch: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Record {
    let begun = Instant::now();
    let start = wall();
    let known = Known::new(
        &plan.journey,
        &surroundings.secrets,
        of_run(plan, order, start, begun),
        |count| rand::rng().random_range(0..count.max(1)),
    );
    let mut walk = Walk {
        plan,
        order,
        known,
        visitor,
        jar: Jar::default(),
    };
    let mut course = Course::new(secrets_missing(&surroundings.secrets));
    let deadline = begun + plan.journey.deadline;
    for (index, step) in plan.journey.steps.iter().enumerate() {
        if let Some(reason) = course.skips(step, &walk.known, &surroundings.stop) {
            course.skip(index, step, reason, &walk.known, watch);
            continue;
        }
        watch(Progress::Began {
            index,
            id: &step.id,
        });
        let ran = if step.always {
            let now = Instant::now();
            // Told to stop, what was made is still cleaned up, within the grace from then on.
            let until = if surroundings.stop.is_cancelled() {
                (deadline + GRACE).min(now + GRACE)
            } else {
                deadline + GRACE
            };
            walk.step(index, step, until, &CancellationToken::new())
                .await
        } else {
            walk.step(index, step, deadline, &surroundings.stop).await
        };
        watch(Progress::Ended {
            index,
            step: &ran.step,
        });
        course.take(step, ran);
        if order.until.as_deref() == Some(step.id.as_str()) {
            course.done_at = Some(step.id.clone());
        }
        if !step.always {
            course.ended = begun.elapsed();
        }
    }
    course.clock(start, begun, wall());
    course.into_record(plan, order, start, &walk.known)
}

/// The time since the Unix epoch, by the wall clock: the one place where a run reads it.
fn wall() -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "a record says when its run was; all else follows the monotonic clock"
    )]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn of_run(plan: &Plan, order: &Order, start: Duration, begun: Instant) -> Run {
    let every = plan.journey.every.as_secs().max(1);
    let now = start.as_secs();
    let floored = i64::try_from(now - now % every).unwrap_or(i64::MAX);
    Run {
        id: order.id.to_string(),
        uuid: uuid::Uuid::new_v4().to_string(),
        random: rand::rng().random_range(0..1 << 53),
        slot: order.slot.unwrap_or(floored),
        region: order.region.clone(),
        start,
        begun,
    }
}

fn secrets_missing(secrets: &Secrets) -> Option<Void> {
    let missing: Vec<String> = secrets
        .missing()
        .map(|(name, why)| format!("secret `{name}`: {why}"))
        .collect();
    (!missing.is_empty()).then(|| Void {
        cause: VoidCause::SecretMissing,
        message: missing.join("; "),
    })
}
