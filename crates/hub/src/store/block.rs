//! Slots of one series and day in few bytes: columns, split into bytes of one weight, compressed.
//!
//! What is regular (slots, their phase) becomes constant and costs nothing; what is left is the
//! jitter of start, duration and delivery. Each column is its distances from its least value, laid
//! out most significant byte first over all slots, so that zstd sees runs of zeros and bytes of one
//! distribution. By the bench: 6.3 bytes a slot, the database's own included, with 5 ms of lateness,
//! 90 ms of spread and a slot a minute for 90 days. Weighed: varints (a random number costs an eighth
//! more), bit packing (one outlier widens all).

use super::slot::{More, Slot};
use jaunt_record::{StepVerdict, Verdict};
use jaunt_slo::Cause;
use prost::Message;
use std::collections::BTreeSet;

/// Blocks hold no more slots than this: a day of slots of 1 s, with room.
const MOST: usize = 100_000;
/// No block is larger than this when unpacked.
const LARGEST: usize = 64 << 20;
/// A higher level gains 2 % and takes four times as long.
const LEVEL: i32 = 3;

/// Bytes that are no block of slots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no block of slots: {0}")]
pub(super) struct Damaged(pub(super) &'static str);

#[derive(Clone, PartialEq, Message)]
struct Block {
    #[prost(uint32, tag = "1")]
    count: u32,
    #[prost(message, repeated, tag = "2")]
    columns: Vec<Column>,
    #[prost(message, repeated, tag = "3")]
    reasons: Vec<Reason>,
    #[prost(message, repeated, tag = "4")]
    steps: Vec<StepColumn>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Column {
    #[prost(sint64, tag = "1")]
    least: i64,
    #[prost(bytes = "vec", tag = "2")]
    planes: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Reason {
    #[prost(string, optional, tag = "1")]
    step: Option<String>,
    #[prost(string, optional, tag = "2")]
    phase: Option<String>,
    #[prost(string, optional, tag = "3")]
    kind: Option<String>,
    #[prost(string, optional, tag = "4")]
    party: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct StepColumn {
    #[prost(string, tag = "1")]
    id: String,
    /// 0: not there; else the verdict's place on its list, plus one.
    #[prost(message, optional, tag = "2")]
    verdicts: Option<Column>,
    #[prost(message, optional, tag = "3")]
    took_us: Option<Column>,
}

/// The columns that each block has, in this order.
const COLUMNS: usize = 8;

/// Packs slots, which are in the order of their time.
pub(super) fn pack(slots: &[Slot]) -> Vec<u8> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut values: [Vec<i64>; COLUMNS] = Default::default();
    let mut before = 0;
    for slot in slots {
        let more = slot.more.as_deref();
        let reason = more.map_or(0, |more| place(&mut reasons, &more.cause));
        let rest = slot.end_us - slot.start_us - whole(slot.duration_us);
        let row = [
            slot.slot - before,
            slot.start_us - slot.slot * 1_000_000,
            whole(slot.duration_us),
            rest,
            slot.recv_s - slot.end_us.div_euclid(1_000_000),
            place_of(&Verdict::ALL, slot.verdict),
            reason,
            // Of a range its length and distance in one: both are 0 elsewhere.
            more.map_or(0, |m| (whole(m.count) - 1) << 20 | i64::from(m.every_s)),
        ];
        for (column, value) in values.iter_mut().zip(row) {
            column.push(value);
        }
        before = slot.slot;
    }
    let block = Block {
        count: u32::try_from(slots.len()).unwrap_or(u32::MAX),
        columns: values.iter().map(|values| Column::of(values)).collect(),
        reasons,
        steps: steps(slots),
    };
    super::zipped::zip(&block.encode_to_vec(), LEVEL)
}

fn steps(slots: &[Slot]) -> Vec<StepColumn> {
    let more = slots.iter().filter_map(|slot| slot.more.as_deref());
    let ids: BTreeSet<&str> = more
        .flat_map(|more| more.steps.iter().map(|step| step.0.as_str()))
        .collect();
    let column = |id: &str| {
        let of = |slot: &Slot| {
            let steps = &slot.more.as_deref()?.steps;
            let (_, verdict, us) = steps.iter().find(|step| step.0 == id)?;
            Some((place_of(&StepVerdict::ALL, *verdict) + 1, whole(*us)))
        };
        let (verdicts, took): (Vec<_>, Vec<_>) =
            slots.iter().map(|slot| of(slot).unwrap_or((0, 0))).unzip();
        StepColumn {
            id: id.to_owned(),
            verdicts: Some(Column::of(&verdicts)),
            took_us: Some(Column::of(&took)),
        }
    };
    ids.into_iter().map(column).collect()
}

/// The slots of a block.
///
/// # Errors
/// The bytes are damaged. Never panics, whatever they are.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Slot>, Damaged> {
    let plain = super::zipped::unzip(bytes, LARGEST).ok_or(Damaged("not zstd"))?;
    let block = Block::decode(plain.as_slice()).map_err(|_| Damaged("no message"))?;
    let count = usize::try_from(block.count).unwrap_or(usize::MAX);
    if count > MOST {
        return Err(Damaged("too many slots"));
    }
    let columns: Vec<Vec<i64>> = (block.columns.iter())
        .map(|column| column.values(count))
        .collect::<Result<_, _>>()?;
    let [
        gaps,
        phases,
        durations,
        rests,
        lags,
        verdicts,
        reasons,
        ranges,
    ] = columns.as_slice()
    else {
        return Err(Damaged("other columns"));
    };
    let steps: Vec<(String, Vec<i64>, Vec<i64>)> = (block.steps.into_iter())
        .map(|step| step.values(count))
        .collect::<Result<_, _>>()?;
    let mut slots = Vec::with_capacity(count);
    let mut at = 0_i64;
    for n in 0..count {
        let of = |column: &[i64]| column.get(n).copied().unwrap_or_default();
        at = at.saturating_add(of(gaps));
        let start_us = at.saturating_mul(1_000_000).saturating_add(of(phases));
        let duration = of(durations);
        let end_us = start_us.saturating_add(duration).saturating_add(of(rests));
        slots.push(Slot {
            slot: at,
            start_us,
            end_us,
            duration_us: u64::try_from(duration).map_err(|_| Damaged("a negative duration"))?,
            verdict: member(&Verdict::ALL, of(verdicts))?,
            recv_s: end_us.div_euclid(1_000_000).saturating_add(of(lags)),
            more: more(n, of(reasons), of(ranges), &block.reasons, &steps)?,
        });
    }
    Ok(slots)
}

fn more(
    n: usize,
    reason: i64,
    range: i64,
    reasons: &[Reason],
    steps: &[(String, Vec<i64>, Vec<i64>)],
) -> Result<Option<Box<More>>, Damaged> {
    let mut found = Vec::new();
    for (id, verdicts, took) in steps {
        let verdict = verdicts.get(n).copied().unwrap_or_default();
        if verdict > 0 {
            let us = took.get(n).copied().unwrap_or_default();
            let verdict = member(&StepVerdict::ALL, verdict - 1)?;
            found.push((id.clone(), verdict, us.unsigned_abs()));
        }
    }
    let cause = match usize::try_from(reason) {
        Ok(0) => Cause::default(),
        Ok(place) => {
            let reason = reasons.get(place - 1);
            Cause::from(reason.ok_or(Damaged("no such reason"))?.clone())
        }
        Err(_) => return Err(Damaged("no such reason")),
    };
    if cause.is_empty() && found.is_empty() && range == 0 {
        return Ok(None);
    }
    Ok(Some(Box::new(More {
        cause,
        steps: found,
        count: (range >> 20).unsigned_abs() + 1,
        every_s: u32::try_from(range & 0xf_ffff).unwrap_or(0),
    })))
}

impl From<Reason> for Cause {
    fn from(reason: Reason) -> Self {
        Self {
            step: reason.step,
            phase: reason.phase,
            kind: reason.kind,
            party: reason.party,
        }
    }
}

/// The place of a cause among those so far, from 1; 0 for none.
pub(super) fn place(reasons: &mut Vec<Reason>, cause: &Cause) -> i64 {
    if cause.is_empty() {
        return 0;
    }
    let reason = Reason {
        step: cause.step.clone(),
        phase: cause.phase.clone(),
        kind: cause.kind.clone(),
        party: cause.party.clone(),
    };
    let at = reasons.iter().position(|other| *other == reason);
    let at = at.unwrap_or_else(|| {
        reasons.push(reason);
        reasons.len() - 1
    });
    whole(at as u64) + 1
}

/// The place of a member on its closed list. The lists only grow at their ends: see the test.
fn place_of<T: PartialEq>(all: &&[T], member: T) -> i64 {
    let at = all.iter().position(|one| *one == member);
    whole(at.unwrap_or(0) as u64)
}

fn member<T: Copy>(all: &&[T], place: i64) -> Result<T, Damaged> {
    let member = usize::try_from(place).ok().and_then(|at| all.get(at));
    member.copied().ok_or(Damaged("an unknown verdict"))
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Column {
    pub(super) fn of(values: &[i64]) -> Self {
        let least = values.iter().copied().min().unwrap_or(0);
        let over: Vec<u64> = (values.iter())
            .map(|value| value.wrapping_sub(least).cast_unsigned())
            .collect();
        let most = over.iter().copied().max().unwrap_or(0);
        let width = (64 - most.leading_zeros()).div_ceil(8);
        let mut planes = Vec::with_capacity(over.len() * width as usize);
        for plane in (0..width).rev() {
            let byte = |value: &u64| value.to_le_bytes().get(plane as usize).copied();
            planes.extend(over.iter().filter_map(byte));
        }
        Self { least, planes }
    }

    pub(super) fn values(&self, count: usize) -> Result<Vec<i64>, Damaged> {
        if count == 0 || self.planes.is_empty() {
            return Ok(vec![self.least; count]);
        }
        let width = self.planes.len() / count;
        if !self.planes.len().is_multiple_of(count) || width > 8 {
            return Err(Damaged("a column of another length"));
        }
        let mut over = vec![0_u64; count];
        for plane in self.planes.chunks(count) {
            for (value, byte) in over.iter_mut().zip(plane) {
                *value = *value << 8 | u64::from(*byte);
            }
        }
        let value = |over: &u64| self.least.wrapping_add(over.cast_signed());
        Ok(over.iter().map(value).collect())
    }
}

impl StepColumn {
    fn values(self, count: usize) -> Result<(String, Vec<i64>, Vec<i64>), Damaged> {
        let verdicts = self.verdicts.unwrap_or_default().values(count)?;
        let took = self.took_us.unwrap_or_default().values(count)?;
        Ok((self.id, verdicts, took))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slot() -> impl Strategy<Value = Slot> {
        let name = || proptest::option::of("[a-z.]{1,8}");
        let cause = (name(), name(), name(), name());
        let steps = proptest::collection::btree_map("[a-c]", (0..5_usize, any::<u32>()), 0..3);
        let more = proptest::option::of((cause, steps, 1..700_000_u64, 0..86_401_u32));
        let times = (
            0..4_000_000_000_i64,
            0..3_600_000_000_i64,
            0..90_000_000_u64,
            -5..9_000_i64,
        );
        (times, 0..5_usize, 0..90_000_i64, more).prop_map(|(times, verdict, lag, more)| {
            let (slot, phase, duration_us, rest) = times;
            let start_us = slot * 1_000_000 + phase;
            let end_us = start_us + whole(duration_us) + rest;
            let more = more.map(|((step, phase, kind, party), steps, count, every_s)| More {
                cause: Cause {
                    step,
                    phase,
                    kind,
                    party,
                },
                steps: (steps.into_iter())
                    .map(|(id, (v, us))| (id, StepVerdict::ALL[v], u64::from(us)))
                    .collect(),
                count,
                every_s,
            });
            let bare = |m: &More| {
                m.cause.is_empty() && m.steps.is_empty() && m.count == 1 && m.every_s == 0
            };
            Slot {
                slot,
                start_us,
                end_us,
                duration_us,
                verdict: Verdict::ALL[verdict],
                recv_s: end_us.div_euclid(1_000_000) + lag,
                more: more.filter(|more| !bare(more)).map(Box::new),
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(mut slots in proptest::collection::vec(slot(), 0..50)) {
            slots.sort_by_key(|slot| slot.slot);
            prop_assert_eq!(unpack(&pack(&slots)), Ok(slots));
        }

        #[test]
        fn any_bytes_are_slots_or_damaged(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
            let _ = unpack(&crate::store::zipped::zip(&bytes, LEVEL));
        }
    }

    #[test]
    fn the_lists_of_verdicts_only_grow_at_their_ends() {
        let names = |all: &[Verdict]| all.iter().map(|v| v.as_str()).collect::<Vec<_>>();
        assert_eq!(
            names(Verdict::ALL),
            ["pass", "slow", "fail", "void", "missed"]
        );
        let names: Vec<_> = StepVerdict::ALL.iter().map(|v| v.as_str()).collect();
        assert_eq!(names, ["pass", "slow", "fail", "skipped", "void"]);
    }

    #[test]
    fn a_slot_takes_less_than_eight_bytes() {
        // Jitter from a fixed xorshift: 5 ms of lateness, 90 ms of spread, 5 s of delivery.
        let mut state = 0x9e37_79b9_u64;
        let mut random = |below: i64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11).cast_signed() % below
        };
        let slots: Vec<_> = (0..1_440)
            .map(|n| {
                let start_us = n * 60_000_000 + 23_456_000 + random(5_000);
                let duration = 700_000 + random(90_000);
                let end_us = start_us + duration + random(400);
                Slot {
                    slot: n * 60,
                    start_us,
                    end_us,
                    duration_us: duration.unsigned_abs(),
                    verdict: Verdict::Pass,
                    recv_s: end_us / 1_000_000 + 1 + random(5),
                    more: None,
                }
            })
            .collect();
        let bytes = pack(&slots).len();
        assert!(bytes < 1_440 * 8, "{bytes}");
    }
}
