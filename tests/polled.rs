//! Bundles as an agent gets them: asked for over HTTPS at a real nginx, while it measures.
//!
//! What is in force is read at the server that the journeys ask; what was asked for, in nginx's log.

mod hub;

use crate::support::{
    agent::{Agent, Home},
    jaunt::jaunt,
    nginx::{Nginx, Site},
    pki::Authority,
    place::{self, until},
    scripted::{Scripted, ok},
};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// An author with keys, an nginx that serves what he publishes, and an agent's folder.
struct Author {
    home: Home,
    authority: Authority,
    target: Scripted,
    nginx: Option<Nginx>,
    addr: SocketAddr,
}

impl Author {
    /// `None`, said aloud, where nginx is not installed.
    fn new() -> Option<Self> {
        let addr = place::address();
        let home = Home::new(&format!(
            "[[source]]\nbundle = \"https://{addr}/acme.jaunt\"\nkeys = [\"file:acme.pub\"]\n\
             customer = \"acme\"\nevery = \"1s\"\nca = \"ca.pem\"\n"
        ));
        let mut author = Self {
            home,
            authority: Authority::new(),
            target: Scripted::start([ok("", "well")]),
            nginx: None,
            addr,
        };
        fs::write(author.at("ca.pem"), author.authority.pem()).unwrap();
        for name in ["acme", "stranger"] {
            let made = jaunt(["bundle", "keygen"]).arg(author.at(name)).go();
            assert_eq!(made.code, 0, "{made}");
        }
        author.serve().then_some(author)
    }

