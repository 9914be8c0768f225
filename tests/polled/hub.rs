//! The same for a hub: what it judges comes from signed bundles, by the agent's own code.

use super::Author;
use crate::support::{
    http,
    jaunt::{Running, jaunt},
    place::{self, until},
};
use serde_json::Value;
use std::{fs, net::SocketAddr};

/// A hub whose journeys come from an author's bundle.
struct Hub {
    web: SocketAddr,
    file: String,
}

impl Hub {
    fn of(author: &Author) -> Self {
        let (web, ingest) = (place::address(), place::address());
        let text = format!(
            "data_dir = \"hub\"\nweb = \"{web}\"\ningest = \"{ingest}\"\n\
             [[source]]\nbundle = \"https://{}/acme.jaunt\"\nkeys = [\"file:acme.pub\"]\n\
             customer = \"acme\"\nevery = \"1s\"\nca = \"ca.pem\"\n",
            author.addr
        );
        let file = author.at("hub.toml");
        fs::write(&file, text).unwrap();
        Self {
            web,
            file: file.to_str().unwrap().to_owned(),
        }
    }

    fn start(&self) -> Running {
        let running = jaunt(["hub", "--config", &self.file]).start();
        place::until_accepting(self.web, "the hub's pages");
        running
    }

    /// The objectives that it judges.
    fn objectives(&self) -> Vec<String> {
        let slos: Value = serde_json::from_str(&http::get(self.web, "/api/v1/slos")).unwrap();
        let slos = slos["slos"].as_array().unwrap().iter();
        slos.map(|slo| slo["budget"]["objective"].as_str().unwrap().to_owned())
            .collect()
    }

    fn until_judges(&self, objective: &str) {
        until(&format!("{objective} in force"), || {
            self.objectives() == [objective]
        });
    }
}

/// A bundle of one journey with this objective.
fn bundle(author: &Author, objective: &str, sequence: u64, key: &str) -> Vec<u8> {
    let folder = author.at(&format!("of-{objective}"));
    fs::create_dir_all(&folder).unwrap();
    let journey = format!(
        "journey = \"home\"\nevery = \"1m\"\nregions = [\"fra\"]\n\
         [[step]]\nid = \"get\"\nrequest = \"GET https://shop.example.net/\"\nstatus = 200\n\
         [[slo]]\nname = \"up\"\nobjective = \"{objective}\"\nwindow = \"28d\"\n"
    );
    fs::write(folder.join("home.toml"), journey).unwrap();
    let ran = jaunt(["bundle", "build"])
        .arg(folder)
        .args(["--customer", "acme", "--expires", "90d"])
        .args(["--sequence", &sequence.to_string()])
        .arg("--key")
        .arg(author.at(key))
        .arg("-o")
        .arg(author.at("made"))
        .go();
    assert_eq!(ran.code, 0, "{ran}");
    fs::read(author.at("made")).unwrap()
}

#[test]
fn a_hub_judges_by_the_newest_bundle_and_by_the_last_good_one_where_that_is_refused() {
    let Some(mut author) = Author::new() else {
        return;
    };
    let hub = Hub::of(&author);
    author.publish(&bundle(&author, "99%", 2, "acme.key"));
    let running = hub.start();
    hub.until_judges("0.99");
    author.answered(304);
    author.publish(&bundle(&author, "99.5%", 3, "acme.key"));
    hub.until_judges("0.995");

    // Asked for after each was published: so it was seen, and refused.
    for (objective, sequence, key) in [("90%", 4, "stranger.key"), ("99%", 1, "acme.key")] {
        let asked = author.nginx.as_ref().unwrap().log(0).len();
        author.publish(&bundle(&author, objective, sequence, key));
        author.nginx.as_ref().unwrap().log(asked + 3);
        assert_eq!(hub.objectives(), ["0.995"], "{key}");
    }
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code, 0, "{ended}");
    for kind in ["bundle.stranger", "bundle.stale"] {
        let told = ended
            .stderr
            .matches(&format!("\"kind\":\"{kind}\""))
            .count();
        assert!(told >= 1, "{kind}: {ended}");
    }

    author.nginx = None;
    let running = hub.start();
    hub.until_judges("0.995");
    author.serve();
    author.publish(&bundle(&author, "99.9%", 5, "acme.key"));
    hub.until_judges("0.999");
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code, 0, "{ended}");
    assert!(ended.stderr.contains("bundle.unreachable"), "{ended}");
}
