//! Judges one SLO.

use super::{
    Agents, Certify, CorrectionReport, Coverage, Evidence, Intervals, PeriodReport, RefusalReport,
    RegionReport, Report, SliReport, SlicesReport, UptimeReport, WorstWindow, budget, incidents,
    sentence,
};
use crate::period::Period;
use crate::{
    Confidence, Corrected, Correction, NoDataAlert, Parties, Sample, Slo, Subject, Taken,
    alert::{self, Errors},
    best_certifiable, certifying_runs, default_policy, design_effect, exact,
    exact::shown,
    grid::Grid,
    history::Unmeasured,
    incident, instant,
    observe::{Counts, Observed},
    sli::{self, Sli},
    slices::Slices,
    uptime::Uptime,
};
use std::{collections::BTreeMap, time::Duration};

/// When, and by what agreement.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The instant of the judgement, Unix ns.
    pub at_ns: i64,
    /// Until when lines are known, Unix ns: a period is provisional until its end + 24 h.
    pub known_until_ns: i64,
    /// Whose failure is whose.
    pub parties: &'a Parties,
}

/// A slice, where the SLO asks for no other.
const SLICE: Duration = Duration::from_secs(300);

const HOUR_NS: i64 = 3_600_000_000_000;

/// Everything that the parts of a report draw on.
pub(super) struct Case<'a> {
    pub(super) subject: &'a Subject,
    pub(super) slo: &'a Slo,
    pub(super) taken: &'a Taken,
    pub(super) question: Question<'a>,
    pub(super) period: Period,
    pub(super) observed: Observed,
    pub(super) sli: Sli,
    pub(super) counters: crate::Counters,
    /// How many slots of each region were seen.
    slots_seen: Vec<u64>,
}

/// Judges `slo` of `subject` by what was taken in.
pub fn judge(subject: &Subject, slo: &Slo, taken: &Taken, question: Question<'_>) -> Report {
    let period = Period::new(subject, slo, question.at_ns);
    let mut counters = taken.counters;
    counters.maintenance_refused = u64::try_from(period.accepted.refused.len()).unwrap_or(u64::MAX);
    let observed = Observed::new((subject, slo), &taken.history, &period, &mut counters);
    let weights = subject.whole_weights();
    let sli = Sli::new(observed.tallies.clone(), weights, slo.weighting);
    Case {
        slots_seen: observed.slots_seen(subject.every_ns()),
        subject,
        slo,
        taken,
        question,
        period,
        observed,
        sli,
        counters,
    }
    .report()
}

