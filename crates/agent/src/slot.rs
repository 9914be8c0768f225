//! Slots: the moments on the wall clock at which a journey is due in a region.

use crate::stable_hash;
use std::time::Duration;

/// When a journey is due in a region: every `every`, a stable `phase` behind whole multiples.
///
/// The phase spreads load: journeys of one interval are due at different moments, the same ones
/// after every restart, and adding a journey moves no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Whole seconds, 1 to 86,400.
    every_s: u32,
    /// Milliseconds, below `every`.
    phase_ms: u32,
}

/// A slot: its nominal time, by which the slots of all regions and agents are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(i64);

/// An `every` that is no schedule's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleError;

const NS_PER_MS: i64 = 1_000_000;
const MS_PER_S: u32 = 1_000;
/// The longest distance between slots, in seconds: a day.
const LONGEST_S: u64 = 86_400;

impl Schedule {
    /// The schedule of a journey in a region.
    ///
    /// The phase is the first 8 bytes, big-endian, of SHA-256 of `customer \0 journey \0 region`,
    /// modulo `every` in milliseconds.
    ///
    /// # Errors
    /// `every` is not a whole number of seconds from 1 s to 1 d.
    pub fn new(
        customer: &str,
        journey: &str,
        region: &str,
        every: Duration,
    ) -> Result<Self, ScheduleError> {
        if every.subsec_nanos() != 0 || !(1..=LONGEST_S).contains(&every.as_secs()) {
            return Err(ScheduleError);
        }
        let every_s = u32::try_from(every.as_secs()).map_err(|_| ScheduleError)?;
        let phase = stable_hash(&[customer, journey, region]) % u64::from(every_s * MS_PER_S);
        let phase_ms = u32::try_from(phase).map_err(|_| ScheduleError)?;
        Ok(Self { every_s, phase_ms })
    }

    /// How far behind whole multiples of `every` its slots are due.
    pub const fn phase(&self) -> Duration {
        Duration::from_millis(self.phase_ms as u64)
    }

    /// Distance between slots.
    pub const fn every(&self) -> Duration {
        Duration::from_secs(self.every_s as u64)
    }

    /// The first slot due at or after `now` (Unix ns).
    pub fn next(&self, now_ns: i64) -> Slot {
        let every = i64::from(self.every_s) * 1_000 * NS_PER_MS;
        let since = now_ns.saturating_sub(i64::from(self.phase_ms) * NS_PER_MS);
        let n = since.div_euclid(every) + i64::from(since.rem_euclid(every) > 0);
        Slot(n * i64::from(self.every_s))
    }

    /// The slot after `slot`.
    pub fn after(&self, slot: Slot) -> Slot {
        Slot(slot.0 + i64::from(self.every_s))
    }

    /// The slot before `slot`.
    pub fn before(&self, slot: Slot) -> Slot {
        Slot(slot.0 - i64::from(self.every_s))
    }

    /// The first slot whose nominal time is that of `slot` or later.
    pub fn at_or_after(&self, slot: Slot) -> Slot {
        let every = i64::from(self.every_s);
        Slot(
            slot.0.div_euclid(every) * every
                + if slot.0.rem_euclid(every) > 0 {
                    every
                } else {
                    0
                },
        )
    }

    /// Distance between slots, seconds.
    pub const fn every_s(&self) -> u32 {
        self.every_s
    }

    /// When `slot` is due, Unix ns.
    pub fn due_ns(&self, slot: Slot) -> i64 {
        (slot.0 * 1_000 + i64::from(self.phase_ms)) * NS_PER_MS
    }

    /// How many slots are due from `from` on and before `to`.
    pub fn count(&self, from: Slot, to: Slot) -> u64 {
        u64::try_from((to.0 - from.0) / i64::from(self.every_s)).unwrap_or(0)
    }
}

impl Slot {
    /// The slot of this nominal time, as a record keeps it.
    pub const fn from_unix_s(nominal: i64) -> Self {
        Self(nominal)
    }

    /// Its nominal time in Unix seconds: a whole multiple of `every`.
    pub const fn unix_s(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("`every` is a whole number of seconds, from 1s to 1d")
    }
}

impl std::error::Error for ScheduleError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule(journey: &str, every_s: u64) -> Schedule {
        Schedule::new("acme", journey, "fra", Duration::from_secs(every_s)).unwrap()
    }

    /// Behaviour 34: from its names alone, so that a restart or a new journey moves none. Computed
    /// with `printf 'acme\0checkout\0fra' | sha256sum` and its like.
    #[test]
    fn the_phase_is_what_anyone_can_compute() {
        for (parts, every_s, phase_ms) in VECTORS {
            let [customer, journey, region] = parts;
            let schedule =
                Schedule::new(customer, journey, region, Duration::from_secs(every_s)).unwrap();
            assert_eq!(
                schedule.phase(),
                Duration::from_millis(phase_ms),
                "{parts:?} every {every_s}s"
            );
        }
    }

    const VECTORS: [([&str; 3], u64, u64); 4] = [
        (["acme", "checkout", "fra"], 60, 52743),
        (["acme", "checkout", "iad"], 60, 2831),
        (["default", "home", "local"], 1, 660),
        (["acme", "checkout[host=a.example]", "sin"], 86400, 25810135),
    ];

    #[test]
    fn an_interval_is_whole_seconds_up_to_a_day() {
        for (every, good) in [
            (Duration::from_millis(999), false),
            (Duration::from_secs(1), true),
            (Duration::from_millis(1500), false),
            (Duration::from_secs(86_400), true),
            (Duration::from_secs(86_401), false),
        ] {
            assert_eq!(
                Schedule::new("a", "b", "c", every).is_ok(),
                good,
                "{every:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_next_slot_is_the_first_one_due_at_or_after_now(
            journey in "[a-z]{1,8}", every_s in 1..=86_400_u64, now_ns in -4_000_000_000_000_000_000..4_000_000_000_000_000_000_i64,
        ) {
            let schedule = schedule(&journey, every_s);
            let slot = schedule.next(now_ns);
            let every_ns = i64::try_from(schedule.every().as_nanos()).unwrap();
            prop_assert!(schedule.due_ns(slot) >= now_ns);
            prop_assert!(schedule.due_ns(slot) - every_ns < now_ns);
            prop_assert_eq!(slot.unix_s() % i64::try_from(every_s).unwrap(), 0);
            prop_assert_eq!(schedule.next(schedule.due_ns(slot)), slot);
            prop_assert_eq!(schedule.next(schedule.due_ns(slot) + 1), schedule.after(slot));
        }
    }

    /// Behaviour 34.
    #[test]
    fn journeys_of_one_interval_are_spread_evenly() {
        let mut tenths = [0_u32; 10];
        for n in 0..10_000 {
            let phase = schedule(&format!("journey-{n}"), 60).phase().as_millis();
            tenths[usize::try_from(phase / 6_000).unwrap()] += 1;
        }
        assert!(
            tenths.iter().all(|count| (850..1150).contains(count)),
            "{tenths:?}"
        );
    }
}
