//! Metrics: the fold over the journal, collected once per interval and sent in order.
//!
//! See [`deliver`](super) for what is stored when, and why sums are exact.

use super::{
    DeliverySettings, Drain, Feed, What,
    courier::{Courier, Tried, dropped_labels},
    grid::Grid,
    kept,
    parcel::Parcel,
    watch::{Watch, Woken},
};
use crate::{
    Described, Fold, Number, Own, Signal, StateError, Temporality,
    batch::{Items, LIMIT},
    fold::{Collected, Part},
    names::metric as m,
    own::ReaderId,
    transport::chain,
};
use jaunt_journal::{Batch, CursorName, Reason};
use jaunt_record::wire;
use std::{
    collections::{BTreeSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// How many records are folded at a time, and their bytes: some milliseconds of work.
const RECORDS: usize = 256;
const BYTES: usize = 1 << 20;
/// How many journeys are collected at a time: of five steps each they fill a request.
const JOURNEYS: usize = 200;
/// How often the fold follows the journal between two collections.
const TICK: Duration = Duration::from_secs(1);

/// The worker of metrics.
pub(crate) struct Metrics<F> {
    feed: F,
    settings: Arc<DeliverySettings>,
    own: Own,
    reader: ReaderId,
    courier: Courier<F>,
    watch: Watch,
    loaded: watch::Receiver<Option<Arc<[Described]>>>,
    fold: Fold,
    grid: Grid,
    /// The first record that is not in the fold.
    next: u64,
    /// Where the cursor stands.
    stored: u64,
    /// What was passed over since the cursor was last moved.
    lost: Vec<(Reason, u64)>,
    /// Whether anything was counted since the last collection.
    has_counted: bool,
    /// When the last collection was, by a clock that nobody sets.
    collected_at: Instant,
    /// What was collected and is not taken yet, in order.
    outbox: VecDeque<Parcel>,
}

impl<F: Feed> Metrics<F> {
    /// Continues from where the cursor stands; `None` where no metrics are sent, or where a newer
    /// jaunt kept the totals: they are left as they are, aloud.
    pub(crate) async fn new(
        feed: F,
        own: Own,
        settings: Arc<DeliverySettings>,
        cursor: CursorName,
        drain: Drain,
    ) -> Option<Self> {
        let signal = (Signal::Metrics, cursor.clone());
        let courier = Courier::new(feed.clone(), own.clone(), Arc::clone(&settings), signal)?;
        let checkpoint = feed.checkpoint(&cursor).await;
        let (fold, pending_ns) = match kept::decode(&checkpoint.kept, settings.config.fold) {
            Ok(kept) => (kept.fold, kept.pending_ns),
            Err(error @ StateError::Newer { .. }) => {
                // To begin anew would write over what the newer one still wants.
                let words = chain(&error);
                courier.tell(What::Journal { words });
                return None;
            }
            Err(error @ StateError::Malformed(_)) => {
                let words = chain(&error);
                courier.tell(What::StateLost { words });
                (Fold::new(settings.config.fold), None)
            }
        };
        let mut metrics = Self {
            reader: own.reader(&settings.config.fold),
            watch: Watch::new(&feed, drain),
            loaded: feed.loaded(),
            grid: Grid::new(
                settings.config.interval,
                spread(&settings, &cursor),
                fold.collected_ns(),
                feed.now_ns(),
            ),
            next: checkpoint.next,
            stored: checkpoint.next,
            lost: Vec::new(),
            has_counted: false,
            collected_at: Instant::now(),
            outbox: VecDeque::new(),
            feed,
            settings,
            own,
            courier,
            fold,
        };
        metrics.count_from_zero().await;
        if let Some(at_ns) = pending_ns {
            metrics.fill_outbox(at_ns).await;
        }
        metrics.register_loaded();
        Some(metrics)
    }

    /// Delivers until a drain is done.
    pub(crate) async fn work(mut self) {
        loop {
            if !self.send_outbox().await {
                return;
            }
            if self.loaded.has_changed().unwrap_or(false) {
                self.register_loaded();
            }
            if let Some(at_ns) = self.fold_until_due().await {
                self.collect(at_ns).await;
                continue;
            }
            if self.watch.drains_until().is_some() {
                return self.end().await;
            }
            let until = self.grid.next_ns().saturating_sub(self.feed.now_ns());
            let until = Duration::from_nanos(u64::try_from(until).unwrap_or(0));
            let pause = until.clamp(Duration::from_millis(1), TICK);
            if self.watch.pause(pause).await == Woken::ByGoing {
                self.fold_what_goes().await;
            }
        }
    }

    /// The last export: everything up to now.
    async fn end(&mut self) {
        let at_ns = self.feed.now_ns().max(self.fold.collected_ns() + 1_000_000);
        self.collect(at_ns).await;
        self.send_outbox().await;
    }

    /// Registers journeys that are new, and ends the streams of those that are gone.
    fn register_loaded(&mut self) {
        let loaded = self.loaded.borrow_and_update().clone();
        let Some(loaded) = loaded else {
            return;
        };
        let now_ns = self.feed.now_ns();
        let ours = loaded.iter().filter(|it| self.settings.takes(&it.customer));
        let mut there = BTreeSet::new();
        for described in ours {
            self.fold.register(described, now_ns);
            let (customer, journey) = (&described.customer, &described.journey);
            there.insert((
                customer.as_str(),
                journey.as_str(),
                described.region.as_str(),
            ));
        }
        let gone: Vec<[String; 3]> = (self.fold.journeys())
            .filter(|journey| !there.contains(journey))
            .map(|(customer, journey, region)| [customer, journey, region].map(str::to_owned))
            .collect();
        for [customer, journey, region] in gone {
            self.fold.remove(&customer, &journey, &region, now_ns);
        }
    }

    /// Folds what the journal has; stops with the instant to collect at first, if one is due.
    async fn fold_until_due(&mut self) -> Option<i64> {
        loop {
            let batch = self.read().await?;
            if batch.next <= self.next {
                return self.due_now();
            }
            if let Some(at_ns) = self.fold_batch(batch).await {
                return Some(at_ns);
            }
        }
    }

    /// The instant to collect at now that all there is was folded.
    fn due_now(&mut self) -> Option<i64> {
        let now_ns = self.feed.now_ns();
        if let Some(at_ns) = self.grid.due(now_ns, self.has_counted) {
            return Some(at_ns);
        }
        // A clock that was set back must not silence us: points go on from where they were.
        let late = self.settings.config.interval + 2 * TICK;
        (self.collected_at.elapsed() >= late).then(|| self.grid.next_ns())
    }

    /// Folds `batch`, up to the first record before which something is to be collected.
    async fn fold_batch(&mut self, batch: Batch) -> Option<i64> {
        for (folded, entry) in batch.entries.iter().enumerate() {
            if let Some(at_ns) = self.grid.due(entry.at_ns, self.has_counted) {
                self.pass(&batch, folded).await;
                return Some(at_ns);
            }
            self.count(entry.sequence, &entry.payload);
        }
        self.next = batch.next;
        self.lost.extend(batch.lost);
        None
    }

    /// Passes over the first `folded` entries of `batch`, and what is missing before them.
    async fn pass(&mut self, batch: &Batch, folded: usize) {
        let Some(last) = folded.checked_sub(1).and_then(|at| batch.entries.get(at)) else {
            return;
        };
        if !batch.lost.is_empty()
            && let Ok(shorter) = self.feed.read(self.next, folded, usize::MAX).await
        {
            self.lost.extend(shorter.lost);
        }
        self.next = last.sequence + 1;
    }

    fn count(&mut self, sequence: u64, payload: &[u8]) {
        match wire::decode(payload) {
            Ok(record) if self.settings.takes(&record.customer) => {
                self.fold.add(&record);
                self.has_counted = true;
            }
            Ok(_) => {}
            Err(error) => self.courier.unreadable(sequence, &error),
        }
    }

    async fn read(&mut self) -> Option<Batch> {
        match self.feed.read(self.next, RECORDS, BYTES).await {
            Ok(batch) => Some(batch),
            Err(error) => {
                let words = chain(&error);
                self.courier.tell(What::Journal { words });
                self.watch.pause(self.settings.pace.last).await;
                None
            }
        }
    }

    /// Folds everything that is about to go, whatever waits to be sent, and stores the fold.
    async fn fold_what_goes(&mut self) {
        let going = self.watch.going();
        if going <= self.stored {
            return;
        }
        while self.next < going {
            let Some(batch) = self.read().await else {
                return;
            };
            if batch.next <= self.next {
                break;
            }
            for entry in &batch.entries {
                self.count(entry.sequence, &entry.payload);
            }
            self.next = batch.next;
            self.lost.extend(batch.lost);
        }
        self.store(None).await;
    }

    /// Stores the fold with the instant that is about to be sent, and makes its requests.
    async fn collect(&mut self, at_ns: i64) {
        self.store(Some(at_ns)).await;
        self.fill_outbox(at_ns).await;
    }

    async fn fill_outbox(&mut self, at_ns: i64) {
        let interval = i64::try_from(self.settings.config.interval.as_nanos()).unwrap_or(i64::MAX);
        let is_backlog = at_ns.saturating_add(interval) < self.feed.now_ns();
        let mut part = Some(Part::First);
        while let Some(from) = part {
            let (collected, next) = self.fold.collect_some(at_ns, &from, JOURNEYS);
            self.pack(collected);
            part = next;
            // Whoever shares this thread gets a turn.
            tokio::task::yield_now().await;
        }
        if !is_backlog {
            self.see_dropped().await;
            let settings = Arc::clone(&self.settings);
            let takes = |customer: Option<&str>| match customer {
                Some(customer) => settings.takes(customer),
                None => settings.customers.is_none(),
            };
            let collected = self.own.collect(self.reader, at_ns, takes);
            self.pack(collected);
        }
        self.grid.collected(at_ns);
        self.has_counted = false;
        self.collected_at = Instant::now();
    }

    fn pack(&mut self, collected: Collected) {
        let Collected {
            births,
            points,
            ends,
        } = collected;
        for metrics in [births, points, ends] {
            let items = Items::Metrics(metrics);
            if items.count() == 0 {
                continue;
            }
            for items in items.cut(LIMIT) {
                let batch = items.into_batch(&self.settings.resource);
                self.outbox.push_back(Parcel::new(&batch));
            }
        }
    }

    /// Sends what was collected; `false` once a drain has to end without it.
    async fn send_outbox(&mut self) -> bool {
        let is_any = !self.outbox.is_empty();
        while let Some(parcel) = self.outbox.front_mut() {
            let tried = self.courier.try_once(parcel).await;
            if tried == Tried::Done {
                self.outbox.pop_front();
            }
            match self.watch.until_next_try(tried).await {
                Some(Woken::ByGoing) => self.fold_what_goes().await,
                Some(Woken::InTime | Woken::ByDrain) => {}
                None => return false,
            }
        }
        // Cumulative points may be sent twice at no harm; deltas would count twice.
        let is_delta = self.settings.config.fold.temporality == Temporality::Delta;
        if is_any && (is_delta || self.watch.drains_until().is_some()) {
            self.store(None).await;
        }
        true
    }

    /// Moves the cursor to where the fold is, with the fold beside it.
    async fn store(&mut self, pending_ns: Option<i64>) {
        let passed = Batch {
            entries: Vec::new(),
            next: self.next,
            lost: std::mem::take(&mut self.lost),
        };
        let kept = kept::encode(&self.fold, pending_ns);
        self.stored = self.next;
        let stored = self.feed.advance(&self.courier.cursor, passed, kept).await;
        if let Err(error) = stored {
            let words = chain(&error);
            self.courier.tell(What::Journal { words });
        }
    }

    /// The journal's own counts of what cursors never saw.
    async fn see_dropped(&self) {
        for (cursor, reason, records) in self.feed.dropped().await {
            let Some(signal) = signal_of(&cursor) else {
                continue;
            };
            let labels = dropped_labels(&cursor, signal, reason);
            let records = Number::Whole(i64::try_from(records).unwrap_or(i64::MAX));
            self.own.set(&m::JOURNAL_DROPPED, &labels, records);
        }
    }

    /// Drops by every reason are there as 0 before the first.
    async fn count_from_zero(&self) {
        for (signal, cursor) in self.settings.cursors().unwrap_or_default() {
            for reason in Reason::ALL {
                let labels = dropped_labels(&cursor, signal, reason.as_str());
                self.own.set(&m::JOURNAL_DROPPED, &labels, Number::Whole(0));
            }
        }
        self.see_dropped().await;
    }
}

/// The signal that a cursor is for, which its name ends with.
fn signal_of(cursor: &CursorName) -> Option<Signal> {
    let (_, name) = cursor.as_str().rsplit_once('.')?;
    Signal::ALL
        .into_iter()
        .find(|signal| signal.as_str() == name)
}

/// A number of this instance's and export's own.
fn spread(settings: &DeliverySettings, cursor: &CursorName) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in settings.resource.attributes() {
        (name, value).hash(&mut hasher);
    }
    cursor.as_str().hash(&mut hasher);
    hasher.finish()
}
