//! The fields of a line, typed.

use super::{Cause, Event, Kind, Malformed, decimal::millis_to_ns};
use jaunt_record::{StepVerdict, Verdict};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A line, before its numbers are looked at. What it does not name is skipped.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    run_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    customer: Option<Text<'a>>,
    #[serde(borrow)]
    journey: Text<'a>,
    #[serde(borrow)]
    region: Text<'a>,
    #[serde(borrow)]
    agent: Text<'a>,
    #[serde(default)]
    slot: Option<i64>,
    start_ns: i64,
    duration_ms: serde_json::Number,
    #[serde(default)]
    end_ns: Option<i64>,
    #[serde(borrow)]
    verdict: Text<'a>,
    #[serde(borrow, default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    step: Option<Text<'a>>,
    #[serde(borrow, default)]
    phase: Option<Text<'a>>,
    #[serde(borrow, default)]
    failure_kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    party: Option<Text<'a>>,
    #[serde(borrow, default)]
    failure: Option<Failure<'a>>,
    #[serde(default)]
    steps: Steps,
    #[serde(default, rename = "attempts")]
    _attempts: Option<u64>,
    #[serde(default)]
    sent_ns: Option<i64>,
    #[serde(default)]
    recv_ns: Option<i64>,
}

/// Text, borrowed from the line where it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    fn owned(text: Option<Self>) -> Option<String> {
        text.map(|text| text.0.into_owned())
    }
}

/// A run line's failure.
#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow, default)]
    step: Option<Text<'a>>,
    #[serde(borrow, default)]
    phase: Option<Text<'a>>,
    #[serde(borrow, default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    party: Option<Text<'a>>,
}

impl Line<'_> {
    pub(super) fn event(self) -> Result<Event, Malformed> {
        let duration_ns = ns("duration_ms", &self.duration_ms)?;
        let start_ns = instant("start_ns", self.start_ns)?;
        let end_ns = match self.end_ns {
            Some(end) if end >= start_ns => end,
            Some(_) => return Err(Malformed::Range("end_ns")),
            None => end(start_ns, duration_ns)?,
        };
        let verdict = Verdict::from_name(&self.verdict.0)
            .ok_or_else(|| Malformed::Verdict(self.verdict.0.into_owned()))?;
        let (step, phase, kind, party) = match self.failure {
            Some(f) => (f.step, f.phase, f.kind, f.party),
            None => (None, None, None, None),
        };
        Ok(Event {
            id: Text::owned(self.id.or(self.run_id)),
            customer: Text::owned(self.customer),
            journey: self.journey.0.into_owned(),
            region: self.region.0.into_owned(),
            agent: self.agent.0.into_owned(),
            slot: self.slot,
            start_ns,
            duration_ns,
            end_ns,
            verdict,
            kind: self
                .kind
                .map_or(Kind::Scheduled, |kind| Kind::from_name(&kind.0)),
            cause: Cause {
                step: Text::owned(self.step.or(step)),
                phase: Text::owned(self.phase.or(phase)),
                kind: Text::owned(self.failure_kind.or(kind)),
                party: Text::owned(self.party.or(party)),
            },
            phases: self.steps.phases()?,
            steps: self.steps.typed()?,
            sent_ns: self.sent_ns.map(|at| instant("sent_ns", at)).transpose()?,
            recv_ns: self.recv_ns.map(|at| instant("recv_ns", at)).transpose()?,
        })
    }
}

/// The end of a run that began and lasted so; where no clock reaches it, the larger of the two is
/// what cannot be.
fn end(start_ns: i64, duration_ns: u64) -> Result<i64, Malformed> {
    let duration = i64::try_from(duration_ns).map_err(|_| Malformed::Range("duration_ms"))?;
    let field = if start_ns > duration {
        "start_ns"
    } else {
        "duration_ms"
    };
    start_ns
        .checked_add(duration)
        .ok_or(Malformed::Range(field))
}

fn instant(field: &'static str, ns: i64) -> Result<i64, Malformed> {
    if ns < 0 {
        return Err(Malformed::Range(field));
    }
    Ok(ns)
}

