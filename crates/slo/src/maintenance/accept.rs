//! Which maintenance a window leaves out, and why not the rest.

use super::{Maintenance, When};
use crate::{Calendar, Spans, instant, spans::length};

/// What a window leaves out, and what it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The time left out, within the window.
    pub spans: Spans,
    /// What was asked for and refused, in the order of the entries.
    pub refused: Vec<Refusal>,
}

/// An entry that a window does not leave out (or, a weekly one, not every time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which entry, counted from 0 in the order of the file.
    pub entry: usize,
    /// From when the first refused occurrence lasts, Unix ns.
    pub from_ns: i64,
    /// Until when.
    pub to_ns: i64,
    /// Why.
    pub reason: RefusalReason,
}

/// Why maintenance is not left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// It was never announced.
    NotAnnounced,
    /// It was announced too late.
    ShortNotice,
    /// Nobody agreed to it.
    NotApproved,
    /// Who does it approved it too.
    OwnApproval,
    /// The window's cap was used up.
    BeyondCap,
}

impl std::fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotAnnounced => "it was not announced",
            Self::ShortNotice => "it was announced too late",
            Self::NotApproved => "the other party did not approve it",
            Self::OwnApproval => "it was approved by the party that does it",
            Self::BeyondCap => "the cap of this window was used up",
        })
    }
}

/// One occurrence of one entry within the window.
struct Occurrence {
    from: i64,
    to: i64,
    entry: usize,
}

impl Calendar<'_> {
    /// What is left out of `[start, end)`: announced in time, approved by the other party, and
    /// within the cap, in the order in which it takes place; the one that crosses the cap is cut.
    pub fn accepted(&self, start_ns: i64, end_ns: i64) -> Accepted {
        let mut occurrences = Vec::new();
        let mut refused: Vec<Refusal> = Vec::new();
        for (entry, maintenance) in self.maintenance.iter().enumerate() {
            for (from, to) in maintenance.occurrences(start_ns, end_ns) {
                match self.refusal(maintenance, from) {
                    Some(reason) => refuse(&mut refused, entry, (from, to), reason),
                    None => occurrences.push(Occurrence {
                        from: from.max(start_ns),
                        to: to.min(end_ns),
                        entry,
                    }),
                }
            }
        }
        occurrences.sort_unstable_by_key(|o| (o.from, o.to, o.entry));
        let spans = self.within_cap(&occurrences, &mut refused);
        refused.sort_by_key(|refusal| refusal.entry);
        Accepted { spans, refused }
    }

    /// Why an occurrence that begins at `from` cannot be left out, whatever else is.
    fn refusal(&self, maintenance: &Maintenance, from: i64) -> Option<RefusalReason> {
        let Some(announced) = maintenance.announced else {
            return Some(RefusalReason::NotAnnounced);
        };
        if u128::from(length(instant::ns(announced), from)) < self.policy.notice.as_nanos() {
            return Some(RefusalReason::ShortNotice);
        }
        match (&maintenance.approved_by, &maintenance.by) {
            (None, _) => Some(RefusalReason::NotApproved),
            (Some(approved), Some(by)) if approved == by => Some(RefusalReason::OwnApproval),
            (Some(_), _) => None,
        }
    }

    /// The time of `occurrences` (sorted) up to the cap. Time that two of them share counts once.
    fn within_cap(&self, occurrences: &[Occurrence], refused: &mut Vec<Refusal>) -> Spans {
        let mut left = u64::try_from(self.policy.cap.as_nanos()).unwrap_or(u64::MAX);
        let mut kept: Vec<(i64, i64)> = Vec::new();
        let mut covered = i64::MIN;
        for occurrence in occurrences {
            let from = occurrence.from.max(covered);
            let wanted = length(from, occurrence.to);
            if wanted == 0 {
                continue;
            }
            if left == 0 {
                let time = (occurrence.from, occurrence.to);
                refuse(refused, occurrence.entry, time, RefusalReason::BeyondCap);
                continue;
            }
            let granted = wanted.min(left);
            left -= granted;
            let to = from.saturating_add_unsigned(granted);
            kept.push((from, to));
            covered = to;
        }
        Spans::union(kept)
    }
}

