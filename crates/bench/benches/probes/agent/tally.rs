//! What became of slots.

use std::{collections::BTreeMap, fmt, ops::Range, time::Duration};

/// Runs and missed slots, as an agent's export tells of them.
#[derive(Default)]
pub(super) struct Seen {
    /// A run: its slot (Unix seconds), verdict, and how late it started.
    pub(super) runs: Vec<(i64, &'static str, Duration)>,
    /// Missed slots: the first one, how many, how far apart (seconds), and why.
    pub(super) missed: Vec<(i64, i64, i64, String)>,
}

/// What became of the slots of a window.
pub(super) struct Tally {
    /// How late runs started, ascending.
    lateness: Vec<Duration>,
    /// Runs that passed.
    pub(super) passed: u64,
    /// Of the others how many there are, by verdict; of missed ones by cause.
    others: BTreeMap<String, u64>,
}

impl Tally {
    /// Of the slots within `slots`.
    pub(super) fn of(seen: &Seen, slots: &Range<i64>) -> Self {
        let mut tally = Self {
            lateness: Vec::new(),
            passed: 0,
            others: BTreeMap::new(),
        };
        for (slot, verdict, late) in &seen.runs {
            if !slots.contains(slot) {
                continue;
            }
            tally.lateness.push(*late);
            match *verdict {
                "pass" => tally.passed += 1,
                other => *tally.others.entry(other.to_owned()).or_default() += 1,
            }
        }
        for (first, count, every, cause) in &seen.missed {
            let within = (0..*count).filter(|n| slots.contains(&(first + n * every)));
            let within = u64::try_from(within.count()).unwrap_or(0);
            *tally.others.entry(format!("missed: {cause}")).or_default() += within;
        }
        tally.lateness.sort_unstable();
        tally
    }

    /// How many slots something became of.
    pub(super) fn told(&self) -> u64 {
        self.passed + self.others.values().sum::<u64>()
    }

    /// How many runs there were.
    pub(super) fn runs(&self) -> usize {
        self.lateness.len()
    }

    /// So late, or earlier, was this share of runs; in milliseconds.
    pub(super) fn late_ms(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among runs"
        )]
        let rank = (self.lateness.len() as f64 * share).ceil() as usize;
        let late = self.lateness.get(rank.max(1) - 1);
        late.map_or(0.0, |late| late.as_secs_f64() * 1e3)
    }
}

/// What did not pass, by why.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = self
            .others
            .iter()
            .filter(|(_, count)| **count > 0)
            .peekable();
        if told.peek().is_none() {
            return write!(f, "none");
        }
        for (n, (why, count)) in told.enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{count} {why}")?;
        }
        Ok(())
    }
}
