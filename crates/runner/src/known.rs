//! What a run knows, and templates filled with it.
//!
//! A captured value is data: what looks like a reference in it is not expanded again, and what it
//! brings to a URL's host is remembered (`Filled::captured`), since a host that a server named is
//! judged otherwise than one that the file spells out.

use crate::{Secrets, redact::Redactor, value};
use jaunt_journey::{Journey, Part, Reference, RunValue, Template, Value, Var};
use serde_json::Value as Json;
use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

/// Variables may name variables; the parser admits no circle, and this bounds what it missed.
const DEEPEST: usize = 16;

/// What a run knows.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) journey: Arc<Journey>,
    pub(crate) secrets: Arc<Secrets>,
    /// One of each variable's values, chosen for this run.
    vars: BTreeMap<String, Value>,
    captures: BTreeMap<(String, String), Captured>,
    pub(crate) run: Run,
    /// Hides secrets, captured ones included.
    pub(crate) redactor: Arc<Redactor>,
}

/// What a run knows of itself.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// The run's id, 32 hex digits.
    pub(crate) id: String,
    /// A UUIDv4.
    pub(crate) uuid: String,
    /// Whole, below 2^53.
    pub(crate) random: u64,
    /// The slot's nominal time, Unix seconds.
    pub(crate) slot: i64,
    pub(crate) region: String,
    /// The run's start since the Unix epoch.
    pub(crate) start: Duration,
    /// When that was.
    pub(crate) begun: std::time::Instant,
}

/// A captured value.
#[derive(Clone, Debug)]
pub(crate) struct Captured {
    pub(crate) value: Json,
    pub(crate) secret: bool,
}

/// A template filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) text: String,
    /// Where captured values stand in it.
    pub(crate) captured: Vec<Range<usize>>,
    /// Whether a secret stands in it.
    pub(crate) secret: bool,
}

/// A reference that stands for nothing. The parser refuses what could lead here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{{{{{0}}}}}` stands for nothing here")]
pub(crate) struct Unset(pub(crate) String);

impl Run {
    /// The time since the Unix epoch: the run's start and what has passed on the monotonic clock.
    pub(crate) fn now(&self) -> Duration {
        self.start + self.begun.elapsed()
    }
}

impl Known {
    /// What a run knows at its start; `choose` picks one of so many.
    pub(crate) fn new(
        journey: &Arc<Journey>,
        secrets: &Arc<Secrets>,
        run: Run,
        mut choose: impl FnMut(usize) -> usize,
    ) -> Self {
        let vars = journey.vars.iter().filter_map(|(name, var)| {
            let value = match var {
                Var::Fixed(value) => value,
                Var::Pick(values) => values.get(choose(values.len()))?,
            };
            Some((name.clone(), value.clone()))
        });
        Self {
            vars: vars.collect(),
            journey: Arc::clone(journey),
            secrets: Arc::clone(secrets),
            captures: BTreeMap::new(),
            run,
            redactor: Arc::clone(secrets.redactor()),
        }
    }

    /// Keeps what a step captured.
    pub(crate) fn keep(&mut self, step: &str, name: &str, captured: Captured) {
        if captured.secret {
            self.hide_value(&captured.value);
        }
        self.captures
            .insert((step.to_owned(), name.to_owned()), captured);
    }

    /// Whether `step` captured `name`.
    pub(crate) fn has(&self, step: &str, name: &str) -> bool {
        self.captures
            .contains_key(&(step.to_owned(), name.to_owned()))
    }

    /// From now on, hides `secret` too.
    pub(crate) fn hide(&mut self, secret: &str) {
        Arc::make_mut(&mut self.redactor).hide(secret);
    }

