//! What the store tells: slots as events, whole runs, agents.

use super::{
    Shared, Store, StoreError,
    memory::SeriesId,
    place, retention, run, schema, segment,
    slot::{DAY_S, Series, Slot},
    whole,
};
use jaunt_record::{Record, RunId, Verdict};
use jaunt_slo::Event;
use rusqlite::{Connection, params_from_iter, types::Value};
use std::{collections::BTreeMap, ops::Range, sync::PoisonError};

/// Reading connections that are kept.
const READERS: usize = 8;
/// Runs of one answer.
const MOST_RUNS: usize = 1_000;

/// Which runs are asked for.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of this customer.
    pub customer: Option<String>,
    /// Of this journey.
    pub journey: Option<String>,
    /// In this region.
    pub region: Option<String>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// Started at or after, Unix ns.
    pub from_ns: Option<i64>,
    /// Started before, Unix ns.
    pub to_ns: Option<i64>,
    /// How many at most, newest first; at most 1,000.
    pub limit: usize,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunHead {
    /// Its record.
    pub record: Record,
}

/// An agent, as the hub sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentSeen {
    /// Its instance id.
    pub instance: String,
    /// When it was last heard of, Unix ns; `None`: only its slots are known.
    pub seen_ns: Option<i64>,
    /// Where it measures.
    pub regions: Vec<String>,
    /// Whose journeys.
    pub customers: Vec<String>,
    /// How many journeys have slots of it.
    pub journeys: usize,
    /// The last slot that it told of, Unix seconds.
    pub last_slot: Option<i64>,
    /// What it says of itself.
    pub about: serde_json::Map<String, serde_json::Value>,
}

impl Store {
    /// Every customer's journeys of which anything is known, in order.
    pub fn journeys(&self) -> Vec<(String, String)> {
        self.shared.memory().journeys().cloned().collect()
    }

