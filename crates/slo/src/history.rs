//! What was measured of one journey, in memory: about nine bytes a run.
//!
//! Twenty million runs (28 days of 100 journeys in 5 regions, each minute) are to be judged within
//! 200 MiB, so runs are kept as variable-length differences from the grid that they lie on. Fixed
//! words of 8 bytes were weighed: they hold no run above two seconds. What only few runs have (where
//! they failed, their slot) stands beside them.

mod varint;

use crate::Cause;
use jaunt_record::{StepVerdict, Verdict};
use std::collections::HashMap;
use varint::{Reader, put, put_signed};

/// What was measured of one journey.
#[derive(Clone, Debug)]
pub struct History {
    every_ns: u64,
    judged_steps: Vec<String>,
    causes: Vec<Cause>,
    cause_ids: HashMap<Cause, u32>,
    series: Vec<Series>,
    unmeasured: Vec<Unmeasured>,
}

/// The runs of one agent in one region, by start.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// The region's place in the journey's list.
    pub(crate) region: usize,
    /// The agent's name.
    pub(crate) agent: String,
    bytes: Vec<u8>,
    last_start: i64,
    /// How many runs.
    pub(crate) len: usize,
    notes: Vec<Note>,
}

/// What only few runs have.
#[derive(Clone, Copy, Debug)]
struct Note {
    run: usize,
    cause: u32,
    slot: Option<i64>,
}

/// A slot that was void or missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmeasured {
    /// When it ended, Unix ns.
    pub end_ns: i64,
    /// The region's place in the journey's list.
    pub region: usize,
    /// Whether nothing ran at all.
    pub missed: bool,
}

/// One run that was measured.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    /// When it started, Unix ns.
    pub start_ns: i64,
    /// When it ended, Unix ns.
    pub end_ns: i64,
    /// What the user waited for, ns.
    pub duration_ns: u64,
    /// Pass, slow or fail.
    pub verdict: Verdict,
    /// The slot's nominal time, Unix seconds, where it is known.
    pub slot: Option<i64>,
    /// Where the first failure struck.
    pub cause: &'a Cause,
    /// For each judged step, in their order: verdict and ns.
    pub steps: &'a [(Option<StepVerdict>, u64)],
}

/// A run as it is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) duration: u64,
    pub(crate) verdict: Verdict,
    /// Verdict and ns of the step that was asked for.
    pub(crate) step: Option<(StepVerdict, u64)>,
    /// Place in the causes; `None` where nothing is known.
    pub(crate) cause: Option<u32>,
    pub(crate) slot: Option<i64>,
}

/// A run that starts before the one pushed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("runs of one agent are to be pushed in the order of their start")]
pub struct OutOfOrder;

impl History {
    /// The empty history of a journey that runs every so many ns, and whose SLOs judge these steps.
    pub(crate) fn new(every_ns: u64, judged_steps: Vec<String>) -> Self {
        Self {
            every_ns,
            judged_steps,
            causes: Vec::new(),
            cause_ids: HashMap::new(),
            series: Vec::new(),
            unmeasured: Vec::new(),
        }
    }

    /// The empty history of `subject`.
    pub fn of(subject: &crate::Subject) -> Self {
        Self::new(subject.every_ns(), subject.judged_steps())
    }

    /// Adds a run of `agent` in the region at this place of the journey's list. Runs of one agent
    /// come in the order of their start.
    ///
    /// # Errors
    /// It starts before the one pushed before it.
    pub fn push(
        &mut self,
        region: usize,
        agent: &str,
        run: &Measured<'_>,
    ) -> Result<(), OutOfOrder> {
        let Some(code) = verdict_code(run.verdict) else {
            self.unmeasured.push(Unmeasured {
                end_ns: run.end_ns,
                region,
                missed: run.verdict == Verdict::Missed,
            });
            return Ok(());
        };
        let cause = self.cause_id(run.cause);
        let every = self.every_ns;
        let judged = self.judged_steps.len();
        self.series_of(region, agent)
            .push(run, code, cause, (every, judged))
    }

    /// How many runs it holds.
    pub fn len(&self) -> usize {
        self.series.iter().map(|series| series.len).sum()
    }

    /// Whether it holds no run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes its runs take.
    pub fn bytes(&self) -> usize {
        self.series
            .iter()
            .map(|series| series.bytes.capacity() + series.notes.capacity() * size_of::<Note>())
            .sum()
    }