    fn hide_value(&mut self, value: &Json) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.hide_value(item)),
            Json::Object(members) => members.values().for_each(|member| self.hide_value(member)),
            other => self.hide(&value::bare(other)),
        }
    }

    /// Hides the one-time passwords that are in force now: what is sent may come back.
    pub(crate) fn hide_codes(&mut self) {
        let totp: Vec<String> = self
            .journey
            .secrets
            .iter()
            .filter(|(_, secret)| secret.totp)
            .filter_map(|(name, _)| self.secrets.expose(name, self.run.now()))
            .collect();
        for code in totp {
            self.hide(&code);
        }
    }

    /// `template` filled in.
    pub(crate) fn fill(&self, template: &Template) -> Result<Filled, Unset> {
        let mut filled = Filled::default();
        self.fill_into(template, &mut filled, DEEPEST)?;
        filled.secret = filled.secret || self.redactor.finds(&filled.text);
        Ok(filled)
    }

    /// `template` filled in, its text alone.
    pub(crate) fn text(&self, template: &Template) -> Result<String, Unset> {
        Ok(self.fill(template)?.text)
    }

    /// `value` filled in; a text that is one reference and nothing else keeps the type of what it
    /// stands for.
    pub(crate) fn value(&self, value: &Value) -> Result<Json, Unset> {
        self.value_within(value, DEEPEST)
    }

    fn fill_into(
        &self,
        template: &Template,
        filled: &mut Filled,
        deep: usize,
    ) -> Result<(), Unset> {
        for part in &template.parts {
            match part {
                Part::Text(text) => filled.text.push_str(text),
                Part::Reference(reference) => self.refer_into(reference, filled, deep)?,
            }
        }
        Ok(())
    }

    fn refer_into(
        &self,
        reference: &Reference,
        filled: &mut Filled,
        deep: usize,
    ) -> Result<(), Unset> {
        let from = filled.text.len();
        match reference {
            Reference::Var(name) => self.named(&self.vars, "vars", name, filled, deep)?,
            Reference::Matrix(name) => {
                self.named(&self.journey.matrix, "matrix", name, filled, deep)?;
            }
            Reference::Secret(_) => {
                filled
                    .text
                    .push_str(&value::bare(&self.refer(reference, deep)?));
                filled.secret = true;
            }
            Reference::Run(_) => filled
                .text
                .push_str(&value::bare(&self.refer(reference, deep)?)),
            Reference::Capture { step, name } => {
                let captured = self.captured(step, name)?;
                filled.text.push_str(&value::bare(&captured.value));
                filled.captured.push(from..filled.text.len());
                filled.secret |= captured.secret;
            }
        }
        Ok(())
    }

    /// What a variable or the matrix says: text goes in part by part, so that where its pieces came
    /// from is known.
    fn named(
        &self,
        among: &BTreeMap<String, Value>,
        scope: &str,
        name: &str,
        filled: &mut Filled,
        deep: usize,
    ) -> Result<(), Unset> {
        let unset = || Unset(format!("{scope}.{name}"));
        let deep = deep.checked_sub(1).ok_or_else(unset)?;
        match among.get(name).ok_or_else(unset)? {
            Value::Text(template) => self.fill_into(template, filled, deep),
            other => {
                let json = self.value_within(other, deep)?;
                filled.text.push_str(&value::bare(&json));
                Ok(())
            }
        }
    }

    fn captured(&self, step: &str, name: &str) -> Result<&Captured, Unset> {
        self.captures
            .get(&(step.to_owned(), name.to_owned()))
            .ok_or_else(|| Unset(format!("{step}.{name}")))
    }

    fn refer(&self, reference: &Reference, deep: usize) -> Result<Json, Unset> {
        let within = |among: &BTreeMap<String, Value>, scope: &str, name: &String| {
            let unset = || Unset(format!("{scope}.{name}"));
            let deep = deep.checked_sub(1).ok_or_else(unset)?;
            self.value_within(among.get(name).ok_or_else(unset)?, deep)
        };
        match reference {
            Reference::Var(name) => within(&self.vars, "vars", name),
            Reference::Matrix(name) => within(&self.journey.matrix, "matrix", name),
            Reference::Secret(name) => self
                .secrets
                .expose(name, self.run.now())
                .map(Json::String)
                .ok_or_else(|| Unset(format!("secrets.{name}"))),
            Reference::Run(run) => Ok(self.of_run(*run)),
            Reference::Capture { step, name } => Ok(self.captured(step, name)?.value.clone()),
        }
    }

    fn of_run(&self, asked: RunValue) -> Json {
        match asked {
            RunValue::Uuid => self.run.uuid.clone().into(),
            RunValue::Id => self.run.id.clone().into(),
            RunValue::Slot => self.run.slot.into(),
            RunValue::Region => self.run.region.clone().into(),
            RunValue::Time => instant(self.run.start).into(),
            RunValue::Unix => self.run.start.as_secs().into(),
            RunValue::Random => self.run.random.into(),
        }
    }

    fn value_within(&self, value: &Value, deep: usize) -> Result<Json, Unset> {
        Ok(match value {
            Value::Text(template) => match template.parts.as_slice() {
                [Part::Reference(reference)] => self.refer(reference, deep)?,
                _ => {
                    let mut filled = Filled::default();
                    self.fill_into(template, &mut filled, deep)?;
                    filled.text.into()
                }
            },
            Value::Number(text) => value::number(text).unwrap_or_else(|| text.clone().into()),
            Value::Bool(yes) => Json::Bool(*yes),
            Value::Datetime(text) => text.clone().into(),
            Value::List(items) => Json::Array(
                items
                    .iter()
                    .map(|item| self.value_within(item, deep))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Table(members) => Json::Object(
                members
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), self.value_within(value, deep)?)))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }
}

/// RFC 3339 in UTC with milliseconds.
fn instant(since_epoch: Duration) -> String {
    let ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) => format!("{at:.3}"),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_milliseconds() {
        assert_eq!(
            instant(Duration::from_millis(1_790_000_000_120)),
            "2026-09-21T14:13:20.120Z"
        );
    }
}
