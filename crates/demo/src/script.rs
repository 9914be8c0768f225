//! What goes wrong when. Pure: the time is an argument.

use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The payment provider takes three seconds longer: slow, and bad for the SLO that asks for
    /// speed alone.
    SlowPayments,
    /// Nobody in Singapore gets through.
    RegionCutOff,
    /// The shop's certificate has expired.
    ExpiredCertificate,
    /// Everything costs nothing.
    WrongPrices,
    /// The shop's name cannot be resolved.
    NamesGone,
    /// The shop answers 503 to everybody.
    Outage,
}

impl Fault {
    /// All of them, in the order of the script.
    pub const ALL: [Self; 6] = [
        Self::SlowPayments,
        Self::RegionCutOff,
        Self::ExpiredCertificate,
        Self::WrongPrices,
        Self::NamesGone,
        Self::Outage,
    ];

    /// What a spectator is told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlowPayments => "payments are slow",
            Self::RegionCutOff => "sin is cut off",
            Self::ExpiredCertificate => "the shop's certificate has expired",
            Self::WrongPrices => "everything costs nothing",
            Self::NamesGone => "the shop's name cannot be resolved",
            Self::Outage => "the shop is out",
        }
    }
}

/// The script: calm, then a fault, again and again.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    calm: Duration,
    fault: Duration,
}

impl Default for Script {
    /// All six within five minutes: 20 s of calm before each, which lasts 30 s, so that journeys of
    /// ten seconds see each of them three times.
    fn default() -> Self {
        Self {
            calm: Duration::from_secs(20),
            fault: Duration::from_secs(30),
        }
    }
}

impl Script {
    /// What is wrong after so long; `None`: nothing.
    pub fn at(&self, elapsed: Duration) -> Option<Fault> {
        let scene = (self.calm + self.fault).as_millis().max(1);
        let within = elapsed.as_millis() % scene;
        if within < self.calm.as_millis() {
            return None;
        }
        let number = usize::try_from(elapsed.as_millis() / scene).unwrap_or(0);
        Fault::ALL.get(number % Fault::ALL.len()).copied()
    }

    /// When the next change is due, counted as `at` counts.
    pub fn next(&self, elapsed: Duration) -> Duration {
        let scene = self.calm + self.fault;
        let scenes = u32::try_from(elapsed.as_millis() / scene.as_millis().max(1)).unwrap_or(0);
        let begun = scene * scenes;
        if elapsed < begun + self.calm {
            begun + self.calm
        } else {
            begun + scene
        }
    }

    /// How long the whole script takes.
    pub fn length(&self) -> Duration {
        (self.calm + self.fault) * 6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_goes_wrong_once_in_five_minutes_and_then_again() {
        let script = Script::default();
        assert_eq!(script.length(), Duration::from_secs(300));
        for round in [0, 300, 3_000] {
            let mut seen = Vec::new();
            let mut now = Duration::from_secs(round);
            let end = now + script.length();
            while now < end {
                seen.extend(script.at(now));
                let next = script.next(now);
                assert!(next > now);
                now = next;
            }
            assert_eq!(seen, Fault::ALL, "from {round} s on");
        }
        assert_eq!(script.at(Duration::ZERO), None);
        assert_eq!(
            script.at(Duration::from_secs(49)),
            Some(Fault::SlowPayments)
        );
    }
}
