//! What a probing rate can tell.

use crate::{Confidence, Objective, best_certifiable, beta};
use std::time::Duration;

/// How often a journey runs: once an interval in each of its regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// The interval of slots; whole seconds, never 0.
    pub every: Duration,
    /// In how many regions.
    pub regions: u64,
}

impl Cadence {
    /// Runs planned in this much time: regions × ⌊time / every⌋.
    pub fn runs(self, time: Duration) -> u64 {
        let slots = time.as_nanos() / self.every.as_nanos().max(1);
        u64::try_from(slots)
            .unwrap_or(u64::MAX)
            .saturating_mul(self.regions)
    }

    /// How many bad runs `objective` allows in this much time, whole ones.
    pub fn allowed(self, time: Duration, objective: &Objective) -> u64 {
        let (b, whole) = objective.budget();
        u64::try_from(u128::from(self.runs(time)).saturating_mul(b) / whole).unwrap_or(u64::MAX)
    }

    /// The share of the budget that one bad run spends, 1/(b·N); `None` without runs. Above 1 a
    /// single failure breaks the objective.
    pub fn share_of_one(self, time: Duration, objective: &Objective) -> Option<f64> {
        let runs = self.runs(time);
        (runs > 0).then(|| 1.0 / (objective.budget_ratio() * beta::as_f64(runs)))
    }

    /// The best objective that this much time without a failure certifies, as a ratio; one above
    /// it cannot be measured by this plan.
    pub fn finest(self, time: Duration, confidence: Confidence) -> Option<f64> {
        best_certifiable(self.runs(time), confidence)
    }

    /// How long an outage of all regions may last before a run of one meets it, at most: runs of
    /// regions are spread evenly over the interval. `None` without regions.
    pub fn sees_all_within(self) -> Option<Duration> {
        let regions = u32::try_from(self.regions).ok()?;
        self.every.checked_div(regions)
    }

    /// The same of one region alone, on average.
    pub fn sees_one_after(self) -> Duration {
        self.every / 2
    }

    /// The chance that an outage of all regions that lasts so long meets any run.
    pub fn chance_to_see(self, outage: Duration) -> f64 {
        let slots = beta::as_f64(self.regions) * outage.as_secs_f64() / self.every.as_secs_f64();
        slots.min(1.0)
    }

    /// How seldom each region may run for this many runs to fit into `time`, in whole seconds;
    /// `None` where not even a run a second would do.
    pub fn slowest_for(self, runs: u64, time: Duration) -> Option<Duration> {
        let all = time.as_secs().saturating_mul(self.regions);
        let every = all.checked_div(runs)?;
        (every > 0).then(|| Duration::from_secs(every))
    }

    /// How long this many runs take; `None` without regions.
    pub fn time_for(self, runs: u64) -> Option<Duration> {
        if self.regions == 0 {
            return None;
        }
        let seconds = beta::as_f64(runs) * self.every.as_secs_f64() / beta::as_f64(self.regions);
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certifying_runs;

    #[test]
    fn days_to_certify_are_those_of_the_specification() {
        for (objective, regions, every, days) in [
            ("99%", 1, 900, "3.1"),
            ("99.9%", 3, 300, "3.5"),
            ("99.9%", 3, 60, "0.7"),
            ("99.99%", 3, 60, "6.9"),
            ("99.999%", 10, 10, "3.5"),
        ] {
            let objective = Objective::parse(objective).unwrap();
            let cadence = Cadence {
                every: Duration::from_secs(every),
                regions,
            };
            let runs = certifying_runs(&objective, 0, Confidence::DEFAULT);
            let time = cadence.time_for(runs).unwrap();
            assert_eq!(format!("{:.1}", time.as_secs_f64() / 86_400.0), days);
        }
    }

    #[test]
    fn outages_meet_runs_as_the_specification_has_it() {
        let cadence = Cadence {
            every: Duration::from_secs(60),
            regions: 3,
        };
        assert_eq!(cadence.sees_all_within(), Some(Duration::from_secs(20)));
        assert_eq!(cadence.sees_one_after(), Duration::from_secs(30));
        // min(1, D·R/I)
        for (outage, chance) in [(0, 0.0), (5, 0.25), (20, 1.0), (3_600, 1.0)] {
            let outage = Duration::from_secs(outage);
            assert!((cadence.chance_to_see(outage) - chance).abs() < 1e-12);
        }
        // 299,572 runs in 28 days of three regions: 24.2 s.
        let month = Duration::from_secs(28 * 86_400);
        let slowest = cadence.slowest_for(299_572, month).unwrap();
        assert_eq!(slowest, Duration::from_secs(24));
        let every = |every| Cadence { every, regions: 3 }.runs(month);
        assert!(every(slowest) >= 299_572);
        assert!(every(slowest + Duration::from_secs(1)) < 299_572);
        assert_eq!(cadence.slowest_for(29_957_200, month), None);
    }

    #[test]
    fn a_plan_without_regions_or_time_says_nothing() {
        let objective = Objective::parse("99.9%").unwrap();
        let month = Duration::from_secs(28 * 86_400);
        let none = Cadence {
            every: Duration::from_secs(60),
            regions: 0,
        };
        assert_eq!(none.runs(month), 0);
        assert_eq!(none.share_of_one(month, &objective), None);
        assert_eq!(none.finest(month, Confidence::DEFAULT), None);
        assert_eq!(none.time_for(10), None);
    }
}
