//! What both sides agreed, and what users said, beside the figures.

use super::View;
use crate::written::{Standing, What, who};
use jaunt_agreement::Agreement;
use jaunt_pages::{Agreed, PolicyRow};
use jaunt_slo::{Report, words::shown};

impl View {
    /// What both sides agreed for the SLO of a report.
    pub fn agreed(&self, report: &Report) -> Agreed {
        let agreements = self.desk.catalog.agreements();
        let slo = (&*report.customer, &*report.journey, &*report.slo);
        let of = agreements.of(slo, report.evaluate_at_ns);
        of.map(agreed_by).unwrap_or_default()
    }

    /// When users said that it hurt in the time of a report, in words; whether a probe saw it too.
    pub fn felt(&self, report: &Report) -> Vec<String> {
        let watched = self.journey(&report.customer, &report.journey);
        let felt = watched.iter().flat_map(|watched| &watched.journey.felt);
        let ns = |at: jiff::Timestamp| i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX);
        felt.filter_map(|felt| {
            let (from, to) = (ns(felt.from), ns(felt.to));
            if !report.judges(from, to) {
                return None;
            }
            let tickets = felt.tickets.map(|count| format!("{count} tickets"));
            let more = tickets.into_iter().chain(felt.note.clone());
            Some(hurt(report, (from, to), &more.collect::<Vec<_>>()))
        })
        .chain(self.said_felt(report))
        .collect()
    }

    /// The same, as either side wrote it here; what was taken back is only in the log.
    fn said_felt(&self, report: &Report) -> Vec<String> {
        let said = self.entries(&report.customer, |it| {
            let What::Felt {
                from_ns,
                to_ns,
                tickets,
            } = it.entry.what
            else {
                return None;
            };
            if !it.is_of(&report.journey)
                || it.standing != Standing::Said
                || !report.judges(from_ns, to_ns)
            {
                return None;
            }
            let tickets = tickets.map(|count| format!("{count} tickets"));
            let by = format!("written by the {}", who(&it.line.draft));
            let more = [Some(it.entry.reason.clone()), tickets, Some(by)];
            let more: Vec<_> = more.into_iter().flatten().collect();
            Some(hurt(report, (from_ns, to_ns), &more))
        });
        said.into_iter().flatten().collect()
    }
}

/// A time when users said that it hurt, in a sentence.
fn hurt(report: &Report, (from, to): (i64, i64), more: &[String]) -> String {
    let said = match more.is_empty() {
        true => String::new(),
        false => format!(" ({})", more.join(", ")),
    };
    let seen = match report.bad_between(from, to) {
        true => "runs were bad then too.",
        false => "no run was bad then: a journey that does what they did is missing.",
    };
    format!(
        "Users said that it hurt from {} to {}{said}; {seen}",
        shown(from),
        shown(to)
    )
}

/// What an agreement says, as pages repeat it.
pub fn agreed_by(agreement: &Agreement) -> Agreed {
    let policy = agreement.policy.iter().map(|row| PolicyRow {
        at: row.at.ratio(),
        action: row.action.clone(),
        who: row.who.as_str().to_owned(),
    });
    Agreed {
        sentence: Some(format!(
            "Agreement {}, {}.",
            agreement.name,
            agreement.standing()
        )),
        policy: policy.collect(),
    }
}