/// Notes a refusal, once per entry and reason.
fn refuse(refused: &mut Vec<Refusal>, entry: usize, time: (i64, i64), reason: RefusalReason) {
    let known = |r: &Refusal| r.entry == entry && r.reason == reason;
    if !refused.iter().any(known) {
        let (from_ns, to_ns) = time;
        refused.push(Refusal {
            entry,
            from_ns,
            to_ns,
            reason,
        });
    }
}

impl Maintenance {
    /// The occurrences that meet `[start, end)`, in Unix ns.
    pub(crate) fn occurrences(&self, start_ns: i64, end_ns: i64) -> Vec<(i64, i64)> {
        match &self.when {
            When::Once { from, to } => {
                let (from, to) = (instant::ns(*from), instant::ns(*to));
                let meets = from < to && from < end_ns && to > start_ns;
                if meets { vec![(from, to)] } else { Vec::new() }
            }
            When::Weekly(weekly) => weekly.occurrences(start_ns, end_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MaintenancePolicy;

    const HOUR: i64 = 3_600_000_000_000;

    fn at(hours: i64) -> jiff::Timestamp {
        instant::timestamp(hours * HOUR)
    }

    fn once(from: i64, to: i64) -> Maintenance {
        Maintenance {
            when: When::Once {
                from: at(from),
                to: at(to),
            },
            announced: Some(at(from - 24)),
            by: Some("provider".into()),
            approved_by: Some("customer".into()),
            reason: None,
        }
    }

    fn accepted(maintenance: &[Maintenance]) -> Accepted {
        let calendar = Calendar {
            maintenance,
            policy: MaintenancePolicy::default(),
        };
        calendar.accepted(0, 1_000 * HOUR)
    }

    #[test]
    fn maintenance_needs_notice_and_the_other_partys_consent() {
        let mut late = once(50, 51);
        late.announced = Some(at(27));
        let mut silent = once(60, 61);
        silent.announced = None;
        let mut alone = once(70, 71);
        alone.approved_by = None;
        let mut own = once(80, 81);
        own.approved_by = Some("provider".into());
        let all = accepted(&[once(40, 41), late, silent, alone, own]);
        assert_eq!(
            all.spans.iter().collect::<Vec<_>>(),
            [(40 * HOUR, 41 * HOUR)]
        );
        let reasons: Vec<_> = all.refused.iter().map(|r| (r.entry, r.reason)).collect();
        assert_eq!(
            reasons,
            [
                (1, RefusalReason::ShortNotice),
                (2, RefusalReason::NotAnnounced),
                (3, RefusalReason::NotApproved),
                (4, RefusalReason::OwnApproval),
            ]
        );
    }

    #[test]
    fn the_one_that_crosses_the_cap_is_cut_and_the_next_refused() {
        let all = accepted(&[once(200, 204), once(100, 106), once(300, 301)]);
        assert_eq!(
            all.spans.iter().collect::<Vec<_>>(),
            [(100 * HOUR, 106 * HOUR), (200 * HOUR, 202 * HOUR)]
        );
        assert_eq!(all.refused.len(), 1);
        assert_eq!(all.refused[0].entry, 2);
        assert_eq!(all.refused[0].reason, RefusalReason::BeyondCap);
    }

    #[test]
    fn time_that_two_entries_share_counts_once_against_the_cap() {
        let all = accepted(&[once(100, 106), once(102, 107)]);
        assert_eq!(
            all.spans.iter().collect::<Vec<_>>(),
            [(100 * HOUR, 107 * HOUR)]
        );
        assert!(all.refused.is_empty());
    }

    #[test]
    fn a_weekly_entry_counts_from_when_it_was_announced_long_enough() {
        let weekly = Maintenance {
            when: When::Weekly(Weekly::parse("Thu 00:00-01:00 UTC").unwrap()),
            announced: Some(at(150)), // the epoch was a Thursday; occurrences at 0, 168, 336, … h
            ..once(0, 1)
        };
        let all = accepted(&[weekly]);
        let starts: Vec<_> = all.spans.iter().map(|(from, _)| from / HOUR).collect();
        assert_eq!(starts, [336, 504, 672, 840]);
        assert_eq!(all.refused.len(), 1);
        assert_eq!(all.refused[0].reason, RefusalReason::ShortNotice);
    }

    use super::super::Weekly;
}
