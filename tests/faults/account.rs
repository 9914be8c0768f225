//! What a receiver got, added up as a backend would.

use crate::support::otlp::Receiver;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One slot as its event told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) verdict: String,
    pub(crate) cause: Option<String>,
    pub(crate) run: Option<String>,
}

/// One cumulative stream: its start, and its points in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) starts: BTreeSet<u64>,
    pub(crate) points: Vec<(u64, u64)>,
}

impl Stream {
    /// Takes a point; one that came before, the same in all, is the batch that a kill had sent again.
    fn take(&mut self, point: (u64, u64)) {
        if !self.points.contains(&point) {
            self.points.push(point);
        }
    }
}

/// Everything, added up.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// (journey, slot) → what became of it.
    pub(crate) slots: BTreeMap<(String, i64), Slot>,
    /// Slots that were told twice, differently.
    pub(crate) conflicts: Vec<String>,
    /// The runs whose trace came.
    pub(crate) traces: BTreeSet<String>,
    /// (journey, verdict) → `jaunt.slots`.
    pub(crate) sums: BTreeMap<(String, String), Stream>,
    /// (signal, reason) → the last `jaunt.journal.dropped`.
    dropped: BTreeMap<(String, String), u64>,
}

impl Account {
    /// Adds up what came so far.
    pub(crate) fn of(receiver: &Receiver) -> Self {
        let mut account = Self::default();
        for request in receiver.received() {
            let message = &request["message"];
            match request["signal"].as_str().unwrap() {
                "logs" => each(message, "resourceLogs", "scopeLogs", "logRecords", |log| {
                    account.log(log);
                }),
                "traces" => each(message, "resourceSpans", "scopeSpans", "spans", |span| {
                    account.span(span);
                }),
                _ => each(
                    message,
                    "resourceMetrics",
                    "scopeMetrics",
                    "metrics",
                    |metric| {
                        account.metric(metric);
                    },
                ),
            }
        }
        account
    }

    fn log(&mut self, log: &Value) {
        if log["eventName"] != "jaunt.slot" {
            return;
        }
        let attributes = attributes(log);
        let text = |name: &str| attributes.get(name).cloned();
        let whole = |name: &str| text(name).map(|text| text.parse::<i64>().unwrap());
        let verdict = text("jaunt.verdict").unwrap();
        let ran = verdict != "missed";
        let slot = Slot {
            cause: text("jaunt.cause"),
            run: text("jaunt.run.id").filter(|_| ran),
            verdict,
        };
        let first = whole("jaunt.slot").unwrap();
        let (count, every) = (
            whole("jaunt.count").unwrap_or(1),
            whole("jaunt.every").unwrap_or(1),
        );
        for n in 0..count {
            let key = (text("jaunt.journey").unwrap(), first + n * every);
            match self.slots.insert(key.clone(), slot.clone()) {
                Some(before) if before != slot => {
                    self.conflicts
                        .push(format!("{key:?}: {before:?}, then {slot:?}"));
                }
                _ => {}
            }
        }
    }

    fn span(&mut self, span: &Value) {
        if let Some(run) = attributes(span).get("jaunt.run.id") {
            self.traces.insert(run.clone());
        }
    }

    fn metric(&mut self, metric: &Value) {
        if metric["name"] == "jaunt.journal.dropped" {
            for point in metric["sum"]["dataPoints"].as_array().unwrap() {
                let attributes = attributes(point);
                let key = ["jaunt.signal", "jaunt.reason"].map(|name| attributes[name].clone());
                let count = point["asInt"]
                    .as_str()
                    .map_or(0, |text| text.parse().unwrap());
                self.dropped.insert(key.into(), count);
            }
        }
        if metric["name"] != "jaunt.slots" {
            return;
        }
        for point in metric["sum"]["dataPoints"].as_array().unwrap() {
            let attributes = attributes(point);
            let key = ["jaunt.journey", "jaunt.verdict"].map(|name| attributes[name].clone());
            let stream = self.sums.entry(key.into()).or_default();
            let number = |name: &str| point[name].as_str().map_or(0, |text| text.parse().unwrap());
            // A stream that ends says so without a value.
            if point["flags"].as_u64().unwrap_or(0) & 1 == 0 {
                stream.starts.insert(number("startTimeUnixNano"));
                stream.take((number("timeUnixNano"), number("asInt")));
            }
        }
    }

