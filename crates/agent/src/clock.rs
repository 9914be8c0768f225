//! What time it is, by three clocks: only together they tell a step of the clock from a suspend.

use std::{sync::Arc, time::Duration};

/// What tells the time: the system's clocks, or a test's.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Clock {
    /// The system's clocks.
    pub fn system() -> Self {
        Self::of(Moment::now)
    }

    /// A clock that says what `now` does.
    pub fn of(now: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// One moment, read from three clocks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock, Unix ns. People and time daemons may set it.
    pub wall_ns: i64,
    /// Time since some start, the machine awake (Linux: `CLOCK_MONOTONIC`).
    pub awake: Duration,
    /// Time since some start, suspends included (Linux: `CLOCK_BOOTTIME`).
    pub boot: Duration,
}

/// How the wall clock moved against the others between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// With them, to within [`Moment::STEP`].
    None,
    /// The machine was suspended for about this long.
    Suspended(Duration),
    /// Somebody set the clock forward.
    Forward(Duration),
    /// Somebody set the clock back.
    Back(Duration),
}

impl Moment {
    /// From here on the wall clock has stepped, below it was slewed.
    pub const STEP: Duration = Duration::from_secs(1);

    /// Now, by the system's clocks: the one edge of this crate that reads them.
    pub fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};
        let read = |clock| {
            let at = clock_gettime(clock);
            // The kernel keeps `tv_nsec` below a second, and these clocks are never negative.
            let seconds = u64::try_from(at.tv_sec).unwrap_or(0);
            Duration::new(seconds, u32::try_from(at.tv_nsec).unwrap_or(0))
        };
        let wall = read(ClockId::Realtime).as_nanos();
        Self {
            wall_ns: i64::try_from(wall).unwrap_or(i64::MAX),
            awake: read(ClockId::Monotonic),
            boot: read(ClockId::Boottime),
        }
    }

    /// How the wall clock moved from `earlier` to this moment, against the clocks that nobody sets.
    pub fn jump_since(&self, earlier: &Self) -> Jump {
        let awake = self.awake.saturating_sub(earlier.awake);
        let asleep = self.boot.saturating_sub(earlier.boot).saturating_sub(awake);
        let wall = i128::from(self.wall_ns) - i128::from(earlier.wall_ns);
        let step = wall - signed(awake);
        let bound = signed(Self::STEP);
        let length =
            |ns: i128| Duration::from_nanos(u64::try_from(ns.unsigned_abs()).unwrap_or(u64::MAX));
        if step < -bound {
            Jump::Back(length(step))
        } else if step <= bound {
            Jump::None
        } else if signed(asleep) * 2 >= step {
            // Of a suspend in which the clock was also set, the longer part gives the name.
            Jump::Suspended(length(step))
        } else {
            Jump::Forward(length(step))
        }
    }
}

fn signed(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall_s: i64, awake_s: u64, boot_s: u64) -> Moment {
        Moment {
            wall_ns: wall_s * 1_000_000_000,
            awake: Duration::from_secs(awake_s),
            boot: Duration::from_secs(boot_s),
        }
    }

    #[test]
    fn a_suspend_is_told_from_a_step_by_the_clock_that_counts_sleep() {
        let before = moment(1_000, 50, 70);
        let hour = Duration::from_secs(3_600);
        for (after, expected) in [
            (moment(1_010, 60, 80), Jump::None),
            (moment(1_011, 60, 80), Jump::None),
            (moment(4_610, 60, 80), Jump::Forward(hour)),
            (moment(4_610, 60, 3_680), Jump::Suspended(hour)),
            (moment(-2_590, 60, 80), Jump::Back(hour)),
            (moment(1_008, 60, 80), Jump::Back(Duration::from_secs(2))),
        ] {
            assert_eq!(after.jump_since(&before), expected, "{after:?}");
        }
    }

    #[test]
    fn the_systems_clocks_run_together() {
        let first = Moment::now();
        let second = Moment::now();
        assert!(second.awake >= first.awake && second.boot >= first.boot);
        assert_eq!(second.jump_since(&first), Jump::None);
        assert!(first.wall_ns > 1_600_000_000_000_000_000);
    }
}
