//! What must hold, whatever befell.

use super::{CUSTOMERS, When, World, customer, station};
use jaunt_agent::{Jump, Schedule};
use jaunt_record::Missed;
use std::{collections::BTreeSet, time::Duration};

impl World {
    /// Each cause is what happened.
    pub(super) fn justify(&self, n: usize, cause: Missed, when: When, (late, of): (i64, Schedule)) {
        let set_back = self.now.wall_ns < self.turned.wall_ns;
        let so = match (cause, when) {
            (Missed::AgentDown, When::Start) | (Missed::Saturated, When::Reload) => true,
            (Missed::Saturated, When::Turn(_)) => self.is_full(n),
            (Missed::Overlap, When::Turn(Jump::None | Jump::Back(_))) => self.runs(n),
            // Too late for the tolerance, or one that is due by now as well has taken its place.
            (Missed::Late, When::Turn(Jump::None | Jump::Back(_))) => {
                let late = Duration::from_nanos(u64::try_from(late).unwrap());
                late > Duration::from_millis(self.settings.tolerance_ms) || late >= of.every()
            }
            (Missed::ClockStep, When::Turn(Jump::Forward(_) | Jump::Back(_))) => true,
            (Missed::ClockStep, When::Turn(Jump::None)) => set_back,
            (Missed::Suspended, When::Turn(Jump::Suspended(_))) => true,
            (Missed::Draining, When::Turn(_) | When::Drain) => self.draining,
            _ => false,
        };
        assert!(so, "{n} missed a slot: {cause:?} at {when:?}");
    }

    /// How many runs of its customer go on.
    pub(super) fn own(&self, n: usize) -> usize {
        let own = |at: &&usize| customer(**at) == customer(n);
        self.inside.keys().filter(own).count()
    }

    /// Whether a journey is rightly kept out. Nobody is of whose customer nothing runs.
    pub(super) fn is_full(&self, n: usize) -> bool {
        let (own, wish, may) = (self.own(n), self.loaded[&n], self.may(n));
        let on_host = |host: usize| self.inside.iter().filter(move |(_, of)| of.hosts > host);
        let host_is_full = (0..wish.hosts).any(|host| {
            on_host(host).count() >= may.per_host
                && on_host(host).any(|(at, _)| customer(*at) == customer(n))
        });
        let customers: BTreeSet<_> = self.files.keys().map(|n| customer(*n)).collect();
        let share = (self.settings.runs / 2 / customers.len()).max(1);
        let within = |name: &&str| {
            let own = self.inside.keys().filter(|at| customer(**at) == *name);
            own.count().min(share)
        };
        let within: usize = CUSTOMERS.iter().map(within).sum();
        let kept = (share * customers.len()).saturating_sub(within);
        let agent_is_full = own >= share && self.inside.len() + kept >= self.settings.runs;
        own > 0 && (own >= may.runs || host_is_full || agent_is_full)
    }

    /// Were the agent killed now, the next one would know where each journey stands.
    pub(super) fn check_ledger(&self) {
        let ledger = self.disk.replay();
        for n in 0..CUSTOMERS.len() * 3 {
            let stood = ledger.stood(&station(n)).filter(|stood| stood.planned);
            let next = stood.map(|stood| stood.next);
            assert_eq!(next, self.account.next(n), "{n}");
        }
    }
}
