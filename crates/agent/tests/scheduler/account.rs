//! The account: which slots are planned, by the definition alone, and what became of each.

use jaunt_agent::{Schedule, Slot};
use jaunt_record::{Missed, Verdict};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

/// From which slot on a journey is planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) schedule: Schedule,
    pub(crate) next: Slot,
    /// No name up to this one comes again.
    used: Slot,
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Ran(Verdict),
    Missed(Missed),
}

#[derive(Default)]
struct Page {
    plan: Option<Plan>,
    /// Where it stood when it was removed.
    past: Option<Plan>,
    planned: Vec<Slot>,
    /// Planned, and neither begun nor missed so far.
    pending: VecDeque<Slot>,
    /// What had been used before the first of them.
    used_before: Option<Slot>,
    running: Option<Slot>,
    /// Since the clock was last found to have been wrong.
    begun: BTreeSet<Slot>,
    starts: usize,
    ends: Vec<(Slot, End)>,
}

/// The account of all journeys, by number.
#[derive(Default)]
pub(crate) struct Account(BTreeMap<usize, Page>);

/// What the book makes of names that were booked further ahead than a clock's correction explains:
/// the clock was wrong, and it plans by the clock as it is.
fn implausible(plan: Plan, now_ns: i64) -> bool {
    let ahead = plan.schedule.due_ns(plan.next) - now_ns;
    let most = plan.schedule.every() * 2 + Duration::from_secs(300);
    i128::from(ahead) > i128::try_from(most.as_nanos()).unwrap()
}

impl Account {
    fn page(&mut self, n: usize) -> &mut Page {
        self.0.entry(n).or_default()
    }

    /// A journey is loaded that was not. `turned_ns` is when the desk last looked at the clock.
    pub(crate) fn add(&mut self, n: usize, schedule: Schedule, turned_ns: i64) -> Slot {
        let page = self.page(n);
        let past = page.past.take().or(page.plan.take());
        let (past, wrong) = match past {
            Some(past) if implausible(past, turned_ns) => (None, true),
            past => (past, false),
        };
        if wrong {
            page.begun.clear();
        }
        page.plan(schedule, past, turned_ns)
    }

    /// A journey gets another interval.
    pub(crate) fn change(&mut self, n: usize, schedule: Schedule, turned_ns: i64) -> Slot {
        let page = self.page(n);
        let past = page.plan.take();
        page.plan(schedule, past, turned_ns)
    }

    pub(crate) fn remove(&mut self, n: usize) {
        let page = self.page(n);
        if let Some(plan) = page.plan.take() {
            page.past = Some(plan);
        }
    }

    /// The clock was wrong: all is planned anew by the clock as it is.
    pub(crate) fn plan_anew(&mut self, now_ns: i64) {
        for page in self.0.values_mut() {
            page.begun.clear();
            if let Some(plan) = &mut page.plan {
                plan.next = plan.next.min(plan.schedule.next(now_ns + 1));
                plan.used = plan.schedule.before(plan.next);
            }
        }
    }

    /// What is due by now was planned.
    pub(crate) fn due(&mut self, now_ns: i64) {
        for page in self.0.values_mut() {
            page.due(now_ns);
        }
    }

    /// The same for one journey.
    pub(crate) fn due_of(&mut self, n: usize, now_ns: i64) {
        self.page(n).due(now_ns);
    }

    /// The process is gone: what waited for room is no longer asked for, and stands in the ledger as
    /// the first slot that is not booked.
    pub(crate) fn down(&mut self) {
        for page in self.0.values_mut() {
            if let (Some(first), Some(plan)) = (page.pending.front(), &mut page.plan) {
                plan.next = *first;
                plan.used = page.used_before.take().unwrap();
                let planned = page.planned.len() - page.pending.len();
                page.planned.truncate(planned);
                page.pending.clear();
            }
        }
    }

    /// A slot begins.
    pub(crate) fn begin(&mut self, n: usize, slot: Slot) {
        let page = self.page(n);
        assert_eq!(page.running, None, "{n} overlaps itself at {slot:?}");
        assert_eq!(page.pending.pop_front(), Some(slot), "{n}: no gap, no twin");
        page.used_before = Some(slot);
        assert!(page.begun.insert(slot), "{n} begins {slot:?} twice");
        page.running = Some(slot);
        page.starts += 1;
    }

