//! Phases: the stretches of an exchange, in order and without overlap.

use crate::verdict::closed_list;
use std::time::Duration;

closed_list! {
    /// A stretch of an exchange.
    Phase {
        /// From the question to the first connect attempt.
        Resolve = "resolve",
        /// To the winner's established connection.
        Connect = "connect",
        /// To the end of the TLS handshake.
        Tls = "tls",
        /// Until the request was handed to the kernel; with HTTP/2, its set-up too.
        Send = "send",
        /// To the first byte of the final response (HTTP/2: its headers).
        Wait = "wait",
        /// To the last byte.
        Receive = "receive",
    }
}

/// How long each phase took; one that did not happen is absent, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    took: [Option<Duration>; 6],
}

impl Phases {
    /// No phase has happened yet.
    pub const NONE: Self = Self { took: [None; 6] };

    /// How long `phase` took; `None` where it did not happen.
    pub fn took(&self, phase: Phase) -> Option<Duration> {
        self.took.get(phase as usize).copied().flatten()
    }

    /// Books `took` for `phase`, replacing what was booked before.
    pub fn set(&mut self, phase: Phase, took: Duration) {
        if let Some(slot) = self.took.get_mut(phase as usize) {
            *slot = Some(took);
        }
    }

    /// The phases that happened, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, Duration)> + '_ {
        Phase::ALL
            .iter()
            .filter_map(|phase| Some((*phase, self.took(*phase)?)))
    }

    /// All phases together.
    pub fn total(&self) -> Duration {
        self.iter().map(|(_, took)| took).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_that_did_not_happen_is_absent_not_zero() {
        let mut phases = Phases::NONE;
        phases.set(Phase::Wait, Duration::from_millis(3));
        phases.set(Phase::Connect, Duration::ZERO);
        assert_eq!(phases.took(Phase::Tls), None);
        assert_eq!(
            phases.iter().collect::<Vec<_>>(),
            [
                (Phase::Connect, Duration::ZERO),
                (Phase::Wait, Duration::from_millis(3))
            ]
        );
        assert_eq!(phases.total(), Duration::from_millis(3));
    }
}
