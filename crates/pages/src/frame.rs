//! What stands around each page.

use crate::{link, show, written};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style sheet, served at `/style.css`.
pub const STYLE: &str = include_str!("style.css");

/// The script, served at `/live.js`: it fetches the page anew now and then, and nothing else.
pub const LIVE: &str = include_str!("live.js");

/// The mark in a browser's tab, served at `/icon.svg`.
pub const ICON: &str = include_str!("icon.svg");

/// How a page finds its style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Beside it, at `/style.css`, with the script that keeps it fresh.
    #[default]
    Linked,
    /// In it: one file that can be sent. There is nothing to navigate to.
    Alone,
}

/// What a page says around its content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Style beside or within.
    pub look: Look,
    /// Who reads, as the token is named; `None` where no tokens are asked for.
    pub reader: Option<String>,
    /// The customers that the reader sees, for the way to their reports.
    pub customers: Vec<String>,
    /// The month that a report is offered for: `2026-11`.
    pub period: String,
    /// The instant that the page tells of, Unix ns.
    pub at_ns: i64,
    /// Until when the history shown was simulated, Unix ns; `None`: nothing was.
    pub simulated_until_ns: Option<i64>,
    /// What the source of the figures cannot tell, in sentences: what hangs on single runs is not shown
    /// then, and this is said instead. Empty: each run is known.
    pub unknown: &'static [&'static str],
    /// How many journeys are left out, since they are still to be judged.
    pub judging: usize,
    /// How many entries of which customer wait for consent.
    pub waiting: Vec<(String, usize)>,
    /// The token against forged requests, which forms repeat; `None`: this reader may not write.
    pub writes: Option<String>,
}

impl Frame {
    /// Whether figures come from counters, so that no single run is known.
    pub(crate) fn counts(&self) -> bool {
        !self.unknown.is_empty()
    }

    /// What stands where runs would.
    pub(crate) fn without_runs(&self) -> Markup {
        html! {
            p {
                "Single runs are not known here: this hub reads counters. Slots, latencies and the steps of "
                "a run are in the metrics and traces that agents export."
            }
        }
    }

    /// The whole page. `title` is the page's own, `content` what it shows.
    pub(crate) fn page(&self, title: &str, content: &Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · jaunt" }
                    @match self.look {
                        Look::Linked => {
                            link rel="stylesheet" href="/style.css";
                            link rel="icon" href="/icon.svg" type="image/svg+xml";
                            script src="/live.js" defer {}
                        }
                        Look::Alone => style { (PreEscaped(STYLE)) }
                    }
                }
                body {
                    @if self.look == Look::Linked { (self.head()) }
                    main #main { (self.simulated()) (self.judging()) (written::waiting(&self.waiting)) (content) }
                    (self.foot())
                }
            }
        };
        page.into_string()
    }

    fn head(&self) -> Markup {
        html! {
            a.skip href="#main" { "To the content" }
            header.top {
                a.name href="/" { "jaunt" }
                nav aria-label="Pages" {
                    a href="/" { "Overview" }
                    a href="/fleet" { "Fleet" }
                    @for customer in &self.customers {
                        a href=(link::month(customer, &self.period)) { "Report " (customer) }
                        a href=(link::written(customer)) { "Written " (customer) }
                    }
                }
                @if let Some(reader) = &self.reader { span.soft { "read as " (reader) } }
            }
        }
    }

    fn simulated(&self) -> Markup {
        html! {
            @if let Some(until) = self.simulated_until_ns {
                p.notice role="note" {
                    "Simulated: what is shown of the time before " (show::time(until))
                    " was made up, so that there is something to look at. What follows was measured."
                }
            }
        }
    }

    fn judging(&self) -> Markup {
        html! {
            @if self.judging > 0 {
                p.notice role="note" {
                    "The hub is judging: " (self.judging)
                    @if self.judging == 1 { " journey is" } @else { " journeys are" }
                    " not shown yet, and what is said here leaves "
                    @if self.judging == 1 { "it" } @else { "them" } " out. It is done in a moment."
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        html! {
            footer {
                @if self.counts() {
                    p.soft { "These figures come from counters, which cannot tell: " (self.unknown.join("; ")) "." }
                }
                p.soft {
                    "As known at " (show::time(self.at_ns)) ". Times are UTC. "
                    "Anyone with the events and the journeys recomputes every figure. jaunt "
                    (env!("CARGO_PKG_VERSION"))
                }
                p #news .hidden aria-live="polite" {}
            }
        }
    }
}

/// A page that says one thing: that there is nothing there, or that one may not see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is about.
    pub title: &'a str,
    /// What to know.
    pub text: &'a str,
}

/// A page with a message.
pub fn message(frame: &Frame, message: Message<'_>) -> String {
    let content = html! { h1 { (message.title) } p { (message.text) } };
    frame.page(message.title, &content)
}