fn ns(field: &'static str, millis: &serde_json::Number) -> Result<u64, Malformed> {
    millis_to_ns(&millis.to_string()).ok_or(Malformed::Range(field))
}

/// `{id: [verdict, ms]}`, or the list of a run line.
#[derive(Default)]
struct Steps(Vec<Told>);

/// What a line tells of a step.
struct Told {
    id: String,
    verdict: String,
    millis: Option<serde_json::Number>,
    /// Phases and their ms.
    phases: Vec<(String, serde_json::Number)>,
}

impl Steps {
    fn typed(self) -> Result<Vec<(String, Option<StepVerdict>, u64)>, Malformed> {
        self.0
            .into_iter()
            .map(|step| {
                let took = step.millis.as_ref().map_or(Ok(0), |ms| ns("steps", ms))?;
                Ok((step.id, StepVerdict::from_name(&step.verdict), took))
            })
            .collect()
    }

    /// Step, phase and ns; a phase that a step had several times is summed.
    fn phases(&self) -> Result<Vec<(String, String, u64)>, Malformed> {
        let mut phases: Vec<(String, String, u64)> = Vec::new();
        for step in &self.0 {
            for (phase, millis) in &step.phases {
                let took = ns("phases_ms", millis)?;
                let same = |p: &&mut (String, String, u64)| p.0 == step.id && p.1 == *phase;
                match phases.iter_mut().find(same) {
                    Some((_, _, sum)) => *sum = sum.saturating_add(took),
                    None => phases.push((step.id.clone(), phase.clone(), took)),
                }
            }
        }
        phases.sort_unstable();
        Ok(phases)
    }
}

/// A step in a run line's list.
#[derive(Deserialize)]
struct RunStep {
    id: String,
    verdict: String,
    #[serde(default)]
    duration_ms: Option<serde_json::Number>,
    #[serde(default)]
    always: bool,
    #[serde(default)]
    exchanges: Vec<RunExchange>,
}

/// An exchange in a run line's step.
#[derive(Deserialize)]
struct RunExchange {
    #[serde(default)]
    phases_ms: BTreeMap<String, serde_json::Number>,
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StepsVisitor)
    }
}

struct StepsVisitor;

impl<'de> Visitor<'de> for StepsVisitor {
    type Value = Steps;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("steps: an object of `[verdict, ms]`, or a list of steps")
    }

    fn visit_unit<E>(self) -> Result<Steps, E> {
        Ok(Steps::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Steps, A::Error> {
        let mut steps = Vec::new();
        while let Some(id) = map.next_key::<String>()? {
            let Pair(verdict, millis, phases) = map.next_value()?;
            steps.push(Told {
                id,
                verdict,
                millis,
                phases,
            });
        }
        Ok(Steps(steps))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Steps, A::Error> {
        let mut steps = Vec::new();
        while let Some(step) = seq.next_element::<RunStep>()? {
            // Clean-up is nothing that a user waited for.
            let waited = step.exchanges.into_iter().filter(|_| !step.always);
            steps.push(Told {
                id: step.id,
                verdict: step.verdict,
                millis: step.duration_ms,
                phases: waited.flat_map(|exchange| exchange.phases_ms).collect(),
            });
        }
        Ok(Steps(steps))
    }
}

/// `[verdict, ms, {phase: ms}]`; the ms of a skipped step may be null or absent, the phases too, and
/// more may follow.
struct Pair(
    String,
    Option<serde_json::Number>,
    Vec<(String, serde_json::Number)>,
);

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PairVisitor)
    }
}

struct PairVisitor;

impl<'de> Visitor<'de> for PairVisitor {
    type Value = Pair;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`[verdict, ms]`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pair, A::Error> {
        let verdict = seq
            .next_element()?
            .ok_or_else(|| serde::de::Error::invalid_length(0, &self))?;
        let millis = seq.next_element::<Option<_>>()?.flatten();
        let phases = match seq.next_element::<serde_json::Value>()? {
            Some(serde_json::Value::Object(phases)) => phases
                .into_iter()
                .filter_map(|(phase, ms)| match ms {
                    serde_json::Value::Number(ms) => Some((phase, ms)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Pair(verdict, millis, phases))
    }
}
