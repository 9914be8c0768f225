//! Verdicts, and the closed lists of reasons for those that are nobody's failure.

use serde::{Deserialize, Serialize};

/// Declares a closed list: an enum whose members each have one lasting wire name.
macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $member:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$member_meta])* $member,)+ }

        impl $name {
            /// Every member, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$member,)+];

            /// The lasting name, as it stands in metrics, JSON and reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }

            /// The member of this name; `None` for a name that is not on the list.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$member),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::from_name(&name).ok_or_else(|| {
                    serde::de::Error::custom(format_args!(
                        "`{name}` is not one of {}",
                        Self::ALL.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", "),
                    ))
                })
            }
        }
    };
}
pub(crate) use closed_list;

closed_list! {
    /// What became of a planned slot. Planned = pass + slow + fail + void + missed, always.
    Verdict {
        /// A user would have got what they came for.
        Pass = "pass",
        /// Passed, beyond a latency it was graded on.
        Slow = "slow",
        /// A user would have been let down.
        Fail = "fail",
        /// We could not measure: our own fault, proven. In no SLI's denominator.
        Void = "void",
        /// No run took place. In no SLI's denominator.
        Missed = "missed",
    }
}

impl Verdict {
    /// Whether a run took place whose times can be relied on.
    pub const fn is_measured(self) -> bool {
        match self {
            Self::Pass | Self::Slow | Self::Fail => true,
            Self::Void | Self::Missed => false,
        }
    }
}

closed_list! {
    /// What became of one step of a run.
    StepVerdict {
        /// Everything expected of it held.
        Pass = "pass",
        /// It held, beyond a latency it was graded on.
        Slow = "slow",
        /// Something expected of it did not hold, or it could not be carried out.
        Fail = "fail",
        /// Not carried out: an earlier step failed, or its `when` did not hold.
        Skipped = "skipped",
        /// We could not measure it.
        Void = "void",
    }
}

closed_list! {
    /// How an SLO counts a run (SLI arithmetic: only good and bad are valid).
    Outcome {
        /// In the numerator and the denominator.
        Good = "good",
        /// In the denominator only.
        Bad = "bad",
        /// Left out: accepted maintenance.
        Excluded = "excluded",
        /// Left out: void or missed, so nothing was measured.
        Invalid = "invalid",
        /// Left out: an SLO of passed runs only, and this one did not pass; or the judged step was
        /// skipped.
        Ineligible = "ineligible",
    }
}

closed_list! {
    /// Why we could not measure.
    VoidCause {
        /// Every reference target failed too.
        Isolated = "isolated",
        /// The resolver failed control names too, or refused its port.
        Resolver = "resolver",
        /// This machine has no route to any of the addresses.
        NoRoute = "no-route",
        /// No file descriptor or local port was left.
        NoDescriptors = "no-descriptors",
        /// The runtime kept the run waiting beyond the bound in a measured phase.
        Overloaded = "overloaded",
        /// The wall clock stepped during the run.
        ClockStep = "clock-step",
        /// A secret that the journey names cannot be read.
        SecretMissing = "secret-missing",
        /// The journey's own text names an address that the egress policy forbids.
        EgressDenied = "egress-denied",
        /// The prober was told to stop during the run.
        Shutdown = "shutdown",
        /// A fault of jaunt itself.
        Internal = "internal",
    }
}

closed_list! {
    /// Why no run took place in a planned slot.
    Missed {
        /// No agent was up.
        AgentDown = "agent-down",
        /// The agent was killed during the run.
        Killed = "killed",
        /// The run could not start within the start tolerance.
        Late = "late",
        /// The limit of concurrent runs was reached.
        Saturated = "saturated",
        /// The journey's previous run was still going on.
        Overlap = "overlap",
        /// The wall clock stepped over the slot.
        ClockStep = "clock-step",
        /// The machine was suspended.
        Suspended = "suspended",
        /// The agent was draining.
        Draining = "draining",
        /// A limit of the customer or agent refused it.
        Limit = "limit",
    }
}

/// We could not measure, and have proof that the fault is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// The cause, from the closed list.
    pub cause: VoidCause,
    /// A sentence for people; secrets redacted.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_found_by_its_own_name() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_name(verdict.as_str()), Some(*verdict));
        }
        for cause in VoidCause::ALL {
            assert_eq!(VoidCause::from_name(cause.as_str()), Some(*cause));
        }
        assert_eq!(Verdict::from_name("Pass"), None);
    }
}