    /// Starts nginx; whether it is there at all.
    fn serve(&mut self) -> bool {
        let identity = self.authority.sound(&[&self.addr.ip().to_string()]);
        self.nginx = Nginx::start(Site {
            tls: Some(&identity),
            at: Some(self.addr),
            ..Site::default()
        });
        self.nginx.is_some()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A bundle with one journey, which asks the target for `/path` each second.
    fn bundle(&self, path: &str, sequence: u64) -> Vec<u8> {
        self.made(path, sequence, ["acme", "acme.key", "90d"])
    }

    /// The same, of this customer, signed by this key and good for this long.
    fn made(&self, path: &str, sequence: u64, [customer, key, expires]: [&str; 3]) -> Vec<u8> {
        let folder = self.at(path);
        fs::create_dir_all(&folder).unwrap();
        let url = self.target.url(&format!("/{path}"));
        let journey = format!(
            "journey = \"home\"\nevery = \"1s\"\ndeadline = \"900ms\"\n\
             [[step]]\nid = \"get\"\nrequest = \"GET {url}\"\nstatus = 200\n"
        );
        fs::write(folder.join("home.toml"), journey).unwrap();
        let ran = jaunt(["bundle", "build"])
            .arg(folder)
            .args(["--customer", customer, "--expires", expires])
            .args(["--sequence", &sequence.to_string()])
            .arg("--key")
            .arg(self.at(key))
            .arg("-o")
            .arg(self.at("made"))
            .go();
        assert_eq!(ran.code, 0, "{ran}");
        fs::read(self.at("made")).unwrap()
    }

    fn publish(&self, bundle: &[u8]) {
        let nginx = self.nginx.as_ref().unwrap();
        nginx.replace("acme.jaunt", bundle);
    }

    /// Waits until the journey of this path runs, and no other one any more.
    fn until_runs(&self, path: &str) {
        let target = format!("/{path}");
        until(&format!("{target} alone in force"), || {
            let requests = self.target.requests();
            let last: Vec<_> = requests.iter().rev().take(2).collect();
            last.len() == 2 && last.iter().all(|request| request.target == target)
        });
    }

    /// Publishes what must be refused, and waits until it is: by the log with a sentence, by
    /// `/status` and by the counter; the one before goes on.
    fn refused(&self, agent: &Agent, bundle: &[u8], kind: &str, sentence: &str) {
        self.publish(bundle);
        agent.until_says(&format!("\"kind\":\"{kind}\""));
        assert!(agent.said().contains(sentence), "{}", agent.said());
        assert!(
            agent.ask("/status").contains(kind),
            "{}",
            agent.ask("/status")
        );
        let counted = format!(
            "jaunt_agent_reloads_total{{jaunt_customer=\"acme\",jaunt_outcome=\"refused\",error_type=\"{kind}\"}} 1"
        );
        until(&counted, || agent.ask("/metrics").contains(&counted));
        let seen = self.target.requests().len();
        until("runs after it", || self.target.requests().len() >= seen + 2);
    }

    /// How many of nginx's answers had this status, once there were some.
    fn answered(&self, status: u16) {
        let nginx = self.nginx.as_ref().unwrap();
        until(&format!("an answer {status}"), || {
            nginx.log(0).iter().any(|line| line["status"] == status)
        });
    }
}

#[test]
fn a_new_bundle_takes_effect_without_a_restart_and_an_unchanged_one_is_not_sent_again() {
    let Some(author) = Author::new() else { return };
    author.publish(&author.bundle("one", 1));
    let agent = author.home.start();
    author.until_runs("one");
    author.answered(304);
    author.publish(&author.bundle("two", 2));
    author.until_runs("two");
    let sent = author.nginx.as_ref().unwrap().log(3);
    let whole = sent.iter().filter(|line| line["status"] == 200).count();
    assert_eq!(whole, 2, "each was sent once: {sent:#?}");
    assert!(sent[0]["agent"].as_str().unwrap().starts_with("jaunt/"));
    assert_eq!(agent.drain(), Some(0));
}

#[test]
fn what_is_not_to_be_trusted_is_refused_aloud_and_the_last_good_one_goes_on() {
    let Some(author) = Author::new() else { return };
    let good = author.bundle("good", 5);
    author.publish(&good);
    let agent = author.home.start();
    author.until_runs("good");

    let stranger = author.made("bad", 6, ["acme", "stranger.key", "90d"]);
    author.refused(&agent, &stranger, "bundle.stranger", "none of the keys");
    let stale = author.bundle("bad", 4);
    author.refused(&agent, &stale, "bundle.stale", "an old one came back");
    let foreign = author.made("bad", 6, ["other", "acme.key", "90d"]);
    author.refused(&agent, &foreign, "bundle.customer", "is `other`'s");
    let mut tampered = author.bundle("bad", 6);
    let at = tampered
        .windows(4)
        .rposition(|word| word == b"home")
        .unwrap();
    tampered[at] = b'H';
    author.refused(&agent, &tampered, "bundle.changed", "not what was signed");
    let unlisted = added(&author.bundle("bad", 6), &author.at("tar"));
    author.refused(&agent, &unlisted, "bundle.unlisted", "does not list");
    author.refused(&agent, b"<html>", "bundle.malformed", "this is no bundle");
    let brief = author.made("bad", 6, ["acme", "acme.key", "1s"]);
    let expired = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    until("its end", || jiff::Timestamp::now() > expired);
    author.refused(&agent, &brief, "bundle.expired", "the bundle expired at");

    let strayed = author.target.requests();
    assert!(strayed.iter().all(|request| request.target == "/good"));
    author.publish(&good);
    until("nothing wrong", || {
        agent.ask("/status").contains("\"troubles\":[]")
    });
    assert_eq!(agent.drain(), Some(0));
}

#[test]
fn the_last_good_bundle_is_used_while_the_server_is_down_and_an_older_one_stays_refused() {
    let Some(mut author) = Author::new() else {
        return;
    };
    let older = author.bundle("older", 1);
    author.publish(&author.bundle("kept", 2));
    let agent = author.home.start();
    author.until_runs("kept");
    agent.kill();
    author.nginx = None;

    let seen = author.target.requests().len();
    let agent = author.home.start();
    until("runs of the copy", || {
        author.target.requests().len() >= seen + 2
    });
    agent.until_says("\"kind\":\"bundle.unreachable\"");
    author.serve();
    author.refused(&agent, &older, "bundle.stale", "an old one came back");
    author.publish(&author.bundle("newer", 3));
    author.until_runs("newer");
    assert_eq!(agent.drain(), Some(0));
}

#[test]
fn a_bundle_that_expires_in_force_is_told_of_and_goes_on_also_after_a_restart() {
    let Some(mut author) = Author::new() else {
        return;
    };
    author.publish(&author.made("brief", 1, ["acme", "acme.key", "6s"]));
    let agent = author.home.start();
    author.until_runs("brief");
    agent.until_says("it goes on until a newer one comes");
    author.until_runs("brief");
    agent.kill();
    author.nginx = None;
    let seen = author.target.requests().len();
    let agent = author.home.start();
    until("runs", || author.target.requests().len() >= seen + 2);
    agent.until_says("it goes on until a newer one comes");
    author.serve();
    author.publish(&author.bundle("fresh", 2));
    author.until_runs("fresh");
    until("nothing wrong", || {
        agent.ask("/status").contains("\"troubles\":[]")
    });
    assert_eq!(agent.drain(), Some(0));
}

#[test]
fn a_server_with_another_authority_and_one_that_leads_elsewhere_give_no_bundle() {
    let Some(mut author) = Author::new() else {
        return;
    };
    let own = author.authority.pem();
    fs::write(author.at("ca.pem"), Authority::new().pem()).unwrap();
    author.publish(&author.bundle("one", 1));
    let agent = author.home.start();
    agent.until_says("\"kind\":\"bundle.unreachable\"");
    assert!(
        agent.said().contains("invalid peer certificate"),
        "{}",
        agent.said()
    );
    // The roots are read anew, so that a mended file needs no restart.
    fs::write(author.at("ca.pem"), own).unwrap();
    author.until_runs("one");

    author.nginx = None;
    let identity = author.authority.sound(&[&author.addr.ip().to_string()]);
    author.nginx = Nginx::start(Site {
        tls: Some(&identity),
        at: Some(author.addr),
        server: "location /acme.jaunt { return 302 /other.jaunt; }",
        ..Site::default()
    });
    agent.until_says("\"kind\":\"bundle.status\"");
    assert!(
        agent.said().contains("write the final URL"),
        "{}",
        agent.said()
    );
    let asked = author.nginx.as_ref().unwrap().log(1);
    assert!(asked.iter().all(|line| line["uri"] == "/acme.jaunt"));
    assert_eq!(agent.drain(), Some(0));
}

/// The same bundle with one file more, put in by the system's tar.
fn added(bundle: &[u8], folder: &Path) -> Vec<u8> {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join("with.tar");
    fs::write(&file, bundle).unwrap();
    fs::write(folder.join("more.toml"), "journey = \"more\"\n").unwrap();
    let tar = std::process::Command::new("tar")
        .arg("-rf")
        .arg(&file)
        .arg("-C")
        .arg(folder)
        .arg("more.toml")
        .status();
    assert!(tar.unwrap().success());
    fs::read(file).unwrap()
}
