//! What both sides wrote about a customer, and what this reader may answer.

use crate::{
    view::View,
    web::page::{Reader, Trouble, page},
    written::{Act, Answer, Line, Standing as Stands, What, Written, who},
};
use axum::{extract::Path, response::Response};
use jaunt_agreement::Side;
use jaunt_pages::{Entry, Frame, Settled, Standing, WrittenView, written};
use jaunt_slo::words::shown;

pub(super) async fn show(Reader(view): Reader, Path(customer): Path<String>) -> Response {
    page(view, move |view, frame| {
        if !view.customers()?.contains(&customer) {
            return Err(Trouble::NotFound);
        }
        let side = view.side(&customer);
        let mut entries = view.entries(&customer, |it| entry(&it, side));
        entries.reverse();
        let own = view
            .journeys()
            .into_iter()
            .filter(|(of, _)| *of == customer);
        let defined = own.filter(|(of, journey)| view.journey(of, journey).is_some());
        let journeys: Vec<_> = defined.map(|(_, journey)| journey).collect();
        let shown = WrittenView {
            customer: &customer,
            journeys: &journeys,
            entries: &entries,
        };
        Ok(written(&writable(view, &customer, frame), shown))
    })
    .await
}

/// The frame with forms, for one who may write about this customer.
pub(super) fn writable(view: &View, customer: &str, frame: Frame) -> Frame {
    let writes = view.side(customer).and(view.guard()).map(str::to_owned);
    Frame { writes, ..frame }
}

/// What was written about an incident, the oldest first.
pub(super) fn of_incident(
    view: &View,
    (customer, journey, slo): (&str, &str, &str),
    start_s: i64,
) -> Vec<Entry> {
    let side = view.side(customer);
    let found = view.entries(customer, |it| {
        let about = it.is_of(journey) && it.entry.what.incident() == Some((slo, start_s));
        about.then(|| entry(&it, side))
    });
    found.into_iter().flatten().collect()
}

/// An entry, as one of this side sees it.
fn entry(it: &Written<'_>, side: Option<Side>) -> Entry {
    let wrote = &it.line.draft;
    Entry {
        id: it.line.seq,
        at_ns: wrote.at_ns,
        by: who(wrote),
        what: in_words(it),
        reason: it.entry.reason.clone(),
        standing: match it.standing {
            Stands::Said => Standing::Said,
            Stands::Pending => Standing::Pending,
            Stands::Agreed(line) => Standing::Agreed(settled(line)),
            Stands::Declined(line) => Standing::Declined(settled(line)),
            Stands::Withdrawn(line) => Standing::Withdrawn(settled(line)),
        },
        answers: side.map_or_else(Vec::new, |side| answers(it, side)),
    }
}

/// What may still be answered by a side.
fn answers(it: &Written<'_>, side: Side) -> Vec<(&'static str, &'static str)> {
    let answers: &[(Answer, &'static str)] = match it.standing {
        Stands::Agreed(_) | Stands::Declined(_) | Stands::Withdrawn(_) => &[],
        Stands::Said | Stands::Pending if it.line.draft.side == side => {
            &[(Answer::Withdraw, "Take it back")]
        }
        Stands::Said => &[],
        Stands::Pending => &[(Answer::Consent, "Agree"), (Answer::Decline, "Decline")],
    };
    let named = answers
        .iter()
        .map(|(answer, label)| (answer.as_str(), *label));
    named.collect()
}

fn settled(line: &Line) -> Settled {
    let reason = match &line.draft.act {
        Act::Answered { reason, .. } => reason.clone(),
        Act::Wrote(_) => String::new(),
    };
    Settled {
        by: who(&line.draft),
        at_ns: line.draft.at_ns,
        reason,
    }
}

fn in_words(it: &Written<'_>) -> String {
    let of = it.entry.journey.as_deref().unwrap_or("all journeys");
    match &it.entry.what {
        What::Maintenance { from_ns, to_ns } => format!(
            "maintenance of {of} from {} to {}",
            shown(*from_ns),
            shown(*to_ns)
        ),
        What::Felt {
            from_ns,
            to_ns,
            tickets,
        } => {
            let tickets = tickets.map_or_else(String::new, |count| format!(", {count} tickets"));
            format!(
                "users of {of} felt it from {} to {}{tickets}",
                shown(*from_ns),
                shown(*to_ns)
            )
        }
        What::Party {
            slo,
            from_ns,
            party,
            ..
        } => format!(
            "the incident of {of} ({slo}) that began {} was {party}'s",
            shown(*from_ns)
        ),
        What::Note { slo, incident_s } => format!(
            "a note on the incident of {of} ({slo}) that began {}",
            shown(incident_s.saturating_mul(1_000_000_000))
        ),
    }
}
