//! An agent, what it measures, and where it sends what it found.

use super::account::Account;
use crate::support::{
    agent::{Agent, Home},
    nginx::{Nginx, Site},
    otlp::Receiver,
    place,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) const JOURNEYS: usize = 10;

/// An agent, what it measures, and where it sends what it found.
pub(crate) struct Stage {
    pub(crate) home: Home,
    pub(crate) agent: Option<Agent>,
    pub(crate) said: String,
    pub(crate) target: Nginx,
    pub(crate) receiver: Receiver,
}

impl Stage {
    /// Ten journeys a second against one nginx; every slot is sent, metrics each second.
    pub(crate) fn new() -> Option<Self> {
        Self::with("", 1)
    }

    /// The same, with `more` at the end of its configuration and so many steps in each journey.
    pub(crate) fn with(more: &str, steps: usize) -> Option<Self> {
        let target = Nginx::start(Site::default())?;
        let receiver = Receiver::start()?;
        let export = format!(
            "\n[[export]]\nname = \"backend\"\nendpoint = \"{}\"\nslots = true\ninterval = \"1s\"\n",
            receiver.http()
        );
        let home = Home::new(&format!("{export}{more}"));
        for n in 0..JOURNEYS {
            let url = target.url(&format!("/?j{n}"));
            let steps = (0..steps).map(|step| {
                format!("[[step]]\nid = \"s{step}\"\nrequest = \"GET {url}\"\nstatus = 200\n")
            });
            let text = format!(
                "journey = \"j{n}\"\ncustomer = \"acme\"\nevery = \"1s\"\ndeadline = \"900ms\"\n{}",
                steps.collect::<String>()
            );
            home.journey(&format!("j{n}"), &text);
        }
        Some(Self {
            home,
            agent: None,
            said: String::new(),
            target,
            receiver,
        })
    }

    pub(crate) fn start(&mut self) {
        let agent = self.home.start();
        agent.until_says("journeys loaded");
        self.agent = Some(agent);
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.agent.take().unwrap().kill();
    }

    /// SIGTERM; comes back once it has drained.
    pub(crate) fn stop(&mut self) {
        let agent = self.agent.take().unwrap();
        agent.signal("TERM");
        place::until("a drained agent", || agent.said().contains("drained"));
        self.said.push_str(&agent.said());
        assert_eq!(agent.ended(), Some(0));
    }

    /// Lets `count` slots find the collector in this mood, until one met it.
    pub(crate) fn suffers(&self, mood: &Value, count: usize) {
        let met = self.receiver.met(mood);
        self.receiver.mood(mood);
        self.measures(count);
        place::until(&format!("a request that met {mood}"), || {
            self.receiver.met(mood) > met
        });
    }

    /// The collector is gone while `meanwhile` passes; nothing came to it in that time.
    pub(crate) fn outage(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        self.receiver.stop();
        let (came, asked) = (self.receiver.received().len(), self.target.log(0).len());
        meanwhile(self);
        assert_eq!(self.receiver.received().len(), came, "no outage");
        assert!(self.target.log(0).len() > asked, "no slot fell into it");
        self.receiver.resume();
    }

    /// The longest time without a request at the target.
    pub(crate) fn longest_silence(&self) -> f64 {
        let mut times: Vec<f64> = self
            .target
            .log(2)
            .iter()
            .map(|request| request["at"].as_f64().unwrap())
            .collect();
        times.sort_by(f64::total_cmp);
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.fold(0.0, f64::max)
    }

    /// Waits until `count` requests more have reached the target.
    pub(crate) fn measures(&self, count: usize) {
        let before = self.target.log(0).len();
        self.target.log(before + count);
    }

    /// Drains, waits until all that is in the journal came, and holds it against the target's log.
    pub(crate) fn accounts(mut self) -> Account {
        self.receiver.mood(&json!({}));
        let account = self.delivered();
        account.adds_up(1);
        assert_eq!(account.journeys().len(), JOURNEYS);
        self.target_agrees(&account);
        account
    }

    /// Drains twice, and adds up what came: what the first final export did not bring in its time
    /// stays in the journal for the next start.
    pub(crate) fn delivered(&mut self) -> Account {
        self.stop();
        self.start();
        self.measures(JOURNEYS);
        self.stop();
        Account::of(&self.receiver)
    }

    /// Each request in the target's log is a run that came, but those that were cut off by a kill.
    fn target_agrees(&self, account: &Account) {
        let requests = self.target.log(1);
        let run = |request: &Value| {
            let trace = request["trace"].as_str().unwrap();
            trace.split('-').nth(1).unwrap().to_owned()
        };
        let asked: BTreeSet<String> = requests.iter().map(run).collect();
        assert_eq!(asked.len(), requests.len(), "each run asked once");
        let told: BTreeSet<String> = account
            .slots
            .values()
            .filter_map(|slot| slot.run.clone())
            .collect();
        let unasked: Vec<_> = told.difference(&asked).collect();
        assert!(
            unasked.is_empty(),
            "runs that never reached the target: {unasked:?}"
        );
        let cut_off = asked.difference(&told).count();
        let killed = account
            .slots
            .values()
            .filter(|slot| slot.cause.as_deref() == Some("killed"));
        let killed = killed.count();
        assert!(
            cut_off <= killed,
            "{cut_off} runs are nowhere, {killed} were cut off"
        );
    }
}
