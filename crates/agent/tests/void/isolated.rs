//! `void: isolated`: what failed in resolve, connect or tls while all references fail too.

use crate::{
    carry::{Agent, answering, ending, get},
    hosts::Hosts,
    server::Server,
};
use jaunt_probe::Policy;
use jaunt_record::{Outcome, Verdict};

/// Both are there, of different parties.
const TARGETS: [&str; 2] = ["10.78.0.2:443", "10.78.0.3:53"];
/// A service there, behind the same cable.
const SERVICE: &str = "http://10.78.0.4:8080/";
const BLACK_HOLE: &str = "http://10.78.0.9:8080/";

fn agent() -> Agent {
    Agent {
        targets: TARGETS.into(),
        ..Agent::bare()
    }
}

/// References refuse the port, which is an answer; the service works.
fn hosts() -> Option<Hosts> {
    let hosts = Hosts::join()?;
    let (ready, is_ready) = std::sync::mpsc::channel();
    hosts.there(async move {
        answering("10.78.0.4:8080", 200).await;
        ready.send(()).unwrap();
    });
    is_ready.recv().unwrap();
    Some(hosts)
}

#[test]
fn a_pulled_cable_is_isolation_and_counts_for_no_slo() {
    let Some(hosts) = hosts() else { return };
    assert_eq!(
        hosts.here(async { agent().ends(&get(SERVICE)).await }),
        "pass"
    );
    hosts.pull_the_cable();
    let record = hosts.here(async { agent().runs(&get(SERVICE)).await });
    assert_eq!(ending(&record), "void: isolated", "{record:#?}");
    assert_eq!(record.verdict, Verdict::Void);
    assert_eq!(record.slos[0].outcome, Outcome::Invalid);
    let told = record.void.unwrap().message;
    assert!(
        told.contains("10.78.0.4:8080") && told.contains("10.78.0.2:443, 10.78.0.3:53"),
        "{told}"
    );
}

#[test]
fn a_service_that_is_gone_while_references_are_there_has_failed() {
    let Some(hosts) = hosts() else { return };
    let record = hosts.here(async { agent().runs(&get(BLACK_HOLE)).await });
    assert_eq!(ending(&record), "fail: timeout.connect", "{record:#?}");
    assert_eq!(record.slos[0].outcome, Outcome::Bad);
    let refused = get("http://10.78.0.4:8081/");
    let ended = hosts.here(async { agent().ends(&refused).await });
    assert_eq!(ended, "fail: connect.refused");
}

#[test]
fn one_reference_that_answers_acquits_us_and_so_do_fewer_than_two() {
    let Some(hosts) = hosts() else { return };
    hosts.pull_the_cable();
    for targets in [
        vec!["10.78.0.2:443", "127.0.0.1:1"],
        vec!["10.78.0.2:443"],
        vec![],
    ] {
        let told = format!("{targets:?}");
        let agent = Agent { targets, ..agent() };
        let ended = hosts.here(async { agent.ends(&get(SERVICE)).await });
        assert!(ended.starts_with("fail: "), "{told}: {ended}");
    }
}

#[test]
fn what_failed_later_and_what_passed_stays_although_we_are_isolated() {
    let Some(hosts) = hosts() else { return };
    hosts.pull_the_cable();
    let (passed, failed) = hosts.here(async {
        let sound = answering("127.0.0.1:0", 200).await;
        let broken = answering("127.0.0.1:0", 503).await;
        let get = |at| get(&format!("http://{at}/"));
        (
            agent().ends(&get(sound)).await,
            agent().ends(&get(broken)).await,
        )
    });
    assert_eq!(
        (passed.as_str(), failed.as_str()),
        ("pass", "fail: http.5xx")
    );
}

#[test]
fn a_failed_lookup_or_handshake_is_isolation_too() {
    let Some(hosts) = hosts() else { return };
    hosts.pull_the_cable();
    let lookup = get("http://shop.example/");
    let (looked_up, shook_hands) = hosts.here(async {
        let remote = Agent {
            servers: vec!["10.78.0.2:53".parse().unwrap()],
            ..agent()
        };
        let plain = answering("127.0.0.1:0", 200).await;
        let handshake = get(&format!("https://{plain}/"));
        (remote.ends(&lookup).await, agent().ends(&handshake).await)
    });
    assert_eq!(looked_up, "void: isolated");
    assert_eq!(shook_hands, "void: isolated", "in tls");
}

#[test]
fn an_address_that_the_policy_forbids_is_told_apart_by_who_brought_it() {
    let Some(hosts) = hosts() else { return };
    hosts.pull_the_cable();
    let (named, brought) = hosts.here(async {
        let dns = Server::zone(&[("shop.example", &["10.78.0.4"])]).await;
        let agent = Agent {
            servers: vec![dns.address],
            policy: Policy::public(),
            ..agent()
        };
        let by_name = get("http://shop.example:8080/");
        (agent.ends(&get(SERVICE)).await, agent.ends(&by_name).await)
    });
    assert_eq!(named, "void: egress-denied");
    assert_eq!(brought, "fail: resolve.not-public", "also while isolated");
}

#[test]
fn no_route_is_ours_and_a_router_that_has_none_is_the_services() {
    let Some(hosts) = hosts() else { return };
    let (ours, theirs) = hosts.here(async {
        let nowhere = get("http://10.99.0.1/");
        let behind = get("http://10.78.0.8/");
        (agent().ends(&nowhere).await, agent().ends(&behind).await)
    });
    assert_eq!(ours, "void: no-route");
    assert_eq!(theirs, "fail: connect.unreachable");
}