    /// How many records of a signal were let go, by all that was counted.
    pub(crate) fn dropped(&self, signal: &str) -> u64 {
        let of = self.dropped.iter().filter(|((name, _), _)| name == signal);
        of.map(|(_, count)| count).sum()
    }

    /// How many slots ended so.
    pub(crate) fn count(&self, journey: &str, verdict: &str) -> u64 {
        let of =
            |(key, slot): &(&(String, i64), &Slot)| key.0 == journey && slot.verdict == verdict;
        self.slots.iter().filter(of).count().try_into().unwrap()
    }

    /// The slots of a journey, in order.
    pub(crate) fn of_journey(&self, journey: &str) -> Vec<(i64, &Slot)> {
        let of = |((name, slot), seen)| (name == journey).then_some((slot, seen));
        self.slots
            .iter()
            .filter_map(|((name, slot), seen)| of(((name.as_str(), *slot), seen)))
            .collect()
    }

    /// The names of all journeys.
    pub(crate) fn journeys(&self) -> BTreeSet<String> {
        self.slots
            .keys()
            .map(|(journey, _)| journey.clone())
            .collect()
    }

    /// That every slot of every journey was told once and alike, that sums are what was told, that
    /// streams never fell or began anew, and that every run that passed has its trace.
    pub(crate) fn adds_up(&self, every_s: i64) {
        assert_eq!(self.conflicts, Vec::<String>::new(), "a slot has one end");
        for journey in self.journeys() {
            let slots = self.of_journey(&journey);
            for pair in slots.windows(2) {
                let [(before, _), (after, _)] = pair else {
                    unreachable!()
                };
                assert_eq!(
                    after - before,
                    every_s,
                    "{journey}: every slot is accounted for"
                );
            }
            for verdict in ["pass", "slow", "fail", "void", "missed"] {
                let sum = self.sums.get(&(journey.clone(), verdict.to_owned()));
                let told = self.count(&journey, verdict);
                let sum = sum
                    .and_then(|stream| stream.points.last())
                    .map(|(_, sum)| *sum);
                assert_eq!(sum, Some(told), "{journey}: the sum of {verdict}");
            }
        }
        for (key, stream) in &self.sums {
            assert_eq!(
                stream.starts.len(),
                1,
                "{key:?} began once: {:?}",
                stream.starts
            );
            for pair in stream.points.windows(2) {
                let [(at, sum), (later, more)] = pair else {
                    unreachable!()
                };
                assert!(
                    later >= at,
                    "{key:?}: times ascend: {at} {sum}, then {later} {more}"
                );
                assert!(more >= sum, "{key:?} never falls: {sum} then {more}");
            }
        }
        let passed = self.slots.values().filter(|slot| slot.verdict == "pass");
        for run in passed.filter_map(|slot| slot.run.as_ref()) {
            assert!(self.traces.contains(run), "the trace of {run} came");
        }
    }
}

fn each(message: &Value, resources: &str, scopes: &str, items: &str, mut see: impl FnMut(&Value)) {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    for resource in list(message, resources) {
        for scope in list(&resource, scopes) {
            list(&scope, items).iter().for_each(&mut see);
        }
    }
}

/// Attributes as text.
fn attributes(of: &Value) -> BTreeMap<String, String> {
    let pairs = of["attributes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| {
        let value = value.as_object().and_then(|value| value.values().next());
        value.map_or_else(String::new, |value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    pairs
        .iter()
        .map(|pair| {
            (
                pair["key"].as_str().unwrap().to_owned(),
                text(&pair["value"]),
            )
        })
        .collect()
}
