//! The agents: who measures, from where, and how well.

use crate::{Frame, show};
use jaunt_record::Verdict;
use jaunt_slo::words::{lasting, seconds_between};
use maud::{Markup, html};
use std::time::Duration;

/// An agent in the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentLine {
    /// Its instance id.
    pub instance: String,
    /// Where it measures.
    pub region: String,
    /// Its version, where it said.
    pub version: Option<String>,
    /// When it was last heard, Unix ns.
    pub last_seen_ns: i64,
    /// Journeys that it carried out in the last day.
    pub journeys: u64,
    /// Slots of the last day by verdict: pass, slow, fail, void, missed.
    pub slots: [u64; 5],
    /// The 99th percentile of how late runs started; `None` where it is not known.
    pub lateness_p99: Option<Duration>,
    /// Records that it had to drop, as far as it said.
    pub dropped: u64,
}

/// How long an agent may be silent before the page says so, seconds.
const SILENT_S: f64 = 300.0;

/// The page.
pub fn fleet(frame: &Frame, agents: &[AgentLine]) -> String {
    if frame.counts() {
        return frame.page("Fleet", &elsewhere());
    }
    let silent = agents
        .iter()
        .filter(|agent| age(frame, agent) > SILENT_S)
        .count();
    let content = html! {
        h1 { @match (agents.len(), silent) {
            (0, _) => "No agent was heard yet",
            (1, 0) => "One agent measures",
            (all, 0) => { (all) " agents measure" }
            (all, silent) => { (silent) " of " (all) " agents are silent" }
        } }
        p { "What agents could not measure or missed counts against nobody, and is shown here." }
        div.scroll tabindex="0" role="region" aria-label="Agents" { table {
            thead { tr {
                th scope="col" { "agent" } th scope="col" { "region" } th scope="col" { "version" }
                th scope="col" { "last heard" } th.n scope="col" { "journeys" }
                @for verdict in Verdict::ALL { th.n scope="col" { (verdict.as_str()) } }
                th.n scope="col" { "late, p99" } th.n scope="col" { "dropped" }
            } }
            tbody { @for agent in agents { tr {
                th scope="row" { (agent.instance) }
                td { (agent.region) }
                td { (agent.version.as_deref().unwrap_or("–")) }
                td { @if age(frame, agent) > SILENT_S {
                    span.violated { "✕ silent for " (lasting(age(frame, agent))) }
                } @else { (lasting(age(frame, agent))) " ago" } }
                td.n { (show::count(agent.journeys)) }
                @for count in agent.slots { td.n { (show::count(count)) } }
                td.n { (agent.lateness_p99.map_or_else(|| "–".to_owned(), show::took)) }
                td.n { (show::count(agent.dropped)) }
            } } }
        } }
        p.soft { "Slots are those of the last 24 hours." }
    };
    frame.page("Fleet", &content)
}

/// What is said where agents report to another store.
fn elsewhere() -> Markup {
    html! {
        h1 { "Agents are not known here" }
        p {
            "This hub reads counters, and agents report to the store that it reads. Their versions, lateness "
            "and drops are in the metrics that they export (" code { "jaunt.agent.*" } ") and on each agent's "
            code { "/status" } "."
        }
    }
}

fn age(frame: &Frame, agent: &AgentLine) -> f64 {
    seconds_between(agent.last_seen_ns.min(frame.at_ns), frame.at_ns)
}
