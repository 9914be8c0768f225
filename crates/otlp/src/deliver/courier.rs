//! Bringing one parcel after the other to one endpoint, and saying what became of it.

use super::{
    DeliverySettings, Feed, Notice, What, aside::Aside, attempt::Backoff, connection::Connection,
    parcel::Parcel,
};
use crate::{
    Number, Own, Signal,
    batch::{Batch, Items},
    names::{Metric, attribute as a, metric as m},
    transport::{Refusal, Taken, Why, ahead_ns},
};
use jaunt_journal::CursorName;
use jaunt_record::wire::DecodeError;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How many different messages of an endpoint are remembered, so that each is told once.
const MOST_MESSAGES: usize = 100;
/// Why items were dropped: refused and set aside, rejected in a partial success, or damaged in a way
/// that the journal does not see.
const REFUSED: &str = "refused";
const REJECTED: &str = "rejected";
const UNREADABLE: &str = "unreadable";
/// Why events of the agent's own were dropped.
const OVERFLOWN: &str = "queue-full";

/// One endpoint of one signal.
pub(crate) struct Courier<F> {
    feed: F,
    pub(crate) cursor: CursorName,
    signal: Signal,
    settings: Arc<DeliverySettings>,
    own: Own,
    connection: Connection,
    backoff: Backoff,
    aside: Aside,
    trouble: Trouble,
    told: BTreeSet<String>,
}

/// What was told of an endpoint's state, so that it is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    Waiting,
    Paused,
}

/// What a try came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// The whole parcel is done with.
    Done,
    /// A part is: the next can be tried at once.
    Partly,
    /// Nothing was taken; again after this long.
    Later(Duration),
    /// The endpoint is wrong; again after this long.
    Paused(Duration),
}

impl<F: Feed> Courier<F> {
    pub(crate) fn new(
        feed: F,
        own: Own,
        settings: Arc<DeliverySettings>,
        (signal, cursor): (Signal, CursorName),
    ) -> Option<Self> {
        let target = settings.config.target(signal)?.clone();
        let own_labels = &[(a::CURSOR, cursor.as_str()), (a::ERROR_TYPE, "")];
        own.count(exported(signal), own_labels, 0);
        for reason in [REFUSED, REJECTED, UNREADABLE, OVERFLOWN] {
            own.count(
                &m::JOURNAL_DROPPED,
                &dropped_labels(&cursor, signal, reason),
                0,
            );
        }
        Some(Self {
            connection: Connection::new(target, settings.headers.clone()),
            backoff: Backoff::new(settings.pace),
            aside: Aside::new(&settings.refused, cursor.as_str()),
            trouble: Trouble::None,
            told: BTreeSet::new(),
            feed,
            cursor,
            signal,
            settings,
            own,
        })
    }

    /// Tries what is next of `parcel` once.
    pub(crate) async fn try_once(&mut self, parcel: &mut Parcel) -> Tried {
        let Some(batch) = parcel.next(&self.settings.resource) else {
            return Tried::Done;
        };
        let (began, sent_ns) = (Instant::now(), self.feed.now_ns());
        let answer = self.connection.send(&batch).await;
        if let Some(date_s) = self.connection.date() {
            self.dated(ahead_ns(date_s, sent_ns, self.feed.now_ns()));
        }
        if let Some(words) = self.connection.tls_trouble() {
            self.tell(What::Tls { words });
        }
        let code = answer.as_ref().err().map_or("", |refusal| &refusal.code);
        let labels = [
            (a::CURSOR, self.cursor.as_str()),
            (a::SIGNAL, self.signal.as_str()),
            (a::ERROR_TYPE, code),
        ];
        self.own.took(&m::EXPORT_DURATION, &labels, began.elapsed());
        match answer {
            Ok(taken) => self.taken(parcel, &batch, taken),
            Err(refusal) => self.not_taken(parcel, refusal),
        }
    }

    /// Says that something happened to this delivery.
    pub(crate) fn tell(&self, what: What) {
        let target = self.settings.config.target(self.signal);
        self.feed.tell(Notice {
            cursor: self.cursor.clone(),
            signal: self.signal,
            endpoint: target.map(crate::Target::shown).unwrap_or_default(),
            what,
        });
    }

    /// Says how far our clock is ahead of the endpoint's.
    #[expect(clippy::cast_precision_loss, reason = "an offset goes out in seconds")]
    fn dated(&self, ahead_ns: i64) {
        let labels = [(a::REGION, self.settings.region.as_str())];
        let ahead = Number::Real(ahead_ns as f64 / 1e9);
        self.own.set(&m::CLOCK_OFFSET, &labels, ahead);
    }

