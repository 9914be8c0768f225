//! What both sides wrote about a customer's objectives, and the forms by which they write.

use crate::{Frame, link, show};
use maud::{Markup, html};

/// Something that one side wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub id: i64,
    /// When, Unix ns.
    pub at_ns: i64,
    /// Who: the side, and how the token is named.
    pub by: String,
    /// What: `note`, `party customer`, `maintenance …`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Whether it holds.
    pub standing: Standing,
    /// What this reader may answer: name and label of each button.
    pub answers: Vec<(&'static str, &'static str)>,
}

/// Whether an entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It needs no consent.
    Said,
    /// It waits for the other side.
    Pending,
    /// The other side agreed.
    Agreed(Settled),
    /// The other side declined.
    Declined(Settled),
    /// Its own side took it back.
    Withdrawn(Settled),
}

/// By whom an entry was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Who: the side, and how the token is named.
    pub by: String,
    /// When, Unix ns.
    pub at_ns: i64,
    /// Why; may be empty.
    pub reason: String,
}

/// What the page of a customer's log shows.
#[derive(Clone, Copy, Debug)]
pub struct WrittenView<'a> {
    /// Whose.
    pub customer: &'a str,
    /// Their journeys, for the forms.
    pub journeys: &'a [String],
    /// All entries, the latest first.
    pub entries: &'a [Entry],
}

/// The page.
pub fn written(frame: &Frame, view: WrittenView<'_>) -> String {
    let (waiting, rest): (Vec<_>, Vec<_>) =
        (view.entries.iter()).partition(|entry| entry.standing == Standing::Pending);
    let guard = frame.writes.as_deref();
    let content = html! {
        p.soft { a href="/" { "Overview" } " / " (view.customer) }
        h1 { "What both sides wrote about " (view.customer) }
        p {
            "Nothing here is ever changed: what is settled stands beside what was said. Maintenance, and "
            "whose an incident was, count once the other side agreed."
        }
        section {
            h2 { "Waits for consent" }
            @if waiting.is_empty() { p { "Nothing." } } @else { (list(&waiting, guard)) }
        }
        @if let Some(guard) = guard { (forms(view, guard)) }
        section {
            h2 { "Said and settled" }
            @if rest.is_empty() { p { "Nothing yet." } } @else { (list(&rest, guard)) }
        }
    };
    frame.page(&format!("Written about {}", view.customer), &content)
}

/// A list of entries, with buttons for what the reader may answer.
pub(crate) fn list(entries: &[&Entry], guard: Option<&str>) -> Markup {
    html! {
        ul { @for entry in entries { li #{ "entry-" (entry.id) } {
            (show::time(entry.at_ns)) ", " (entry.by) ": " (entry.what) ". " (entry.reason) " "
            @match &entry.standing {
                Standing::Said => {}
                Standing::Pending => span.pending { "Waits for the other side." },
                Standing::Agreed(it) => (settled("Agreed", it)),
                Standing::Declined(it) => (settled("Declined", it)),
                Standing::Withdrawn(it) => (settled("Withdrawn", it)),
            }
            @if let Some(guard) = guard.filter(|_| !entry.answers.is_empty()) {
                details {
                    summary { "Answer" }
                    form method="post" action={ "/entries/" (entry.id) } {
                        input type="hidden" name="guard" value=(guard);
                        label { "Why (may be empty)" input name="reason" maxlength="2000"; }
                        @for (name, label) in &entry.answers {
                            button type="submit" name="answer" value=(name) { (label) }
                        }
                    }
                }
            }
        } } }
    }
}

fn settled(how: &str, it: &Settled) -> Markup {
    html! {
        span.soft {
            (how) " by " (it.by) ", " (show::time(it.at_ns)) "."
            @if !it.reason.is_empty() { " " (it.reason) }
        }
    }
}

fn forms(view: WrittenView<'_>, guard: &str) -> Markup {
    let times = html! {
        label { "From (UTC)" input type="datetime-local" name="from" required; }
        label { "To (UTC)" input type="datetime-local" name="to" required; }
    };
    let begin = |what: &str| {
        html! {
            input type="hidden" name="guard" value=(guard);
            input type="hidden" name="customer" value=(view.customer);
            input type="hidden" name="what" value=(what);
        }
    };
    html! {
        details {
            summary { "Propose maintenance" }
            form method="post" action="/entries" {
                (begin("maintenance"))
                label { "Journey" select name="journey" {
                    option value="" { "all of them" }
                    @for journey in view.journeys { option { (journey) } }
                } }
                (times)
                label { "What for" textarea name="reason" rows="3" maxlength="2000" required {} }
                button type="submit" { "Propose it" }
            }
        }
        details {
            summary { "Say when users felt it" }
            form method="post" action="/entries" {
                (begin("felt"))
                label { "Journey" select name="journey" {
                    @for journey in view.journeys { option { (journey) } }
                } }
                (times)
                label { "Tickets, if they are counted" input name="tickets" inputmode="numeric" maxlength="9"; }
                label { "What they said" textarea name="reason" rows="3" maxlength="2000" required {} }
                button type="submit" { "Write it down" }
            }
        }
    }
}

/// The form about an incident, known by customer, journey, SLO and the second it began.
pub(crate) fn about_incident(of: (&str, &str, &str, i64), guard: &str) -> Markup {
    let (customer, journey, slo, start_s) = of;
    html! {
        details {
            summary { "Write about it" }
            form method="post" action="/entries" {
                input type="hidden" name="guard" value=(guard);
                input type="hidden" name="customer" value=(customer);
                input type="hidden" name="journey" value=(journey);
                input type="hidden" name="slo" value=(slo);
                input type="hidden" name="incident" value=(start_s);
                label { "What" select name="what" {
                    option value="note" { "a note" }
                    option value="party" { "whose it was: the other side has to agree" }
                } }
                label { "Party, if that is what changes" input name="party" maxlength="64"; }
                label { "Why" textarea name="reason" rows="3" maxlength="2000" required {} }
                button type="submit" { "Write it down" }
            }
        }
    }
}

/// That something waits for consent, on every page of those who may see it.
pub(crate) fn waiting(waiting: &[(String, usize)]) -> Markup {
    html! {
        @for (customer, count) in waiting {
            p.notice role="note" {
                (count) @if *count == 1 { " entry about " } @else { " entries about " } (customer) " "
                @if *count == 1 { "waits" } @else { "wait" } " for consent: "
                a href=(link::written(customer)) { "what both sides wrote" } "."
            }
        }
    }
}