    /// Gives back what growing had set aside.
    pub fn shrink(&mut self) {
        for series in &mut self.series {
            series.bytes.shrink_to_fit();
            series.notes.shrink_to_fit();
        }
    }

    pub(crate) fn series(&self) -> &[Series] {
        &self.series
    }

    pub(crate) fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The slots that were void or missed.
    pub(crate) fn unmeasured(&self) -> &[Unmeasured] {
        &self.unmeasured
    }

    /// The runs of `series` by start, with the verdict of `step`.
    pub(crate) fn runs<'a>(&'a self, series: &'a Series, step: Option<&str>) -> Runs<'a> {
        Runs {
            reader: Reader::new(&series.bytes),
            every: self.every_ns,
            judged: self.judged_steps.len(),
            step: step.and_then(|step| self.judged_steps.iter().position(|s| s == step)),
            last_start: 0,
            run: 0,
            notes: series.notes.iter(),
        }
    }

    fn cause_id(&mut self, cause: &Cause) -> Option<u32> {
        if cause.is_empty() {
            return None;
        }
        if let Some(id) = self.cause_ids.get(cause) {
            return Some(*id);
        }
        let id = u32::try_from(self.causes.len()).ok()?;
        self.causes.push(cause.clone());
        self.cause_ids.insert(cause.clone(), id);
        Some(id)
    }

    fn series_of(&mut self, region: usize, agent: &str) -> &mut Series {
        let known = self
            .series
            .iter()
            .position(|series| series.region == region && series.agent == agent);
        let at = known.unwrap_or_else(|| {
            self.series.push(Series {
                region,
                agent: agent.to_owned(),
                bytes: Vec::new(),
                last_start: 0,
                len: 0,
                notes: Vec::new(),
            });
            self.series.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "`at` was found or pushed above")]
        &mut self.series[at]
    }
}

impl Series {
    fn push(
        &mut self,
        run: &Measured<'_>,
        code: u64,
        cause: Option<u32>,
        (every, judged): (u64, usize),
    ) -> Result<(), OutOfOrder> {
        if self.len > 0 && run.start_ns < self.last_start {
            return Err(OutOfOrder);
        }
        let step = run.start_ns.wrapping_sub(self.last_start);
        put_signed(&mut self.bytes, step.wrapping_sub_unsigned(every));
        // An end of its own follows only where it is not start + duration.
        let own_end =
            i128::from(run.end_ns) != i128::from(run.start_ns) + i128::from(run.duration_ns);
        put(
            &mut self.bytes,
            u128::from(run.duration_ns) << 3 | u128::from(code) << 1 | u128::from(own_end),
        );
        if own_end {
            put_signed(&mut self.bytes, run.end_ns.wrapping_sub(run.start_ns));
        }
        for index in 0..judged {
            let (verdict, took) = run.steps.get(index).copied().unwrap_or((None, 0));
            put(&mut self.bytes, u128::from(took) << 3 | step_code(verdict));
        }
        if let Some(cause) = cause {
            self.notes.push(Note {
                run: self.len,
                cause,
                slot: run.slot,
            });
        }
        self.last_start = run.start_ns;
        self.len += 1;
        Ok(())
    }
}

/// The runs of a series.
pub(crate) struct Runs<'a> {
    reader: Reader<'a>,
    every: u64,
    judged: usize,
    step: Option<usize>,
    last_start: i64,
    run: usize,
    notes: std::slice::Iter<'a, Note>,
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let step = self.reader.signed()?.wrapping_add_unsigned(self.every);
        let start = self.last_start.wrapping_add(step);
        let packed = self.reader.unsigned()?;
        let duration = u64::try_from(packed >> 3).ok()?;
        let end = if packed & 1 == 1 {
            start.wrapping_add(self.reader.signed()?)
        } else {
            start.wrapping_add_unsigned(duration)
        };
        let mut judged = None;
        for index in 0..self.judged {
            let packed = self.reader.unsigned()?;
            if self.step == Some(index) {
                let took = u64::try_from(packed >> 3).ok()?;
                judged = step_verdict(packed & 7).map(|verdict| (verdict, took));
            }
        }
        let note = match self.notes.as_slice().first() {
            Some(note) if note.run == self.run => self.notes.next(),
            _ => None,
        };
        self.last_start = start;
        self.run += 1;
        Some(Run {
            start,
            end,
            duration,
            verdict: verdict_of((packed >> 1) & 3)?,
            step: judged,
            cause: note.map(|note| note.cause),
            slot: note.and_then(|note| note.slot),
        })
    }
}

