//! OpenSLO documents as the part of journeys that they hold.

mod annotated;
mod objective;
mod window;

pub(crate) use objective::percent;

use crate::{
    Draft, annotation as name, code,
    yaml::{self, Node, Value},
};
use annotated::Annotations;
use jaunt_slo::Slo;
use jaunt_text::{Diagnostic, Diagnostics, code as any};

/// What was made of a file.
#[derive(Debug)]
pub struct Imported {
    /// The part of each journey that it holds; `None` where anything in it is refused.
    pub drafts: Option<Vec<Draft>>,
    /// What is wrong with it, and what was left out.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the OpenSLO documents of `text` say.
pub fn import(text: &str) -> Imported {
    let mut found = Diagnostics::new(text);
    let drafts = yaml::read(&mut found).map(|documents| drafts(&documents, &mut found));
    let sound = !found.any_error();
    Imported {
        drafts: drafts.filter(|_| sound),
        diagnostics: found.finish(),
    }
}

/// Objects that an SLO may lean on, and that hold nothing a journey keeps.
const OTHERS: [&str; 5] = [
    "AlertCondition",
    "AlertNotificationTarget",
    "AlertPolicy",
    "DataSource",
    "Service",
];

fn drafts(documents: &[Node], found: &mut Diagnostics<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut slos = 0;
    for document in documents {
        if kind(document, found) != Some("SLO") {
            continue;
        }
        slos += 1;
        if let Some((draft, slo)) = Reading::new(document, documents, found).slo() {
            add(&mut drafts, draft, slo, document, found);
        }
    }
    if slos == 0 && !found.any_error() {
        found.error(code::NO_SLO, 0..0, "no object here is of kind `SLO`");
    }
    drafts
}

/// What a document is, where it is of OpenSLO v1.
fn kind<'n>(document: &'n Node, found: &mut Diagnostics<'_>) -> Option<&'n str> {
    if let Value::Nothing = document.value {
        return None;
    }
    let version = required(document, "apiVersion", found)?;
    let text = version.text().unwrap_or_default();
    if text != "openslo/v1" {
        let message = format!("`{text}` is another version than `openslo/v1`");
        found.error(code::OBJECT, version.span.clone(), message);
        return None;
    }
    let kind = required(document, "kind", found)?;
    let text = kind.text().unwrap_or_default();
    if text != "SLO" && text != "SLI" && !OTHERS.contains(&text) {
        let message = format!("`{text}` is no kind of object of OpenSLO v1");
        found.error(code::OBJECT, kind.span.clone(), message);
        return None;
    }
    Some(text)
}

/// Puts an SLO to the others of its journey, which must say the same of it.
fn add(
    drafts: &mut Vec<Draft>,
    draft: Draft,
    slo: Slo,
    document: &Node,
    found: &mut Diagnostics<'_>,
) {
    let same =
        |other: &&mut Draft| other.customer == draft.customer && other.journey == draft.journey;
    let Some(known) = drafts.iter_mut().find(same) else {
        drafts.push(Draft {
            slos: vec![slo],
            ..draft
        });
        return;
    };
    let whose = format!("journey `{}`", known.journey);
    let frame = Draft {
        slos: Vec::new(),
        ..known.clone()
    };
    let message = if known.slos.iter().any(|other| other.name == slo.name) {
        format!("{whose} has an SLO `{}` already", slo.name)
    } else if frame != draft {
        format!("this SLO says other things of {whose} than one before it")
    } else {
        known.slos.push(slo);
        return;
    };
    found.error(code::DIFFERS, document.span.clone(), message);
}

/// An SLO's document being read.
struct Reading<'r, 't> {
    document: &'r Node,
    documents: &'r [Node],
    annotations: Annotations<'r>,
    found: &'r mut Diagnostics<'t>,
}

impl<'r, 't> Reading<'r, 't> {
    fn new(document: &'r Node, documents: &'r [Node], found: &'r mut Diagnostics<'t>) -> Self {
        Self {
            document,
            documents,
            annotations: Annotations::of(document, found),
            found,
        }
    }

    /// The SLO, and what it says of its journey.
    fn slo(mut self) -> Option<(Draft, Slo)> {
        let spec = required(self.document, "spec", self.found)?;
        self.indicator(spec);
        self.alerts(spec);
        let window = window::window(spec, &self.annotations, self.found);
        let objective = objective::objective(spec, &self.annotations, self.found);
        let slice = objective::slice(spec, &self.annotations, self.found);
        let metadata = required(self.document, "metadata", self.found)?;
        let called = self.called(name::SLO, metadata, "name");
        let journey = self.called(name::JOURNEY, spec, "service");
        let draft = self.annotations.frame(journey?, self.found)?;
        let slo = Slo {
            name: called?,
            objective: objective?,
            window: window?,
            slice,
            under: self.annotations.duration(name::UNDER, self.found),
            of: self.annotations.population(self.found),
            good: self.annotations.good(self.found),
            step: self.annotations.text(name::STEP).map(str::to_owned),
            weighting: self.annotations.weighting(self.found),
            since: self.annotations.instant(name::SINCE, self.found),
        };
        Some((draft, slo))
    }

