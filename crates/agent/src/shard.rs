//! Shards: which of several agents owns a journey, by rendezvous hashing.

use crate::stable_hash;

/// Agent `number` of `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    total: u32,
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShardError {
    /// Neither `K/N` nor `ordinal/N`.
    Form(String),
    /// `K` is not from 1 to `N`, or `N` is not from 1 to 1,000.
    Range(String),
    /// `ordinal/N`, but the host's name does not end in `-NUMBER`.
    Host(String),
}

impl Shard {
    /// All of it: one agent.
    pub const WHOLE: Self = Self {
        number: 1,
        total: 1,
    };

    /// The shard that `text` names: `2/5`, or `ordinal/5` for the number that ends `host`, plus one.
    ///
    /// # Errors
    /// `text` is neither, its numbers are out of range, or `host` ends in no number.
    pub fn parse(text: &str, host: &str) -> Result<Self, ShardError> {
        let form = || ShardError::Form(text.to_owned());
        let (which, total) = text.split_once('/').ok_or_else(form)?;
        let total: u32 = total.trim().parse().map_err(|_| form())?;
        let number = match which.trim() {
            "ordinal" => ordinal(host).ok_or_else(|| ShardError::Host(host.to_owned()))?,
            number => number.parse().map_err(|_| form())?,
        };
        if !(1..=1_000).contains(&total) || !(1..=total).contains(&number) {
            return Err(ShardError::Range(text.to_owned()));
        }
        Ok(Self { number, total })
    }

    /// Whether this agent runs the journey.
    ///
    /// Agent k of N owns those for which the first 8 bytes, big-endian, of SHA-256 of
    /// `customer \0 journey \0 k` are greatest over k in 1..N, so that a change of N moves only one
    /// part in N.
    pub fn owns(&self, customer: &str, journey: &str) -> bool {
        let weight = |k: u32| stable_hash(&[customer, journey, &k.to_string()]);
        // Of equal weights the lower number wins: `max_by_key` would take the last one.
        let owner = (1..=self.total).rev().max_by_key(|k| weight(*k));
        owner == Some(self.number)
    }
}

/// The number that ends a StatefulSet pod's name, plus one.
fn ordinal(host: &str) -> Option<u32> {
    let name = host.split('.').next()?;
    let (_, number) = name.rsplit_once('-')?;
    number.parse::<u32>().ok()?.checked_add(1)
}

impl std::fmt::Display for ShardError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(text) => write!(
                f,
                "`{text}` is no shard: write `2/5`, or `ordinal/5` in a StatefulSet"
            ),
            Self::Range(text) => write!(
                f,
                "shard `{text}` is out of range: K/N has K from 1 to N, N from 1 to 1000"
            ),
            Self::Host(host) => write!(
                f,
                "the host name `{host}` ends in no number for `ordinal/N` to use"
            ),
        }
    }
}

impl std::error::Error for ShardError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owner(total: u32, journey: &str) -> u32 {
        let owners: Vec<u32> = (1..=total)
            .filter(|number| {
                Shard {
                    number: *number,
                    total,
                }
                .owns("acme", journey)
            })
            .collect();
        assert_eq!(owners.len(), 1, "{journey} of {total}");
        owners[0]
    }

    proptest! {
        #[test]
        fn every_journey_has_one_owner_and_a_new_shard_takes_only_for_itself(journey in "[a-z0-9-]{1,12}", total in 1..20_u32) {
            let (before, after) = (owner(total, &journey), owner(total + 1, &journey));
            prop_assert!(after == before || after == total + 1);
        }
    }

    #[test]
    fn a_fifth_shard_takes_a_fifth() {
        let moved = (0..5_000)
            .filter(|n| owner(5, &format!("journey-{n}")) == 5)
            .count();
        assert!((900..1100).contains(&moved), "{moved}");
    }

    /// Computed with `printf 'acme\0checkout\0K' | sha256sum` for each K.
    #[test]
    fn the_owner_is_what_anyone_can_compute() {
        const VECTORS: [(&str, u32, u32); 4] = [
            ("checkout", 1, 1),
            ("checkout", 5, 4),
            ("home", 3, 3),
            ("checkout[host=a.example]", 7, 5),
        ];
        for (journey, total, expected) in VECTORS {
            assert_eq!(owner(total, journey), expected, "{journey} of {total}");
        }
    }

    #[test]
    fn a_shard_is_read_from_text_or_from_the_pods_name() {
        let whole = Shard::parse("1/1", "");
        assert_eq!(whole, Ok(Shard::WHOLE));
        for (text, host, expected) in [
            ("2/5", "anything", Some((2, 5))),
            ("ordinal/3", "jaunt-agent-0", Some((1, 3))),
            ("ordinal/3", "jaunt-agent-2.jaunt.svc", Some((3, 3))),
            ("ordinal/3", "jaunt-agent-3", None),
            ("ordinal/3", "laptop", None),
            ("0/3", "", None),
            ("4/3", "", None),
            ("1/0", "", None),
            ("1/1001", "", None),
            ("2", "", None),
            ("a/b", "", None),
        ] {
            let found = Shard::parse(text, host)
                .ok()
                .map(|shard| (shard.number, shard.total));
            assert_eq!(found, expected, "{text} on {host}");
        }
    }
}
