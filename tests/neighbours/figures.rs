//! A customer's figures, as a receiver and the target itself have them.

use crate::support::{otlp::Receiver, scripted::Scripted};
use jaunt_agent::Schedule;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What became of a slot, as its event told it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) verdict: String,
    pub(crate) cause: Option<String>,
    pub(crate) took_ms: f64,
}

/// (journey, slot) → what became of it.
pub(crate) type Slots = BTreeMap<(String, i64), Told>;

/// Every slot of `customer` that the receiver was told of, ranges spelled out.
pub(crate) fn slots(receiver: &Receiver, customer: &str) -> Slots {
    let mut slots = Slots::new();
    for request in receiver.of("logs") {
        for log in logs(&request["message"]) {
            let attributes = attributes(log);
            let whole = |name: &str| {
                attributes
                    .get(name)
                    .map(|text| text.parse::<i64>().unwrap())
            };
            if log["eventName"] != "jaunt.slot" || attributes["jaunt.customer"] != customer {
                continue;
            }
            let told = Told {
                verdict: attributes["jaunt.verdict"].clone(),
                cause: attributes.get("jaunt.cause").cloned(),
                took_ms: attributes["jaunt.duration"].parse::<f64>().unwrap() * 1e3,
            };
            for n in 0..whole("jaunt.count").unwrap_or(1) {
                let slot = whole("jaunt.slot").unwrap() + n * whole("jaunt.every").unwrap_or(1);
                let twin = slots.insert((attributes["jaunt.journey"].clone(), slot), told.clone());
                assert!(
                    twin.is_none_or(|twin| twin == told),
                    "a slot has one end: {log:#}"
                );
            }
        }
    }
    slots
}

/// How far behind its slot each request reached the target, ms; journeys ask for a path of their
/// name, once a second.
pub(crate) fn arrivals(target: &Scripted, customer: &str) -> Arrivals {
    let mut arrivals = Arrivals::new();
    for connection in target.connections() {
        for request in connection.requests {
            let journey = request.target.trim_start_matches('/').to_owned();
            let schedule =
                Schedule::new(customer, &journey, "fra", Duration::from_secs(1)).unwrap();
            let slot = schedule.before(schedule.next(connection.accepted_ns + 1));
            let behind = Duration::from_nanos(
                u64::try_from(connection.accepted_ns - schedule.due_ns(slot)).unwrap(),
            );
            let twin = arrivals.insert((journey, slot.unix_s()), behind.as_secs_f64() * 1e3);
            assert_eq!(twin, None, "one run a slot: {request:?}");
        }
    }
    arrivals
}

/// (journey, slot) → milliseconds.
pub(crate) type Arrivals = BTreeMap<(String, i64), f64>;

/// What a customer's slots from `from` until before `until` came to.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) planned: usize,
    pub(crate) passed: usize,
    /// How many requests reached the target.
    pub(crate) asked: usize,
    /// Those that were missed or void, with their causes.
    pub(crate) unmeasured: BTreeMap<String, usize>,
    /// What the user waited for.
    pub(crate) latency: Spread,
    /// How late the request was at the target.
    pub(crate) arrival: Spread,
}

/// By how much a median, and a ninth decile, may differ by noise, ms.
const MEDIAN: f64 = 5.0;
const NINTH: f64 = 25.0;

/// Median and ninth decile, ms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) ninth: f64,
}

impl Spread {
    fn is_that_of(self, alone: Self) -> bool {
        self.median <= alone.median + MEDIAN && self.ninth <= alone.ninth + NINTH
    }

    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |tenths: usize| values[values.len() * tenths / 10];
        Self {
            median: at(5),
            ninth: at(9),
        }
    }
}

impl Figures {
    /// Of these slots, and of what reached the target.
    pub(crate) fn of(slots: &Slots, arrivals: &Arrivals, window: &std::ops::Range<i64>) -> Self {
        let told = || slots.iter().filter(|((_, slot), _)| window.contains(slot));
        let journeys: BTreeSet<&str> = slots.keys().map(|(journey, _)| journey.as_str()).collect();
        let mut unmeasured = BTreeMap::new();
        for (_, told) in
            told().filter(|(_, told)| matches!(told.verdict.as_str(), "void" | "missed"))
        {
            *unmeasured
                .entry(format!("{}: {:?}", told.verdict, told.cause))
                .or_default() += 1;
        }
        let passed = || told().filter(|(_, told)| told.verdict == "pass");
        let asked = || {
            arrivals
                .iter()
                .filter(|((_, slot), _)| window.contains(slot))
        };
        Self {
            planned: journeys.len() * usize::try_from(window.end - window.start).unwrap(),
            passed: passed().count(),
            asked: asked().count(),
            unmeasured,
            latency: Spread::of(passed().map(|(_, told)| told.took_ms)),
            arrival: Spread::of(asked().map(|(_, ms)| *ms)),
        }
    }

    /// Whether these are `alone`'s to within noise: every slot ran, reached its target and passed, no
    /// later and no slower.
    pub(crate) fn are_those_of(&self, alone: &Self) -> bool {
        self.is_whole()
            && alone.is_whole()
            && self.latency.is_that_of(alone.latency)
            && self.arrival.is_that_of(alone.arrival)
    }

    fn is_whole(&self) -> bool {
        self.unmeasured.is_empty() && self.passed == self.planned && self.asked == self.planned
    }
}

fn logs(message: &Value) -> impl Iterator<Item = &Value> {
    array(&message["resourceLogs"])
        .flat_map(|resource| array(&resource["scopeLogs"]))
        .flat_map(|scope| array(&scope["logRecords"]))
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Attributes as text.
fn attributes(of: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value.as_object().and_then(|value| value.values().next()) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    array(&of["attributes"])
        .map(|pair| {
            (
                pair["key"].as_str().unwrap().to_owned(),
                text(&pair["value"]),
            )
        })
        .collect()
}