    /// What we call it: what we said ourselves, or a name made of `key`'s.
    fn called(&mut self, annotation: &str, of: &Node, key: &str) -> Option<String> {
        if let Some(text) = self.annotations.text(annotation) {
            return Some(text.to_owned());
        }
        let node = required(of, key, self.found)?;
        let text = node.text().unwrap_or_default().to_ascii_lowercase();
        let text = text.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let text = text.trim_matches('-');
        if text.is_empty() {
            let message = format!("`{key}` has no letter or digit to make a name of");
            self.found.error(code::NAME, node.span.clone(), message);
            return None;
        }
        Some(text.to_owned())
    }

    /// Refuses an indicator that does not count runs; its queries are the store's.
    fn indicator(&mut self, spec: &Node) {
        let Some((indicator, place)) = self.indicator_of(spec) else {
            return;
        };
        let Some(inner) = required(indicator, "spec", self.found) else {
            return;
        };
        if let Some(threshold) = inner.get("thresholdMetric") {
            self.found
                .error(
                    code::THRESHOLD,
                    threshold.span.clone(),
                    "`thresholdMetric` compares a gauge with a number; an SLO here counts runs",
                )
                .help("count good and all events in a `ratioMetric`");
            return;
        }
        let Some(ratio) = required(inner, "ratioMetric", self.found) else {
            return;
        };
        if let Some(raw) = ratio.get("raw") {
            self.found
                .error(
                    code::RAW,
                    raw.span.clone(),
                    "`raw` is a ratio that someone else computed: counts cannot be told from it",
                )
                .help("give `bad` and `total`");
            return;
        }
        let counted = [ratio.get("good"), ratio.get("bad")].into_iter().flatten();
        if counted.count() != 1 || ratio.get("total").is_none() {
            self.found.error(
                code::INDICATOR,
                ratio.span.clone(),
                "`ratioMetric` has `total` and one of `good` and `bad`",
            );
            return;
        }
        if !self.annotations.are_ours() {
            self.found
                .warning(
                    code::NOT_TAKEN,
                    place.span.clone(),
                    "the queries are not taken: jaunt counts the runs of a journey",
                )
                .help("write the steps that show what they counted");
        }
    }

    /// The indicator, here or referred to, and where it is told of.
    fn indicator_of<'n>(&mut self, spec: &'n Node) -> Option<(&'n Node, &'n Node)>
    where
        'r: 'n,
    {
        if let Some(inline) = spec.get("indicator") {
            return Some((inline, inline));
        }
        let Some(reference) = spec.get("indicatorRef") else {
            self.found.error(
                code::INDICATOR,
                spec.span.clone(),
                "an SLO has an `indicator` or an `indicatorRef`",
            );
            return None;
        };
        let wanted = reference.text().unwrap_or_default();
        let is_it = |document: &&Node| {
            document.get("kind").and_then(Node::text) == Some("SLI")
                && document
                    .get("metadata")
                    .and_then(|metadata| metadata.get("name"))
                    .and_then(Node::text)
                    == Some(wanted)
        };
        let Some(document) = self.documents.iter().find(is_it) else {
            let message = format!("no `SLI` of this file is called `{wanted}`");
            self.found
                .error(code::INDICATOR, reference.span.clone(), message)
                .help("put the objects that refer to each other into one file");
            return None;
        };
        Some((document, reference))
    }

    /// Refuses alerts that mean something else than a burn rate above a threshold; the others are
    /// left to the policy that each objective has.
    fn alerts(&mut self, spec: &Node) {
        let policies = spec.get("alertPolicies");
        for policy in policies.map_or(&[][..], Node::items) {
            let conditions = policy.get("spec").and_then(|spec| spec.get("conditions"));
            for condition in conditions.map_or(&[][..], Node::items) {
                let condition = condition.get("spec").and_then(|spec| spec.get("condition"));
                if let Some(condition) = condition {
                    burn(condition, self.found);
                }
            }
        }
        if let Some(policies) = policies.filter(|_| !self.annotations.are_ours()) {
            self.found
                .warning(
                    code::NOT_TAKEN,
                    policies.span.clone(),
                    "the alert policies are not taken: each objective has its own here",
                )
                .help("see what they are: `jaunt slo rules`");
        }
    }
}

/// Refuses a condition that is not a burn rate above a threshold.
fn burn(condition: &Node, found: &mut Diagnostics<'_>) {
    if let Some(kind) = condition.get("kind")
        && !kind
            .text()
            .is_some_and(|text| text.eq_ignore_ascii_case("burnrate"))
    {
        let message = "an alert here is on a burn rate: `burnrate`";
        found.error(code::ALERT, kind.span.clone(), message);
    }
    if let Some(op) = condition.get("op")
        && !op.text().is_some_and(|text| ["gt", "gte"].contains(&text))
    {
        let message = format!(
            "`{}` would alert while little is burnt: a burn rate is too high, never too low",
            op.text().unwrap_or_default()
        );
        found
            .error(code::ALERT, op.span.clone(), message)
            .help("did you mean `gt`");
    }
}

/// The value of a key that must be there.
pub(super) fn required<'n>(
    node: &'n Node,
    key: &str,
    found: &mut Diagnostics<'_>,
) -> Option<&'n Node> {
    let value = node.get(key);
    if value.is_none() {
        let place = node.span.start..node.span.start;
        found.error(any::MISSING_KEY, place, format!("`{key}` is missing"));
    }
    value
}
