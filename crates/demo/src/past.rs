//! Four weeks that never were: what a hub would know of the shop, so that there is something to
//! look at. Pure, and the same for the same time; whoever shows it says that it is simulated.

use std::time::Duration;

/// What became of a slot of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// The shopper got what they came for.
    Passed,
    /// They did, slowly, since paying took its time.
    Slow,
    /// They were let down: step, phase, kind, party.
    Failed(&'static str, &'static str, &'static str, &'static str),
    /// It could not be measured.
    Void,
    /// Nothing ran.
    Missed,
}

/// A slot of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its nominal time, Unix seconds.
    pub slot_s: i64,
    /// How long the shopper waited.
    pub took: Duration,
    /// What became of it.
    pub became: Became,
}

/// Something that went wrong: how many minutes before the end it began, for how many, where.
struct Trouble {
    before_min: i64,
    for_min: i64,
    region: Option<&'static str>,
    became: Became,
}

const TROUBLES: [Trouble; 5] = [
    // 24 days ago the shop was out.
    Trouble {
        before_min: 24 * 1440 + 310,
        for_min: 25,
        region: None,
        became: Became::Failed("login", "wait", "http.5xx", "service"),
    },
    // 17 days ago payments were slow.
    Trouble {
        before_min: 17 * 1440 + 600,
        for_min: 50,
        region: None,
        became: Became::Slow,
    },
    // 11 days ago nobody in Singapore got through.
    Trouble {
        before_min: 11 * 1440 + 95,
        for_min: 40,
        region: Some("sin"),
        became: Became::Failed("login", "connect", "connect.refused", "network"),
    },
    // 8 days ago the agent in Virginia was restarted.
    Trouble {
        before_min: 8 * 1440 + 720,
        for_min: 12,
        region: Some("iad"),
        became: Became::Missed,
    },
    // 5 days ago a certificate had expired.
    Trouble {
        before_min: 5 * 1440 + 220,
        for_min: 6,
        region: None,
        became: Became::Failed("login", "tls", "tls.expired", "service"),
    },
];

/// The slots of a region in `[from_s, to_s)`, every `every_s` seconds. `now_s` is the end of it all,
/// from which troubles are counted back; `distance` is a round trip.
pub fn past(
    region: &'static str,
    distance: Duration,
    (from_s, to_s): (i64, i64),
    (every_s, now_s): (u32, i64),
) -> impl Iterator<Item = Past> {
    let every = i64::from(every_s.max(1));
    let first = from_s.div_euclid(every) + i64::from(from_s.rem_euclid(every) > 0);
    (first..)
        .map(move |number| number * every)
        .take_while(move |slot| *slot < to_s)
        .map(move |slot_s| {
            let dice = mixed(slot_s, region);
            let became = became(region, now_s - slot_s, dice);
            Past {
                slot_s,
                took: took(slot_s, distance, became, dice),
                became,
            }
        })
}

fn became(region: &str, ago_s: i64, dice: u64) -> Became {
    let trouble = TROUBLES.iter().find(|trouble| {
        let begun = trouble.before_min * 60;
        trouble.region.is_none_or(|name| name == region)
            && ago_s <= begun
            && ago_s > begun - trouble.for_min * 60
    });
    if let Some(trouble) = trouble {
        return trouble.became;
    }
    match dice % 36_000 {
        0..4 => Became::Failed("pay", "wait", "timeout.wait", "provider:payments"),
        4..6 => Became::Failed("browse", "expect", "expect.json", "service"),
        6..8 => Became::Void,
        8..40 => Became::Slow,
        _ => Became::Passed,
    }
}

/// Five round trips, the shop's work, a little more by day than by night.
fn took(slot_s: i64, distance: Duration, became: Became, dice: u64) -> Duration {
    let hour = slot_s.rem_euclid(86_400).unsigned_abs() / 3_600;
    let busy = 12 - hour.abs_diff(14).min(12);
    let work = Duration::from_micros(160_000 + busy * 9_000 + dice % 60_000);
    let whole = distance * 5 + work;
    match became {
        Became::Slow => whole + Duration::from_secs(3),
        Became::Failed(_, "wait", "timeout.wait", _) => whole + Duration::from_secs(4),
        Became::Failed(..) => whole / 4,
        Became::Missed => Duration::ZERO,
        Became::Passed | Became::Void => whole,
    }
}

/// A number that looks random and is the same each time (splitmix64; Steele et al., 2014).
fn mixed(slot_s: i64, region: &str) -> u64 {
    let mut z = region.bytes().fold(slot_s.unsigned_abs(), |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_600_000;

    fn month(region: &'static str) -> Vec<Past> {
        let span = (NOW - 28 * 86_400, NOW);
        past(region, Duration::from_millis(90), span, (10, NOW)).collect()
    }

    #[test]
    fn each_slot_of_the_month_is_there_once_and_most_passed() {
        for region in ["fra", "iad", "sin"] {
            let month = month(region);
            assert_eq!(month.len(), 28 * 8_640);
            assert!(
                month
                    .windows(2)
                    .all(|pair| pair[1].slot_s - pair[0].slot_s == 10)
            );
            let failed = month
                .iter()
                .filter(|past| matches!(past.became, Became::Failed(..)));
            let failed = failed.count();
            assert!((100..700).contains(&failed), "{region}: {failed}");
        }
    }

    #[test]
    fn trouble_strikes_where_and_when_it_is_said_to() {
        let away = |region| {
            let refused = Became::Failed("login", "connect", "connect.refused", "network");
            let month = month(region);
            month.iter().filter(|past| past.became == refused).count()
        };
        assert_eq!((away("sin"), away("fra")), (240, 0));
        let missed = |past: &&Past| past.became == Became::Missed;
        assert_eq!(month("iad").iter().filter(missed).count(), 72);
    }

    #[test]
    fn the_past_is_the_same_each_time_it_is_told() {
        assert_eq!(month("fra"), month("fra"));
    }
}