    /// The run that goes on ends.
    pub(crate) fn end(&mut self, n: usize, end: End) -> Slot {
        let page = self.page(n);
        let slot = page.running.take().expect("a run that goes on");
        page.ends.push((slot, end));
        slot
    }

    /// Slots were missed.
    pub(crate) fn miss(&mut self, n: usize, slots: impl Iterator<Item = Slot>, cause: Missed) {
        let page = self.page(n);
        for slot in slots {
            assert_eq!(page.pending.pop_front(), Some(slot), "{n}: no gap, no twin");
            page.used_before = Some(slot);
            page.ends.push((slot, End::Missed(cause)));
        }
    }

    /// The slot of the run that goes on.
    pub(crate) fn running(&self, n: usize) -> Option<Slot> {
        self.0.get(&n).and_then(|page| page.running)
    }

    pub(crate) fn waits(&self, n: usize) -> bool {
        self.0.get(&n).is_some_and(|page| !page.pending.is_empty())
    }

    pub(crate) fn missed(&self, n: usize) -> Vec<Missed> {
        let ends = self.0.get(&n).into_iter().flat_map(|page| &page.ends);
        ends.filter_map(|(_, end)| match end {
            End::Missed(cause) => Some(*cause),
            End::Ran(_) => None,
        })
        .collect()
    }

    pub(crate) fn begun(&self, n: usize) -> usize {
        self.0.get(&n).map_or(0, |page| page.starts)
    }

    pub(crate) fn planned(&self, n: usize) -> usize {
        self.0.get(&n).map_or(0, |page| page.planned.len())
    }

    /// The first slot that is neither booked nor begun, where it is planned.
    pub(crate) fn next(&self, n: usize) -> Option<Slot> {
        let page = self.0.get(&n)?;
        let plan = page.plan?;
        Some(page.pending.front().copied().unwrap_or(plan.next))
    }

    /// At most one slot of a journey waits.
    pub(crate) fn check_waiting(&self) {
        for (n, page) in &self.0 {
            assert!(page.pending.len() <= 1, "{n} keeps {:?}", page.pending);
        }
    }

    /// Planned = pass + slow + fail + void + missed, and slot for slot.
    pub(crate) fn check_all(&self) {
        for (n, page) in &self.0 {
            assert!(page.pending.is_empty() && page.running.is_none(), "{n}");
            let ran = |verdict| {
                let its = |(_, end): &&(Slot, End)| *end == End::Ran(verdict);
                page.ends.iter().filter(its).count()
            };
            let [pass, slow] = [Verdict::Pass, Verdict::Slow].map(ran);
            let [fail, void] = [Verdict::Fail, Verdict::Void].map(ran);
            let missed = self.missed(*n).len();
            let planned = page.planned.len();
            assert_eq!(planned, pass + slow + fail + void + missed, "{n}");
            let mut planned = page.planned.clone();
            let mut ended: Vec<Slot> = page.ends.iter().map(|(slot, _)| *slot).collect();
            planned.sort_unstable();
            ended.sort_unstable();
            assert_eq!(planned, ended, "{n}");
        }
    }
}

impl Page {
    /// From the first slot on that is due after now and bears no name that was used.
    fn plan(&mut self, schedule: Schedule, past: Option<Plan>, now_ns: i64) -> Slot {
        let mut next = schedule.next(now_ns + 1);
        if let Some(past) = past {
            let name = Slot::from_unix_s(past.used.unix_s() + 1);
            next = next.max(schedule.at_or_after(name));
        }
        let before = schedule.before(next);
        let used = past.map_or(before, |past| past.used.max(before));
        self.plan = Some(Plan {
            schedule,
            next,
            used,
        });
        next
    }

    fn due(&mut self, now_ns: i64) {
        let Some(plan) = &mut self.plan else {
            return;
        };
        while plan.schedule.due_ns(plan.next) <= now_ns {
            if self.pending.is_empty() {
                self.used_before = Some(plan.used);
            }
            plan.used = plan.next;
            self.planned.push(plan.next);
            self.pending.push_back(plan.next);
            plan.next = plan.schedule.after(plan.next);
        }
    }
}
