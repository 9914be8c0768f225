//! The gate: how many runs may go on at once, so that nobody's hanging journeys delay another's.
//!
//! Pure counting; whoever is not let in waits in the caller's hands, at most until the tolerance of
//! its slot is over, and is then `missed: saturated`.
//!
//! Three bounds hold at once, and each leaves a stranger a way in:
//! - a customer's own runs;
//! - the runs that name one host, over all customers (politeness). One who has none there yet is
//!   always let in, else a customer could silence another's monitoring by hanging on its host. So a
//!   host sees at most `per_host` runs, and one more for each further customer.
//! - the agent's runs. Half of them, and one for each customer at least, are shared out evenly and
//!   kept free for their owners; whoever is above that share takes from the rest. So no number of greedy customers shuts one out.

use std::collections::HashMap;

/// Who is let in.
#[derive(Debug)]
pub struct Gate {
    runs: usize,
    most: usize,
    /// How many customers share the agent; at least 1.
    customers: usize,
    by_customer: HashMap<String, usize>,
    /// Runs within their customers' shares.
    within: usize,
    /// By host: all runs, and each customer's.
    by_host: HashMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    runs: usize,
    by_customer: HashMap<String, usize>,
}

/// A run that asks to be let in.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// Whose.
    pub customer: &'a str,
    /// The hosts that its journey names, none of them twice.
    pub hosts: &'a [String],
    /// How many runs its customer may have at once.
    pub most_runs: usize,
    /// How many runs may name one host at once.
    pub most_per_host: usize,
}

/// What keeps a run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The customer has as many runs as it may.
    Customer,
    /// A host has as many.
    Host,
    /// The agent has.
    Agent,
}

impl Gate {
    /// A gate for `most` runs at once.
    pub fn new(most: usize) -> Self {
        Self {
            runs: 0,
            most,
            customers: 1,
            by_customer: HashMap::new(),
            within: 0,
            by_host: HashMap::new(),
        }
    }

    /// How many customers share the agent now, and how many runs it may have.
    pub fn resize(&mut self, customers: usize, most: usize) {
        self.customers = customers.max(1);
        self.most = most;
        let share = self.share();
        self.within = self.by_customer.values().map(|own| own.min(&share)).sum();
    }

    /// How many runs are kept for each customer: one at least, as long as there are that many.
    fn share(&self) -> usize {
        let one = usize::from(self.customers <= self.most);
        (self.most / 2 / self.customers).max(one)
    }

    /// How many runs go on.
    pub const fn runs(&self) -> usize {
        self.runs
    }

    /// How many runs of `customer` go on.
    pub fn runs_of(&self, customer: &str) -> usize {
        self.by_customer.get(customer).copied().unwrap_or(0)
    }

    /// Lets a run in; whoever is let in [leaves](Self::leave) again.
    ///
    /// # Errors
    /// What keeps it out for now.
    pub fn enter(&mut self, visit: Visit<'_>) -> Result<(), Full> {
        let own = self.runs_of(visit.customer);
        if own >= visit.most_runs {
            return Err(Full::Customer);
        }
        if visit.hosts.iter().any(|host| self.is_full(host, visit)) {
            return Err(Full::Host);
        }
        let share = self.share();
        let kept_for_others = (share * self.customers).saturating_sub(self.within);
        if own < share {
            self.within += 1;
        } else if self.runs + kept_for_others >= self.most {
            return Err(Full::Agent);
        }
        self.runs += 1;
        *self
            .by_customer
            .entry(visit.customer.to_owned())
            .or_default() += 1;
        for host in visit.hosts {
            let host = self.by_host.entry(host.clone()).or_default();
            host.runs += 1;
            *host
                .by_customer
                .entry(visit.customer.to_owned())
                .or_default() += 1;
        }
        Ok(())
    }

    fn is_full(&self, host: &str, visit: Visit<'_>) -> bool {
        self.by_host.get(host).is_some_and(|host| {
            host.runs >= visit.most_per_host && host.by_customer.contains_key(visit.customer)
        })
    }

