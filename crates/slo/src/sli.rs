//! The service level indicator, and what a bad run costs.

use crate::{
    Objective, Weighting,
    exact::{self, Exact},
    observe::Tally,
};

/// What was counted, and how regions weigh.
#[derive(Debug)]
pub(crate) struct Sli {
    pub(crate) tallies: Vec<Tally>,
    pub(crate) weights: Vec<u64>,
    weighting: Weighting,
}

impl Sli {
    pub(crate) fn new(tallies: Vec<Tally>, weights: Vec<u64>, weighting: Weighting) -> Self {
        Self {
            tallies,
            weights,
            weighting,
        }
    }

    fn sum(&self, of: impl Fn(&Tally) -> u64) -> u64 {
        self.tallies.iter().map(of).sum()
    }

    /// Good over valid; `None` for 0/0, which is neither 1 nor 0.
    pub(crate) fn by_events(&self) -> Option<Exact> {
        exact::ratio(self.sum(|t| t.good), self.sum(|t| t.valid()))
    }

    /// Σ w·s / Σ w over the regions with data.
    pub(crate) fn by_regions(&self) -> Option<Exact> {
        self.weighted(|t| t.good, |t| t.valid())
    }

    /// The indicator as the SLO weighs it.
    pub(crate) fn ratio(&self) -> Option<Exact> {
        match self.weighting {
            Weighting::Events => self.by_events(),
            Weighting::Regions => self.by_regions(),
        }
    }

    /// The same with the runs in maintenance: users felt them.
    pub(crate) fn felt(&self) -> Option<Exact> {
        let all = |t: &Tally| t.felt_good + t.felt_bad;
        match self.weighting {
            Weighting::Events => exact::ratio(self.sum(|t| t.felt_good), self.sum(all)),
            Weighting::Regions => self.weighted(|t| t.felt_good, all),
        }
    }

    /// The share of all weight that has data; `None` where nothing weighs.
    pub(crate) fn weight_with_data(&self) -> Option<Exact> {
        exact::ratio(self.data_weight(), self.weights.iter().sum::<u64>())
    }

    /// What one bad run in `region` takes of the indicator: 1/valid, or w/(Σw · valid).
    pub(crate) fn share_of_one(&self, region: usize) -> Option<Exact> {
        match self.weighting {
            Weighting::Events => exact::ratio(1, self.sum(|t| t.valid())),
            Weighting::Regions => {
                let valid = self.tallies.get(region)?.valid();
                let weight = *self.weights.get(region)?;
                exact::ratio(
                    weight,
                    exact::whole(self.data_weight()).to_integer() * valid,
                )
            }
        }
    }

    fn data_weight(&self) -> u64 {
        let with_data = self.tallies.iter().zip(&self.weights);
        with_data
            .filter(|(tally, _)| tally.valid() > 0)
            .map(|(_, weight)| weight)
            .sum()
    }

    fn weighted(&self, good: impl Fn(&Tally) -> u64, all: impl Fn(&Tally) -> u64) -> Option<Exact> {
        let mut weight_with_data = exact::whole(0);
        let mut sum = exact::whole(0);
        for (tally, weight) in self.tallies.iter().zip(&self.weights) {
            if let Some(ratio) = exact::ratio(good(tally), all(tally)) {
                sum += ratio * exact::whole(*weight);
                weight_with_data += exact::whole(*weight);
            }
        }
        (weight_with_data != exact::whole(0)).then(|| sum / weight_with_data)
    }
}

/// e / b: 1 spends exactly the budget over the window.
pub(crate) fn burn_rate(ratio: &Exact, objective: &Objective) -> Exact {
    (exact::whole(1) - ratio) / budget_ratio(objective)
}

/// b as an exact rational.
pub(crate) fn budget_ratio(objective: &Objective) -> Exact {
    let (b, whole) = objective.budget();
    exact::ratio(b, whole).unwrap_or_else(|| exact::whole(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(good: u64, bad: u64) -> Tally {
        Tally {
            good,
            bad,
            felt_good: good,
            felt_bad: bad,
        }
    }

    #[test]
    fn nothing_over_nothing_is_neither_one_nor_zero() {
        let sli = Sli::new(vec![tally(0, 0)], vec![1], Weighting::Events);
        assert_eq!(sli.by_events(), None);
        assert_eq!(sli.by_regions(), None);
        assert_eq!(sli.felt(), None);
    }

    #[test]
    fn regions_without_data_take_no_part_in_the_weighted_indicator() {
        let tallies = vec![tally(9, 1), tally(0, 0), tally(1, 1)];
        let sli = Sli::new(tallies, vec![3, 5, 1], Weighting::Regions);
        // (3 · 0.9 + 1 · 0.5) / 4
        assert_eq!(sli.ratio(), exact::ratio(8, 10));
        assert_eq!(sli.weight_with_data(), exact::ratio(4, 9));
        // Shares of all bad runs are the whole of e.
        let shares = sli.share_of_one(0).unwrap() + sli.share_of_one(2).unwrap();
        assert_eq!(Some(exact::whole(1) - shares), sli.ratio());
    }

    /// *The Site Reliability Workbook*, chapter 2: an API served 3,663,253 requests in four weeks,
    /// of which 3,557,865 succeeded: 97.123 %; and 100 % − 97 % of them, 109,897, may fail.
    #[test]
    fn the_workbooks_first_slo_holds() {
        let sli = Sli::new(vec![tally(3_557_865, 105_388)], vec![1], Weighting::Events);
        let ratio = sli.ratio().unwrap();
        assert_eq!(format!("{:.3}", 100.0 * exact::shown(&ratio)), "97.123");
        let objective = Objective::parse("97%").unwrap();
        let allowed = budget_ratio(&objective) * exact::whole(3_663_253);
        assert_eq!(allowed.to_integer(), exact::whole(109_897).to_integer());
        assert!(burn_rate(&ratio, &objective) < exact::whole(1));
    }
}