const fn verdict_code(verdict: Verdict) -> Option<u64> {
    match verdict {
        Verdict::Pass => Some(0),
        Verdict::Slow => Some(1),
        Verdict::Fail => Some(2),
        Verdict::Void | Verdict::Missed => None,
    }
}

const fn verdict_of(code: u128) -> Option<Verdict> {
    match code {
        0 => Some(Verdict::Pass),
        1 => Some(Verdict::Slow),
        2 => Some(Verdict::Fail),
        _ => None,
    }
}

const fn step_code(verdict: Option<StepVerdict>) -> u128 {
    match verdict {
        None | Some(StepVerdict::Skipped | StepVerdict::Void) => 0,
        Some(StepVerdict::Pass) => 1,
        Some(StepVerdict::Slow) => 2,
        Some(StepVerdict::Fail) => 3,
    }
}

const fn step_verdict(code: u128) -> Option<StepVerdict> {
    match code {
        1 => Some(StepVerdict::Pass),
        2 => Some(StepVerdict::Slow),
        3 => Some(StepVerdict::Fail),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: u64 = 60_000_000_000;

    proptest! {
        #[test]
        fn what_was_pushed_is_read_back(
            runs in proptest::collection::vec(
                (0..i64::MAX / 2, any::<u64>(), 0..=1_i64, 0..3_usize, any::<bool>(), any::<u32>()),
                0..40,
            ),
        ) {
            let mut runs = runs;
            runs.sort_unstable();
            let mut history = History::new(MINUTE, vec!["pay".into(), "ship".into()]);
            let failed = Cause { step: Some("pay".into()), ..Cause::default() };
            let quiet = Cause::default();
            let mut expected = Vec::new();
            for (start, duration, own_end, verdict, noted, took) in runs {
                let duration = duration >> 2;
                let end = start.saturating_add_unsigned(duration) / 2 * 2 + own_end;
                let verdict = [Verdict::Pass, Verdict::Slow, Verdict::Fail][verdict];
                let took = u64::from(took);
                history.push(0, "a", &Measured {
                    start_ns: start,
                    end_ns: end,
                    duration_ns: duration,
                    verdict,
                    slot: Some(7),
                    cause: if noted { &failed } else { &quiet },
                    steps: &[(None, 3), (Some(StepVerdict::Fail), took)],
                }).unwrap();
                expected.push(Run {
                    start,
                    end,
                    duration,
                    verdict,
                    step: Some((StepVerdict::Fail, took)),
                    cause: noted.then_some(0),
                    slot: noted.then_some(7),
                });
            }
            let read: Vec<_> = history
                .series()
                .iter()
                .flat_map(|series| history.runs(series, Some("ship")))
                .collect();
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn a_run_on_its_grid_takes_about_nine_bytes() {
        let mut history = History::new(MINUTE, Vec::new());
        let quiet = Cause::default();
        for slot in 0..1_000_i64 {
            let start = slot * 60_000_000_000 + (slot * 7_919) % 5_000_000;
            let took = 700_000_000 + (slot * 104_729) % 90_000_000;
            let run = Measured {
                start_ns: start,
                end_ns: start + took,
                duration_ns: took.unsigned_abs(),
                verdict: Verdict::Pass,
                slot: None,
                cause: &quiet,
                steps: &[],
            };
            history.push(0, "a", &run).unwrap();
        }
        history.shrink();
        assert!(history.bytes() <= 9_010, "{}", history.bytes());
    }

    #[test]
    fn runs_of_one_agent_come_in_order() {
        let mut history = History::new(MINUTE, Vec::new());
        let quiet = Cause::default();
        let run = |start_ns| Measured {
            start_ns,
            end_ns: start_ns,
            duration_ns: 0,
            verdict: Verdict::Pass,
            slot: None,
            cause: &quiet,
            steps: &[],
        };
        history.push(0, "a", &run(5)).unwrap();
        assert_eq!(history.push(0, "a", &run(4)), Err(OutOfOrder));
        history.push(0, "b", &run(4)).unwrap();
        assert_eq!(history.len(), 2);
    }
}