impl Case<'_> {
    fn report(&self) -> Report {
        let grid = Grid::new(self.period.from_ns, self.period.at_ns);
        let window = Duration::from_nanos(self.period.full_ns());
        let rules = default_policy(&self.slo.objective, window, self.subject.cadence());
        let weighting = self.slo.weighting;
        let alerts = alert::evaluate(&rules, grid, &self.observed, &self.sli, weighting);
        let nodata_alert = NoDataAlert::new(self.subject.cadence(), grid, &self.observed);
        let coverage = self.coverage();
        let budget = budget::report(self, &coverage, self.recent_burn(grid));
        let spent = incidents::report(self, &alerts);
        let intervals = self.intervals();
        let (said, why) = sentence::said(&budget, &coverage, budget::holds(self, &coverage));
        let sli = self.sli();
        Report {
            customer: self.subject.customer.clone(),
            journey: self.subject.journey.clone(),
            slo: self.slo.name.clone(),
            statement: sentence::statement(self.subject, self.slo),
            evaluate_at_ns: self.question.at_ns,
            period: self.period(),
            ingest: self.counters,
            evidence_sentence: sentence::evidence(&sli, &intervals, &budget),
            burn_down: budget::burn_down(self),
            bad_starts_ns: self.observed.bads.iter().map(|bad| bad.start).collect(),
            certify: self.certify(budget.planned_events, sli.bad),
            agents: self.agents(),
            refusals: self.refusals(),
            corrections: self.corrections(),
            slices: self.slices(),
            uptime: self.uptime(),
            sli,
            coverage,
            budget,
            alerts,
            nodata_alert,
            intervals,
            incidents: spent.incidents,
            background: spent.background,
            attribution: spent.attribution,
            said,
            why,
        }
    }

    fn period(&self) -> PeriodReport {
        let grace = self.period.end_ns.saturating_add(24 * HOUR_NS);
        PeriodReport {
            start_ns: self.period.start_ns,
            end_ns: self.period.end_ns,
            from_ns: self.period.from_ns,
            elapsed_fraction: self.period.elapsed().as_ref().map(shown),
            maintenance_s: exact::seconds(self.period.maintenance_ns()),
            provisional: self.question.known_until_ns < grace,
        }
    }

    fn sli(&self) -> SliReport {
        let total = self.observed.total();
        let by_region = self.subject.regions.iter().zip(&self.observed.tallies);
        let show = |ratio: Option<exact::Exact>| ratio.as_ref().map(shown);
        SliReport {
            good: total.good,
            bad: total.bad,
            valid: total.valid(),
            ratio: show(self.sli.ratio()),
            events_ratio: show(self.sli.by_events()),
            weighted_ratio: show(self.sli.by_regions()),
            weight_with_data: show(self.sli.weight_with_data()),
            by_region: by_region
                .map(|(region, tally)| {
                    let report = RegionReport {
                        good: tally.good,
                        bad: tally.bad,
                        ratio: show(exact::ratio(tally.good, tally.valid())),
                    };
                    (region.clone(), report)
                })
                .collect::<BTreeMap<_, _>>(),
            felt_ratio: show(self.sli.felt()),
            slots_failed_globally: incident::global_slots(
                &self.observed,
                &self.sli.weights,
                self.subject.quorum,
            ),
        }
    }

    /// A region that saw more than was planned makes up for none that saw less: it may only have
    /// one run more, as a window's edges fall.
    fn coverage(&self) -> Coverage {
        let due = self.due();
        let slots = self.slots_seen.iter();
        let seen: u64 = slots
            .map(|slots| *slots.min(&(self.due_in_each() + 1)))
            .sum();
        let missing = due.saturating_sub(seen);
        let seen = due - missing;
        Coverage {
            due,
            observed: self.counters.valid + self.counters.ineligible,
            missing,
            ratio: exact::ratio(seen, due).as_ref().map(shown),
            sufficient: due > 0 && u128::from(seen) * 10 >= u128::from(due) * 9,
        }
    }

    /// Runs planned to date.
    fn due(&self) -> u64 {
        let elapsed = Duration::from_nanos(self.period.eligible_elapsed_ns());
        self.subject.cadence().runs(elapsed)
    }

    /// The same, in one region.
    fn due_in_each(&self) -> u64 {
        self.due()
            .checked_div(self.subject.cadence().regions)
            .unwrap_or(0)
    }

    /// How many planned runs of each region were not seen; none where none are missing on the whole.
    pub(super) fn missing_by_region(&self, coverage: &Coverage) -> Vec<u64> {
        let due = self.due_in_each();
        let of_region = |slots: &u64| match coverage.missing {
            0 => 0,
            _ => due.saturating_sub(*slots),
        };
        self.slots_seen.iter().map(of_region).collect()
    }

    /// The burn rate of the last six hours, as the error ratio over the budget ratio.
    fn recent_burn(&self, grid: Grid) -> Option<exact::Exact> {
        let six_hours = 6 * HOUR_NS;
        let last = Grid::new(self.period.at_ns, self.period.at_ns);
        if grid.len == 0 {
            return None;
        }
        let errors = Errors::new(
            &[six_hours],
            last.starting(self.period.at_ns.saturating_sub(six_hours)),
            &self.observed,
            &self.sli,
            self.slo.weighting,
        );
        let k = usize::try_from(six_hours / crate::grid::STEP_NS).ok()?;
        Some(errors.ratio(six_hours, k)? / sli::budget_ratio(&self.slo.objective))
    }

    fn intervals(&self) -> Intervals {
        let total = self.observed.total();
        let effect = design_effect(self.hours().into_iter());
        let sample = Sample::new(total.good, total.valid());
        let clustered = sample.map(|sample| sample.clustered(effect));
        let ends = |interval: crate::Interval| [interval.lower, interval.upper];
        let lower = clustered.map(Sample::lower_one_sided);
        let upper = clustered.map(Sample::upper_one_sided);
        let objective = 1.0 - self.slo.objective.budget_ratio();
        Intervals {
            confidence: Confidence::DEFAULT.ratio(),
            n: total.valid(),
            design_effect: effect,
            n_effective: clustered.map_or(0.0, Sample::n),
            wilson: sample.map(|sample| ends(sample.wilson())),
            clopper_pearson: sample.map(|sample| ends(sample.clopper_pearson())),
            wilson_clustered: clustered.map(|sample| ends(sample.wilson())),
            lower_one_sided: lower,
            upper_one_sided: upper,
            evidence: match (lower, upper) {
                (Some(lower), _) if lower >= objective => Evidence::Certified,
                (_, Some(upper)) if upper < objective => Evidence::Refuted,
                _ => Evidence::Undecided,
            },
        }
    }

    /// Bad and valid runs of each clock hour.
    fn hours(&self) -> Vec<(u64, u64)> {
        let first = self.period.from_ns.div_euclid(HOUR_NS);
        let hours = self.period.at_ns.div_euclid(HOUR_NS) - first + 1;
        let mut blocks = vec![(0, 0); usize::try_from(hours).unwrap_or(0)];
        for (_, run) in self.observed.runs().filter(|(_, run)| run.counts.valid()) {
            let hour = usize::try_from(run.end.div_euclid(HOUR_NS) - first).unwrap_or(usize::MAX);
            if let Some((bad, valid)) = blocks.get_mut(hour) {
                *bad += u64::from(run.counts == Counts::Bad);
                *valid += 1;
            }
        }
        blocks
    }

    fn certify(&self, planned: u64, bad: u64) -> Certify {
        let runs = |failures| certifying_runs(&self.slo.objective, failures, Confidence::DEFAULT);
        let cadence = self.subject.cadence();
        let days = |runs| {
            cadence
                .time_for(runs)
                .map(|time| time.as_secs_f64() / 86_400.0)
        };
        let (n_if_no_failure, n_given_failures) = (runs(0), runs(bad));
        Certify {
            n_if_no_failure,
            n_given_failures,
            days_if_no_failure: days(n_if_no_failure),
            days_given_failures: days(n_given_failures),
            best_objective_in_period: best_certifiable(planned, Confidence::DEFAULT),
        }
    }

    fn slices(&self) -> SlicesReport {
        let slice = self.slo.slice.unwrap_or(SLICE);
        let slice_ns = i64::try_from(slice.as_nanos()).unwrap_or(i64::MAX);
        let slices = Slices::new(&self.period, &self.observed, &self.sli.weights, slice_ns);
        SlicesReport {
            good: slices.good,
            degraded: slices.degraded,
            bad: slices.bad,
            nodata: slices.nodata,
            excluded: slices.excluded,
            ratio: slices.ratio().as_ref().map(shown),
        }
    }

    fn uptime(&self) -> UptimeReport {
        let uptime = Uptime::new(&self.period, &self.observed, self.subject.every_ns());
        UptimeReport {
            up_s: exact::seconds(uptime.up_ns),
            down_s: exact::seconds(uptime.down_ns),
            ratio: uptime.ratio().as_ref().map(shown),
            mcr: uptime
                .curve
                .iter()
                .map(|worst| WorstWindow {
                    window_s: u64::try_from(worst.minutes).unwrap_or(0) * 60,
                    ratio: worst.ratio().as_ref().map(shown),
                    start_ns: worst.start_ns,
                })
                .collect(),
        }
    }

    fn agents(&self) -> Agents {
        let within = |u: &&Unmeasured| (self.period.from_ns..self.period.at_ns).contains(&u.end_ns);
        let unmeasured: Vec<&Unmeasured> = self
            .taken
            .history
            .unmeasured()
            .iter()
            .filter(within)
            .collect();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let missed = count(unmeasured.iter().filter(|u| u.missed).count());
        let void = count(unmeasured.len()) - missed;
        let measured = count(self.observed.runs().count());
        Agents {
            measured,
            void,
            missed,
            ratio: exact::ratio(measured, measured + void + missed)
                .as_ref()
                .map(shown),
            all_void_minutes: self.all_void_minutes(&unmeasured),
        }
    }

    /// Minutes in which every region had a void or missed slot and none a measured one.
    fn all_void_minutes(&self, unmeasured: &[&Unmeasured]) -> u64 {
        let minute = |ns: i64| ns.div_euclid(crate::grid::STEP_NS);
        let mut blamed: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for slot in unmeasured {
            let regions = blamed.entry(minute(slot.end_ns)).or_default();
            if !regions.contains(&slot.region) {
                regions.push(slot.region);
            }
        }
        blamed.retain(|_, regions| regions.len() >= self.subject.regions.len());
        if blamed.is_empty() {
            return 0;
        }
        for (_, run) in self.observed.runs() {
            blamed.remove(&minute(run.end));
        }
        u64::try_from(blamed.len()).unwrap_or(u64::MAX)
    }

    fn corrections(&self) -> Vec<CorrectionReport> {
        let (start, end) = (self.period.from_ns, self.period.at_ns);
        let meets = |c: &&Correction| c.span().0 < end && c.span().1 > start;
        self.subject
            .corrections
            .iter()
            .filter(meets)
            .map(|correction| CorrectionReport {
                from_ns: correction.span().0,
                to_ns: correction.span().1,
                at_ns: instant::ns(correction.at),
                party: match &correction.what {
                    Corrected::Party(party) => Some(party.clone()),
                    Corrected::LeftOut => None,
                },
                author: correction.author.clone(),
                approved_by: correction.approved_by.clone(),
                reason: correction.reason.clone(),
            })
            .collect()
    }

    fn refusals(&self) -> Vec<RefusalReport> {
        self.period
            .accepted
            .refused
            .iter()
            .map(|refusal| {
                let entry = self.subject.maintenance.get(refusal.entry);
                RefusalReport {
                    from_ns: refusal.from_ns,
                    to_ns: refusal.to_ns,
                    by: entry.and_then(|entry| entry.by.clone()),
                    reason: entry.and_then(|entry| entry.reason.clone()),
                    refused: refusal.reason.to_string(),
                }
            })
            .collect()
    }
}