    /// A run that was let in has ended. Nothing is kept of those who have none left.
    pub fn leave(&mut self, customer: &str, hosts: &[String]) {
        self.runs = self.runs.saturating_sub(1);
        take_one(&mut self.by_customer, customer);
        if self.runs_of(customer) < self.share() {
            self.within = self.within.saturating_sub(1);
        }
        for name in hosts {
            if let Some(host) = self.by_host.get_mut(name) {
                host.runs = host.runs.saturating_sub(1);
                take_one(&mut host.by_customer, customer);
                if host.runs == 0 {
                    self.by_host.remove(name);
                }
            }
        }
    }
}

fn take_one(counts: &mut HashMap<String, usize>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn visit<'a>(customer: &'a str, hosts: &'a [String]) -> Visit<'a> {
        Visit {
            customer,
            hosts,
            most_runs: 100,
            most_per_host: 20,
        }
    }

    fn enter_all(gate: &mut Gate, customer: &str, hosts: &[String], tries: usize) -> usize {
        (0..tries)
            .filter(|_| gate.enter(visit(customer, hosts)).is_ok())
            .count()
    }

    #[test]
    fn a_thousand_hanging_journeys_of_one_customer_take_what_it_may_and_no_more() {
        let mut gate = Gate::new(2_000);
        gate.resize(2, 2_000);
        assert_eq!(enter_all(&mut gate, "hangs", &[], 1_000), 100);
        assert_eq!(gate.enter(visit("hangs", &[])), Err(Full::Customer));
        assert_eq!(enter_all(&mut gate, "other", &[], 100), 100);
    }

    #[test]
    fn those_above_their_share_cannot_fill_the_house() {
        let mut gate = Gate::new(1_000);
        gate.resize(20, 1_000);
        for greedy in 0..19 {
            enter_all(&mut gate, &format!("greedy-{greedy}"), &[], 100);
        }
        assert_eq!(gate.runs(), 975, "25 are kept for the twentieth");
        assert_eq!(gate.enter(visit("greedy-0", &[])), Err(Full::Customer));
        assert_eq!(gate.enter(visit("greedy-18", &[])), Err(Full::Agent));
        assert_eq!(enter_all(&mut gate, "other", &[], 50), 25);
        gate.leave("greedy-0", &[]);
        assert_eq!(
            gate.enter(visit("other", &[])),
            Ok(()),
            "what is free is anybody's"
        );
    }

    #[test]
    fn nobody_is_silenced_by_one_who_hangs_on_its_host() {
        let mut gate = Gate::new(2_000);
        let host = ["shop.example".to_owned()];
        assert_eq!(enter_all(&mut gate, "hangs", &host, 100), 20);
        assert_eq!(gate.enter(visit("hangs", &host)), Err(Full::Host));
        assert_eq!(enter_all(&mut gate, "owner", &host, 5), 1);
        gate.leave("owner", &host);
        assert_eq!(gate.enter(visit("owner", &host)), Ok(()));
    }

    proptest! {
        #[test]
        fn the_gate_is_empty_when_all_have_left(visits in prop::collection::vec((0..4_u8, 0..3_u8), 0..200)) {
            let mut gate = Gate::new(50);
            gate.resize(4, 50);
            let mut inside = Vec::new();
            for (customer, host) in visits {
                let (customer, hosts) = (format!("c{customer}"), vec![format!("h{host}")]);
                let asked = Visit { most_runs: 20, most_per_host: 8, ..visit(&customer, &hosts) };
                if gate.enter(asked).is_ok() {
                    inside.push((customer, hosts));
                }
                prop_assert!(gate.runs() <= 50 && gate.runs() == inside.len());
                for host in gate.by_host.values() {
                    prop_assert!(host.runs <= 8 + 3);
                }
            }
            for (customer, hosts) in inside {
                gate.leave(&customer, &hosts);
            }
            prop_assert_eq!((gate.runs(), gate.within), (0, 0));
            prop_assert!(gate.by_customer.is_empty() && gate.by_host.is_empty());
        }
    }
}
