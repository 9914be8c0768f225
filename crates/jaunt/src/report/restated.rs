//! Restatements: what a report said when its period was final, and what it says now.

use jaunt_agreement::Terms;
use jaunt_hub::written::Book;
use jaunt_slo::{
    Event, Ingested, Question, Report, Restated, Slo, Subject, judge, restated,
    words::{self, shown},
};
use serde_json::{Value, json};

/// How many of the lines behind a restatement are told to people.
const MOST: usize = 3;

/// What changed, and why.
pub(crate) struct Restatement {
    before_ns: i64,
    figures: Vec<Restated>,
    /// Lines of the journey that came later: how many, and the first of them.
    lines: u64,
    events: Vec<Event>,
    /// Corrections that were made later.
    corrections: usize,
    /// Maintenance that was agreed later.
    maintenance: usize,
}

/// What a report is held against.
pub(super) struct Restating<'a> {
    pub(super) ingested: &'a Ingested,
    /// What was known by then, Unix ns.
    pub(super) before_ns: i64,
    /// The instant of the judgement, Unix ns.
    pub(super) at_ns: i64,
}

/// The journey with what was written of it on a hub, and the corrections that were known by then;
/// `None`: all are.
pub(super) fn known(book: &Book, subject: &Subject, as_of_ns: Option<i64>) -> Subject {
    let mut subject = book.applied(subject);
    subject
        .corrections
        .retain(|correction| as_of_ns.is_none_or(|as_of| correction.is_known(as_of)));
    subject
}

impl Restating<'_> {
    /// What changed in one SLO since it was judged by `before`; `None` where nothing did.
    pub(super) fn of(
        &self,
        journey: usize,
        (before, after): (&Terms<'_>, &Terms<'_>),
        slo: &Slo,
        now: &Report,
    ) -> Option<Restatement> {
        let (subject, then) = (&after.subject, &before.subject);
        let corrections = subject.corrections.len() - then.corrections.len();
        let maintenance = subject.maintenance.len() - then.maintenance.len();
        let later = self.ingested.later.get(journey)?;
        if corrections == 0 && maintenance == 0 && later.count == 0 {
            return None;
        }
        let earlier = self.ingested.earlier.as_ref();
        let taken = earlier.unwrap_or(&self.ingested.journeys).get(journey)?;
        let question = Question {
            at_ns: self.at_ns,
            known_until_ns: self.before_ns,
            parties: &before.parties,
        };
        let old = judge(then, slo, taken, question);
        let figures = restated(&old, now);
        let moved = old.attribution != now.attribution;
        (!figures.is_empty() || moved).then(|| Restatement {
            before_ns: self.before_ns,
            figures,
            lines: later.count,
            events: later.events.clone(),
            corrections,
            maintenance,
        })
    }
}

/// `1 line`, `2 lines`.
fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

impl Restatement {
    /// What is said of it: the figures, then what stands behind them.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let figures: Vec<String> = self.figures.iter().map(words::restated).collect();
        let figures = match figures.as_slice() {
            [] => "only whose the bad runs are".to_owned(),
            figures => figures.join(", "),
        };
        let mut said = vec![format!(
            "restated since {}: {figures}",
            shown(self.before_ns)
        )];
        let mut behind: Vec<String> = Vec::new();
        if self.lines > 0 {
            let events: Vec<String> = self.events.iter().take(MOST).map(words::later).collect();
            let more = if self.lines > u64::try_from(events.len()).unwrap_or(0) {
                "; …"
            } else {
                ""
            };
            behind.push(format!(
                "{} that came later ({}{more})",
                counted(self.lines, "line"),
                events.join("; ")
            ));
        }
        if self.corrections > 0 {
            let corrections = u64::try_from(self.corrections).unwrap_or(u64::MAX);
            behind.push(counted(corrections, "correction"));
        }
        match self.maintenance {
            0 => {}
            1 => behind.push("maintenance that was agreed later".to_owned()),
            times => behind.push(format!("{times} times maintenance that was agreed later")),
        }
        said.push(format!("behind it: {}", behind.join(", ")));
        said
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let events = self.events.iter().map(|event| {
            json!({
                "id": event.id, "region": event.region, "agent": event.agent,
                "start_ns": event.start_ns, "verdict": event.verdict.as_str(),
                "recv_ns": event.recv_ns,
            })
        });
        json!({
            "known_by_ns": self.before_ns,
            "figures": self.figures,
            "lines": self.lines,
            "events": events.collect::<Vec<_>>(),
            "corrections": self.corrections,
            "maintenance": self.maintenance,
        })
    }
}
