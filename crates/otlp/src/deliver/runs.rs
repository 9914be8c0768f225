//! Traces and logs: cut from the journal by the hundred, or after a few seconds, and sent in order.

use super::{
    DeliverySettings, Drain, Feed, What,
    courier::{Courier, Tried},
    parcel::Parcel,
    watch::{Watch, Woken},
};
use crate::{
    Own, Signal,
    batch::{Items, LIMIT},
    logs,
    own::Listener,
    traces,
};
use jaunt_journal::{Batch, CursorName};
use jaunt_record::{Record, wire};
use std::sync::Arc;

/// How much of the journal is in memory at once.
const BYTES: usize = 2 << 20;

/// The worker of traces or logs.
pub(crate) struct Runs<F> {
    feed: F,
    signal: Signal,
    settings: Arc<DeliverySettings>,
    courier: Courier<F>,
    watch: Watch,
    /// What the agent tells of itself, where logs go to whoever sees everything.
    events: Option<Listener>,
    next: u64,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Whole,
    /// The journal lets it go: it counts as dropped, and is not sent.
    Gone,
    /// The drain ends with it unsent: it stays in the journal.
    Left,
}

impl<F: Feed> Runs<F> {
    pub(crate) fn new(
        feed: F,
        own: Own,
        settings: Arc<DeliverySettings>,
        (signal, cursor): (Signal, CursorName),
        drain: Drain,
    ) -> Option<Self> {
        let hears = signal == Signal::Logs && settings.customers.is_none();
        let events = hears.then(|| own.listen());
        let courier = Courier::new(feed.clone(), own, Arc::clone(&settings), (signal, cursor))?;
        Some(Self {
            watch: Watch::new(&feed, drain),
            feed,
            signal,
            settings,
            courier,
            events,
            next: 0,
        })
    }

    /// Delivers until a drain is done.
    pub(crate) async fn work(mut self) {
        loop {
            if self.send_events().await == Sent::Left {
                return;
            }
            let Some(batch) = self.gather().await else {
                continue;
            };
            let drains = self.watch.drains_until().is_some();
            if batch.entries.is_empty() && batch.next <= self.next {
                if drains {
                    // What was told while the last records were on their way.
                    self.send_events().await;
                    return;
                }
                self.until_something().await;
                continue;
            }
            match self.send(&batch).await {
                Sent::Whole => self.advance(batch).await,
                Sent::Gone => {}
                Sent::Left => return,
            }
        }
    }

    /// Reads what is next, once enough or the time has come; `None` where it must be read anew.
    async fn gather(&mut self) -> Option<Batch> {
        // The journal moves a cursor whose segment goes, and counts it.
        let cursor = &self.courier.cursor;
        self.next = self.feed.checkpoint(cursor).await.next.max(self.next);
        let full = self.next + self.settings.pace.records as u64;
        let has_some = self.watch.newest() > self.next;
        if has_some && self.watch.newest() < full && self.watch.drains_until().is_none() {
            let gather = self.settings.pace.gather;
            let filled = tokio::time::timeout(gather, self.watch.until_newest(full - 1)).await;
            if filled == Ok(Woken::ByGoing) {
                return None;
            }
        }
        let records = self.settings.pace.records;
        match self.feed.read(self.next, records, BYTES).await {
            Ok(batch) if batch.lost.is_empty() => Some(batch),
            // What is missing may have gone meanwhile, and be counted already.
            Ok(batch) => match self.feed.checkpoint(cursor).await.next > self.next {
                true => None,
                false => Some(batch),
            },
            Err(error) => {
                let words = crate::transport::chain(&error);
                self.courier.tell(What::Journal { words });
                self.watch.pause(self.settings.pace.last).await;
                None
            }
        }
    }

    /// Waits until there is a record or an event, or something else is to be done.
    async fn until_something(&mut self) {
        let events = &mut self.events;
        let told = async {
            match events {
                Some(events) => events.told().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.watch.until_newest(self.next) => {}
            () = told => {}
        }
    }

    async fn send_events(&mut self) -> Sent {
        let Some(events) = &mut self.events else {
            return Sent::Whole;
        };
        let (events, overflown) = events.take();
        self.courier.overflown(overflown);
        let parcels = self.pack(Items::Logs(events));
        self.send_all(parcels, u64::MAX).await
    }

    async fn send(&mut self, batch: &Batch) -> Sent {
        let parcels = self.parcels(batch);
        self.send_all(parcels, self.next).await
    }

    /// Sends `parcels` in order, whose first record is `first`.
    async fn send_all(&mut self, parcels: Vec<Parcel>, first: u64) -> Sent {
        for mut parcel in parcels {
            loop {
                let tried = self.courier.try_once(&mut parcel).await;
                if self.watch.until_next_try(tried).await.is_none() {
                    return Sent::Left;
                }
                if tried == Tried::Done {
                    break;
                }
                let cursor = &self.courier.cursor;
                if self.watch.going() > first && self.feed.checkpoint(cursor).await.next > first {
                    return Sent::Gone;
                }
            }
        }
        Sent::Whole
    }

    async fn advance(&mut self, batch: Batch) {
        self.next = batch.next;
        let passed = Batch {
            entries: Vec::new(),
            ..batch
        };
        let cursor = &self.courier.cursor;
        if let Err(error) = self.feed.advance(cursor, passed, Vec::new()).await {
            let words = crate::transport::chain(&error);
            self.courier.tell(What::Journal { words });
        }
    }

    fn parcels(&self, batch: &Batch) -> Vec<Parcel> {
        let mut records = Vec::new();
        for entry in &batch.entries {
            match wire::decode(&entry.payload) {
                Ok(record) => records.push(record),
                Err(error) => self.courier.unreadable(entry.sequence, &error),
            }
        }
        records.retain(|record| self.settings.takes(&record.customer));
        let items = match self.signal {
            Signal::Traces => self.spans(&records),
            Signal::Logs | Signal::Metrics => self.logs(&records),
        };
        self.pack(items)
    }

    fn pack(&self, items: Items) -> Vec<Parcel> {
        if items.count() == 0 {
            return Vec::new();
        }
        let pieces = items.cut(LIMIT).into_iter();
        pieces
            .map(|items| Parcel::new(&items.into_batch(&self.settings.resource)))
            .collect()
    }

    fn spans(&self, records: &[Record]) -> Items {
        let ratio = self.settings.config.fold.pass_ratio;
        let kept = records.iter().filter(|it| traces::is_kept(it, ratio));
        Items::Spans(kept.flat_map(traces::spans).collect())
    }

    fn logs(&self, records: &[Record]) -> Items {
        let of = |record: &Record| {
            let mut found = logs::logs(record);
            if self.settings.config.slots {
                let steps: Vec<String> = record.steps.iter().map(|step| step.id.clone()).collect();
                found.push(logs::slot_event(record, &steps));
            }
            found
        };
        Items::Logs(records.iter().flat_map(of).collect())
    }
}
