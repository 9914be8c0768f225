//! What our own annotations say.

use crate::{
    Draft, annotation as name, code,
    yaml::{Node, Value},
};
use jaunt_slo::{Good, Maintenance, MaintenancePolicy, Population, Weekly, Weighting, When};
use jaunt_text::{Diagnostics, list, parse_duration};
use std::{collections::BTreeMap, ops::Range, time::Duration};

/// The annotations `jaunt.dev/…` of one document.
pub(super) struct Annotations<'n>(BTreeMap<&'n str, (&'n str, Range<usize>)>);

impl<'n> Annotations<'n> {
    /// Those of a document; one that nobody knows is told of.
    pub(super) fn of(document: &'n Node, found: &mut Diagnostics<'_>) -> Self {
        let node = document
            .get("metadata")
            .and_then(|metadata| metadata.get("annotations"));
        let mut told = BTreeMap::new();
        let entries = match node.map(|node| &node.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            Some(Value::List(_) | Value::Text(_) | Value::Nothing) | None => &[],
        };
        for (key, node) in entries {
            let Some(key) = key.strip_prefix(name::PREFIX) else {
                continue;
            };
            match node.text() {
                Some(text) if name::OF_AN_SLO.contains(&key) => {
                    told.insert(key, (text, node.span.clone()));
                }
                Some(_) => {
                    let message = format!("nobody knows the annotation `{}{key}`", name::PREFIX);
                    let help = format!("there are {}", list(name::OF_AN_SLO, "and"));
                    found
                        .warning(code::ANNOTATION, node.span.clone(), message)
                        .help(help);
                }
                None => {
                    let message = "an annotation is text";
                    found.error(code::ANNOTATION, node.span.clone(), message);
                }
            }
        }
        Self(told)
    }

    /// Whether the document was written by us.
    pub(super) fn are_ours(&self) -> bool {
        self.0.contains_key(name::JOURNEY)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'n str> {
        self.0.get(key).map(|(text, _)| *text)
    }

    pub(super) fn duration(&self, key: &str, found: &mut Diagnostics<'_>) -> Option<Duration> {
        self.read(key, "a duration such as `60s`", found, |text| {
            parse_duration(text).ok()
        })
    }

    pub(super) fn instant(
        &self,
        key: &str,
        found: &mut Diagnostics<'_>,
    ) -> Option<jiff::Timestamp> {
        self.read(
            key,
            "an instant such as `2026-12-01T00:00:00Z`",
            found,
            |text| text.parse().ok(),
        )
    }

    pub(super) fn population(&self, found: &mut Diagnostics<'_>) -> Population {
        self.read(name::OF, "`valid` or `passed`", found, |text| match text {
            "valid" => Some(Population::Valid),
            "passed" => Some(Population::Passed),
            _ => None,
        })
        .unwrap_or_default()
    }

    pub(super) fn good(&self, found: &mut Diagnostics<'_>) -> Good {
        self.read(
            name::GOOD,
            "`pass+slow` or `pass`",
            found,
            |text| match text {
                "pass+slow" => Some(Good::PassOrSlow),
                "pass" => Some(Good::Pass),
                _ => None,
            },
        )
        .unwrap_or_default()
    }

    pub(super) fn weighting(&self, found: &mut Diagnostics<'_>) -> Weighting {
        self.read(
            name::WEIGHTING,
            "`events` or `regions`",
            found,
            |text| match text {
                "events" => Some(Weighting::Events),
                "regions" => Some(Weighting::Regions),
                _ => None,
            },
        )
        .unwrap_or_default()
    }

    /// What they say of the journey.
    pub(super) fn frame(&self, journey: String, found: &mut Diagnostics<'_>) -> Option<Draft> {
        let errors = found.errors();
        let standard = MaintenancePolicy::default();
        let regions = self.text(name::REGIONS).unwrap_or_default();
        let draft = Draft {
            customer: self.text(name::CUSTOMER).map(str::to_owned),
            journey,
            every: self.read(name::EVERY, "whole seconds above none", found, |text| {
                let every = parse_duration(text).ok()?;
                (every.as_secs() > 0 && every.subsec_nanos() == 0).then_some(every)
            }),
            regions: split(regions).map(str::to_owned).collect(),
            weights: self.pairs(name::WEIGHTS, found),
            quorum: self.read(name::QUORUM, "a number of regions", found, |text| {
                text.parse().ok()
            }),
            maintenance: self
                .read(
                    name::MAINTENANCE,
                    "a JSON list of maintenance",
                    found,
                    maintenance,
                )
                .unwrap_or_default(),
            policy: MaintenancePolicy {
                notice: self
                    .duration(name::NOTICE, found)
                    .unwrap_or(standard.notice),
                cap: self.duration(name::CAP, found).unwrap_or(standard.cap),
            },
            parties: self.pairs(name::PARTIES, found),
            slos: Vec::new(),
        };
        (found.errors() == errors).then_some(draft)
    }

    fn pairs(&self, key: &str, found: &mut Diagnostics<'_>) -> BTreeMap<String, String> {
        let read = |text: &str| {
            let pairs = split(text).map(|pair| pair.split_once('='));
            pairs
                .map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned())))
                .collect::<Option<BTreeMap<_, _>>>()
        };
        self.read(key, "`NAME=VALUE` with commas between", found, read)
            .unwrap_or_default()
    }

    /// What `read` makes of an annotation; one of which it makes nothing is refused.
    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        found: &mut Diagnostics<'_>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let (text, place) = self.0.get(key)?;
        let value = read(text);
        if value.is_none() {
            let message = format!("`{}{key}` is {expected}, not `{text}`", name::PREFIX);
            found.error(code::ANNOTATION, place.clone(), message);
        }
        value
    }
}

/// What stands between commas.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}

fn maintenance(text: &str) -> Option<Vec<Maintenance>> {
    let entries: Vec<BTreeMap<String, String>> = serde_json::from_str(text).ok()?;
    entries
        .into_iter()
        .map(|mut entry| {
            let when = match (entry.remove("on"), entry.remove("from"), entry.remove("to")) {
                (Some(on), None, None) => When::Weekly(Weekly::parse(&on).ok()?),
                (None, Some(from), Some(to)) => When::Once {
                    from: from.parse().ok()?,
                    to: to.parse().ok()?,
                },
                _ => return None,
            };
            let announced = entry.remove("announced").map(|at| at.parse().ok());
            let entry = Maintenance {
                when,
                announced: match announced {
                    Some(at) => Some(at?),
                    None => None,
                },
                by: entry.remove("by"),
                approved_by: entry.remove("approved_by"),
                reason: entry.remove("reason"),
            };
            Some(entry)
        })
        .collect()
}