    fn taken(&mut self, parcel: &mut Parcel, batch: &Batch, taken: Taken) -> Tried {
        self.backoff.reset();
        if self.trouble != Trouble::None {
            self.trouble = Trouble::None;
            self.tell(What::Resumed);
        }
        let rejected = taken.rejected.min(batch.items);
        self.exported("", batch.items - rejected);
        if rejected > 0 {
            self.exported(REJECTED, rejected);
            self.dropped(REJECTED, rejected);
        }
        if let Some(words) = taken.message.or((rejected > 0).then(String::new)) {
            self.tell_once(match rejected {
                0 => What::Warned { words },
                items => What::Rejected { items, words },
            });
        }
        match parcel.taken(&self.settings.resource) {
            true => Tried::Done,
            false => Tried::Partly,
        }
    }

    fn not_taken(&mut self, parcel: &mut Parcel, refusal: Refusal) -> Tried {
        match refusal.why {
            Why::Later(advice) => {
                if self.trouble == Trouble::None {
                    self.trouble = Trouble::Waiting;
                    self.tell(What::Waiting {
                        words: refusal.words,
                    });
                }
                Tried::Later(self.backoff.later(advice, rand::random()))
            }
            Why::Endpoint => {
                let pause = self.settings.pace.pause;
                if self.trouble != Trouble::Paused {
                    self.trouble = Trouble::Paused;
                    self.tell(What::Paused {
                        words: refusal.words,
                        pause,
                    });
                }
                Tried::Paused(pause)
            }
            Why::Data => {
                self.backoff.reset();
                if let Some(items) = parcel.refused() {
                    self.set_aside(items, refusal);
                }
                match parcel.next(&self.settings.resource) {
                    Some(_) => Tried::Partly,
                    None => Tried::Done,
                }
            }
        }
    }

    fn set_aside(&mut self, items: Items, refusal: Refusal) {
        let units = u64::try_from(items.units()).unwrap_or(u64::MAX);
        self.exported(&refusal.code, items.count());
        self.dropped(REFUSED, units);
        let resource = &self.settings.resource;
        let (file, words) = match self.aside.write(items, resource, &refusal.words) {
            Ok(file) => (file, refusal.words),
            Err(error) => {
                let words = format!("{}; it cannot be set aside: {error}", refusal.words);
                (None, words)
            }
        };
        self.tell(What::Refused { words, file });
    }

    fn tell_once(&mut self, what: What) {
        let words = match &what {
            What::Warned { words } | What::Rejected { words, .. } => words.clone(),
            _ => return self.tell(what),
        };
        if self.told.len() < MOST_MESSAGES && self.told.insert(words) {
            self.tell(what);
        }
    }

    fn exported(&self, code: &str, items: u64) {
        let labels = [(a::CURSOR, self.cursor.as_str()), (a::ERROR_TYPE, code)];
        self.own.count(exported(self.signal), &labels, items);
    }

    /// Counts and tells a record that cannot be read.
    pub(crate) fn unreadable(&self, sequence: u64, error: &DecodeError) {
        self.dropped(UNREADABLE, 1);
        let words = error.to_string();
        self.tell(What::Unreadable { sequence, words });
    }

    /// Counts events for which there was no room.
    pub(crate) fn overflown(&self, events: u64) {
        self.dropped(OVERFLOWN, events);
    }

    /// Counts what will not be delivered.
    fn dropped(&self, reason: &str, records: u64) {
        let labels = dropped_labels(&self.cursor, self.signal, reason);
        self.own.count(&m::JOURNAL_DROPPED, &labels, records);
    }
}

/// The labels under which drops are counted.
pub(crate) fn dropped_labels<'a>(
    cursor: &'a CursorName,
    signal: Signal,
    reason: &'a str,
) -> [(crate::names::Attribute, &'a str); 3] {
    [
        (a::CURSOR, cursor.as_str()),
        (a::SIGNAL, signal.as_str()),
        (a::REASON, reason),
    ]
}

/// The counter of the items of a signal whose export has ended.
const fn exported(signal: Signal) -> &'static Metric {
    match signal {
        Signal::Metrics => &m::EXPORTED_POINTS,
        Signal::Traces => &m::EXPORTED_SPANS,
        Signal::Logs => &m::EXPORTED_LOGS,
    }
}
