//! Four weeks before the demo, for the hub to show: simulated, and said to be.

use jaunt_demo::{Became, Past, Region, past};
use jaunt_hub::store::{Batch, Store, Unwritten};
use jaunt_otlp::Seen;
use jaunt_record::{Kind, Verdict};
use std::time::Duration;

const DAY_S: i64 = 86_400;
const DAYS: i64 = 28;
const SECOND_NS: i64 = 1_000_000_000;

/// The journey's interval, as its file has it.
const EVERY_S: u32 = 10;

/// Writes the four weeks before `now_s` into the hub's store, a day at a time, each received in time.
pub(super) async fn write(store: Store, regions: Vec<Region>, now_s: i64) -> Result<(), Unwritten> {
    for day in (0..DAYS).rev() {
        let to = now_s - day * DAY_S;
        let mut batch = Batch {
            scope: vec!["acme".to_owned()],
            recv_ns: to * SECOND_NS,
            ..Batch::default()
        };
        for region in &regions {
            let slots = past(
                region.name,
                region.distance,
                (to - DAY_S, to),
                (EVERY_S, now_s),
            );
            batch.slots.extend(slots.map(|slot| seen(region, slot)));
        }
        write_when_free(&store, batch).await?;
    }
    Ok(())
}

/// Other writers come first; the past can wait.
async fn write_when_free(store: &Store, batch: Batch) -> Result<(), Unwritten> {
    loop {
        match store.write(batch.clone()).await {
            Err(Unwritten::Busy) => tokio::time::sleep(Duration::from_millis(100)).await,
            done => return done.map(|_| ()),
        }
    }
}

fn seen(region: &Region, slot: Past) -> Seen {
    let verdict = match slot.became {
        Became::Passed => Verdict::Pass,
        Became::Slow => Verdict::Slow,
        Became::Failed(..) => Verdict::Fail,
        Became::Void => Verdict::Void,
        Became::Missed => Verdict::Missed,
    };
    let failed = match slot.became {
        Became::Failed(step, phase, kind, party) => Some((step, phase, Some(kind), party)),
        Became::Slow => Some(("pay", "wait", None, "provider:payments")),
        _ => None,
    };
    let cause = match slot.became {
        Became::Void => Some("overloaded"),
        Became::Missed => Some("agent-down"),
        _ => failed.and_then(|(_, _, kind, _)| kind),
    };
    let start_ns = slot.slot_s * SECOND_NS + SECOND_NS;
    let took = i64::try_from(slot.took.as_nanos()).unwrap_or(i64::MAX);
    Seen {
        customer: "acme".to_owned(),
        journey: "checkout".to_owned(),
        region: region.name.to_owned(),
        agent: format!("demo-{}", region.name),
        kind: Kind::Scheduled,
        run: None,
        slot: Some(slot.slot_s),
        count: 1,
        every_s: EVERY_S,
        start_ns,
        end_ns: start_ns.saturating_add(took),
        duration: slot.took,
        verdict,
        step: failed.map(|(step, ..)| step.to_owned()),
        phase: failed.map(|(_, phase, ..)| phase.to_owned()),
        cause: cause.map(str::to_owned),
        party: failed.map(|(.., party)| party.to_owned()),
        steps: Vec::new(),
    }
}
