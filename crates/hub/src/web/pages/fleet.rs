//! The agents, with what became of their slots in the last day.

use super::SECOND_NS;
use crate::{
    store::{AgentSeen, StoreError},
    view::View,
    web::page::{Reader, page},
};
use axum::response::Response;
use jaunt_otlp::names::{attribute, metric};
use jaunt_pages::{AgentLine, fleet};
use std::collections::HashMap;

const DAY_S: i64 = 86_400;

pub(super) async fn show(Reader(view): Reader) -> Response {
    page(view, |view, frame| {
        let slots = slots(view)?;
        let agents = view.agents()?;
        let lines: Vec<_> = agents
            .iter()
            .map(|agent| line(agent, slots.get(&agent.instance)))
            .collect();
        Ok(fleet(&frame, &lines))
    })
    .await
}

/// Slots of the last day by agent and verdict.
fn slots(view: &View) -> Result<HashMap<String, [u64; 5]>, StoreError> {
    let now_s = view.now_ns().div_euclid(SECOND_NS);
    let mut all: HashMap<String, [u64; 5]> = HashMap::new();
    for (customer, journey) in view.journeys() {
        let day = now_s - DAY_S..now_s + 1;
        view.counts(&customer, &journey, day, |series, counts| {
            let sum = all.entry(series.agent.clone()).or_default();
            sum.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        })?;
    }
    Ok(all)
}

fn line(agent: &AgentSeen, slots: Option<&[u64; 5]>) -> AgentLine {
    let last_slot = agent.last_slot.unwrap_or(0).saturating_mul(SECOND_NS);
    let dropped = agent.about.get(metric::JOURNAL_DROPPED.name);
    let version = agent.about.get(attribute::SERVICE_VERSION.name);
    AgentLine {
        instance: agent.instance.clone(),
        region: agent.regions.join(", "),
        version: version.and_then(|text| Some(text.as_str()?.to_owned())),
        last_seen_ns: agent.seen_ns.unwrap_or(last_slot),
        journeys: u64::try_from(agent.journeys).unwrap_or(u64::MAX),
        slots: slots.copied().unwrap_or_default(),
        lateness_p99: None,
        dropped: dropped.and_then(serde_json::Value::as_f64).map_or(0, whole),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and what is shown is a count"
)]
fn whole(figure: f64) -> u64 {
    figure.max(0.0) as u64
}