    /// Every customer who has whole runs, in order: also one of whom only runs by hand are known.
    ///
    /// # Errors
    /// The database refused.
    pub fn customers_of_runs(&self) -> Result<Vec<String>, StoreError> {
        // From one name to the next by the index, however many runs lie between.
        let sql = "WITH RECURSIVE one(name) AS (SELECT min(customer) FROM run UNION ALL
            SELECT (SELECT min(customer) FROM run WHERE customer > name) FROM one
            WHERE name IS NOT NULL) SELECT name FROM one WHERE name IS NOT NULL";
        self.shared.read(|db| {
            let mut all = db.prepare_cached(sql)?;
            let rows = all.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The series of a journey.
    pub fn series(&self, customer: &str, journey: &str) -> Vec<Series> {
        let memory = self.shared.memory();
        let of = memory.of_journey(customer, journey).iter();
        of.map(|(_, series)| series.clone()).collect()
    }

    /// Gives `each` the events of a journey whose slots lie in `slots` (Unix seconds), series by
    /// series and in the order of time; runs by hand are not among them.
    ///
    /// # Errors
    /// The database refused.
    pub fn events(
        &self,
        customer: &str,
        journey: &str,
        slots: Range<i64>,
        mut each: impl FnMut(Event),
    ) -> Result<(), StoreError> {
        let of: Vec<(SeriesId, Series)> =
            self.shared.memory().of_journey(customer, journey).to_vec();
        for (id, series) in of {
            let days = (slots.start.div_euclid(DAY_S), slots.end.div_euclid(DAY_S));
            let places = self
                .shared
                .read(|db| place::read(db, &self.shared, id, days))?;
            for slot in self.slots(id, &slots)? {
                let placed = || places.get(&slot.slot).cloned();
                let events = slot.events(&series).map(|event| match event.verdict {
                    Verdict::Pass | Verdict::Slow if event.cause.is_empty() => Event {
                        cause: placed().unwrap_or_default(),
                        ..event
                    },
                    _ => event,
                });
                let inside = |event: &Event| event.slot.is_some_and(|at| slots.contains(&at));
                events.filter(inside).for_each(&mut each);
            }
        }
        Ok(())
    }

    /// Gives `each` how many slots of a journey within `slots` (Unix seconds) an agent has by
    /// verdict, in their order, series by series.
    ///
    /// # Errors
    /// The database refused.
    pub fn counts(
        &self,
        customer: &str,
        journey: &str,
        slots: Range<i64>,
        mut each: impl FnMut(&Series, [u64; Verdict::ALL.len()]),
    ) -> Result<(), StoreError> {
        let of: Vec<(SeriesId, Series)> =
            self.shared.memory().of_journey(customer, journey).to_vec();
        for (id, series) in of {
            let mut counts = [0; Verdict::ALL.len()];
            for slot in self.slots(id, &slots)? {
                let place = Verdict::ALL.iter().position(|it| *it == slot.verdict);
                if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                    *count += slot.times().filter(|at| slots.contains(at)).count() as u64;
                }
            }
            each(&series, counts);
        }
        Ok(())
    }

    /// A series' slots of the days that `slots` meets, in the order of time.
    fn slots(&self, series: SeriesId, slots: &Range<i64>) -> Result<Vec<Slot>, StoreError> {
        let (from, to) = (slots.start.div_euclid(DAY_S), slots.end.div_euclid(DAY_S));
        if from > to {
            return Ok(Vec::new());
        }
        self.shared.read(|db| {
            // Held until both sides are read: nothing moves from memory to disk meanwhile.
            let memory = self.shared.memory();
            let mut found = segment::read(db, &self.shared, series, from, to)?.slots;
            let fresh = memory.days.range((series, from)..=(series, to));
            let fresh = fresh.flat_map(|(_, day)| day.slots.values().cloned());
            let packed = found.len();
            found.extend(fresh);
            if found.len() == packed && found.is_sorted_by_key(|slot| slot.slot) {
                return Ok(found);
            }
            // What stands on both sides, or in two pieces of a day, counts once.
            let once: BTreeMap<i64, Slot> = found
                .into_iter()
                .rev()
                .map(|slot| (slot.slot, slot))
                .collect();
            Ok(once.into_values().collect())
        })
    }

    /// The events of runs by hand of a customer that started in `starts` (Unix ns).
    ///
    /// # Errors
    /// The database refused.
    pub fn events_by_hand(
        &self,
        customer: &str,
        starts: Range<i64>,
    ) -> Result<Vec<Event>, StoreError> {
        let sql = "SELECT data FROM run WHERE customer = ?1 AND kind = 'manual'
            AND start_ns >= ?2 AND start_ns < ?3 ORDER BY start_ns LIMIT 100000";
        let values = [
            Value::from(customer.to_owned()),
            starts.start.into(),
            starts.end.into(),
        ];
        let records = self.shared.read(|db| records(db, sql, values.to_vec()))?;
        Ok(records.iter().map(whole::event).collect())
    }

    /// Whole runs, newest first.
    ///
    /// # Errors
    /// The database refused.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunHead>, StoreError> {
        let mut sql = String::from("SELECT data FROM run WHERE 1");
        let mut values: Vec<Value> = Vec::new();
        let mut add = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                sql.push_str(condition);
                values.push(value);
            }
        };
        add(" AND customer = ?", filter.customer.clone().map(Into::into));
        add(" AND journey = ?", filter.journey.clone().map(Into::into));
        add(" AND region = ?", filter.region.clone().map(Into::into));
        let verdict = filter.verdict.map(|verdict| verdict.to_string().into());
        add(" AND verdict = ?", verdict);
        add(" AND start_ns >= ?", filter.from_ns.map(Into::into));
        add(" AND start_ns < ?", filter.to_ns.map(Into::into));
        let limit = i64::try_from(filter.limit.min(MOST_RUNS)).unwrap_or(0);
        add(" ORDER BY start_ns DESC LIMIT ?", Some(limit.into()));
        let records = self.shared.read(|db| records(db, &sql, values.clone()))?;
        Ok(records
            .into_iter()
            .map(|record| RunHead { record })
            .collect())
    }

    /// The run of this id.
    ///
    /// # Errors
    /// The database refused.
    pub fn run(&self, id: RunId) -> Result<Option<Record>, StoreError> {
        self.shared.read(|db| run::get(db, id))
    }

    /// Agents in order, as far as their slots are of customers that `mine` accepts.
    ///
    /// # Errors
    /// The database refused.
    pub fn agents(&self, mine: impl Fn(&str) -> bool) -> Result<Vec<AgentSeen>, StoreError> {
        let mut agents: BTreeMap<String, AgentSeen> = BTreeMap::new();
        {
            let memory = self.shared.memory();
            for (series, last) in memory.reach().filter(|(of, _)| mine(&of.customer)) {
                let agent = agents.entry(series.agent.clone());
                let agent = agent.or_insert_with(|| AgentSeen::new(&series.agent));
                agent.add(series, last);
            }
        }
        let said = self.shared.read(|db| {
            let mut all = db.prepare_cached(
                "SELECT instance, scope, seen_ns, about FROM agent ORDER BY seen_ns",
            )?;
            let rows = all.query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
            Ok(rows.collect::<Result<Vec<(String, String, i64, String)>, _>>()?)
        })?;
        for (instance, scope, seen_ns, about) in said {
            // What was said by one who may not write for these customers is not theirs to see.
            if !scope
                .lines()
                .any(|customer| customer == "*" || mine(customer))
            {
                continue;
            }
            if let Some(agent) = agents.get_mut(&instance) {
                agent.seen_ns = Some(seen_ns);
                agent.about = serde_json::from_str(&about).unwrap_or_default();
            }
        }
        Ok(agents.into_values().collect())
    }

    /// Bytes on disk that hold something.
    ///
    /// # Errors
    /// The database refused.
    pub fn used_bytes(&self) -> Result<u64, StoreError> {
        self.shared.read(retention::used)
    }
}

impl AgentSeen {
    fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            seen_ns: None,
            regions: Vec::new(),
            customers: Vec::new(),
            journeys: 0,
            last_slot: None,
            about: serde_json::Map::new(),
        }
    }

    fn add(&mut self, series: &Series, last: Option<i64>) {
        self.journeys += 1;
        self.last_slot = self.last_slot.max(last);
        for (all, one) in [
            (&mut self.regions, &series.region),
            (&mut self.customers, &series.customer),
        ] {
            if let Err(place) = all.binary_search(one) {
                all.insert(place, one.clone());
            }
        }
    }
}

impl Shared {
    /// Lets `ask` use a reading connection.
    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let db = match kept {
            Some(db) => db,
            None => schema::open_to_read(&self.file)?,
        };
        let answer = ask(&db);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(db);
        }
        answer
    }
}

pub(super) fn records(
    db: &Connection,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<Record>, StoreError> {
    let mut find = db.prepare_cached(sql)?;
    let mut rows = find.query(params_from_iter(values))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.extend(run::read(row.get_ref(0)?.as_blob().unwrap_or_default()));
    }
    Ok(records)
}
