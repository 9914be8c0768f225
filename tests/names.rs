//! Names and addresses: what a name server says, and what becomes of a user who believes it.

use crate::support::{
    dns::{Dns, Reply},
    jaunt::{calmly, run, within},
    nginx::{Nginx, Site},
    place,
    scripted::{Scripted, ok},
    skip::or_skip,
    space::Pair,
    unbound::{self, Unbound},
};
use serde_json::Value;
use std::time::Duration;

fn get(url: &str, rest: &str) -> String {
    format!("journey = \"t\"\n[[step]]\nrequest = \"GET {url}\"\nstatus = 200\n{rest}\n")
}

fn exchange(record: &Value) -> &Value {
    &record["steps"][0]["exchanges"][0]
}

/// Behaviour 30.
#[test]
fn what_a_real_name_server_refuses_or_fails_is_a_failure_of_its_kind() {
    let unbound = or_skip!(Unbound::start(&["mail.test. 60 IN MX 10 mail.test."]));
    for (name, kind) in [
        ("nobody.test", "resolve.nxdomain"),
        ("mail.test", "resolve.nodata"),
        ("broken.test", "resolve.servfail"),
        ("refused.test", "resolve.refused"),
    ] {
        calmly(|| {
            let journey = get(&format!("http://{name}/"), "");
            let record = run(&journey)
                .under(unbound.runner())
                .go()
                .failed("resolve", kind);
            let seen = exchange(&record);
            assert!(seen["phases_ms"]["resolve"].is_number(), "{seen}");
            assert!(seen["phases_ms"].get("connect").is_none(), "{seen}");
            assert_eq!(record["failure"]["party"], "resolver");
        });
    }
}

/// Behaviours 29 and 30.
#[test]
fn a_name_server_that_keeps_silent_is_a_timeout_in_resolve() {
    let dns = or_skip!(Dns::start([("shop.test", Reply::Silence)]));
    calmly(|| {
        let journey = get("http://shop.test/", "timeout = \"700ms\"");
        let record = run(&journey)
            .under(dns.runner())
            .go()
            .failed("resolve", "timeout.resolve");
        let took = exchange(&record)["duration_ms"].as_f64().unwrap();
        within(took, 695.0..900.0);
    });
    assert!(dns.asked().iter().all(|(name, _)| name == "shop.test"));
}

/// Behaviour 30.
#[test]
fn an_answer_that_is_none_is_a_failure() {
    let dns = or_skip!(Dns::start([(
        "shop.test",
        Reply::Bytes(b"\x81\x80\xff\xff".into())
    )]));
    calmly(|| {
        let journey = get("http://shop.test/", "timeout = \"2s\"");
        let ran = run(&journey).under(dns.runner()).go();
        let kind = ran.judged("fail")["failure"]["kind"].clone();
        assert!(
            kind == "resolve.malformed" || kind == "timeout.resolve",
            "{ran}"
        );
    });
}

/// Behaviours 27 and 30: a slow answer is in `resolve`, and nowhere else.
#[test]
fn the_time_of_a_slow_answer_is_in_resolve() {
    calmly(|| {
        let server = Scripted::start([ok("", "")]);
        let slow = Reply::Addresses(vec![server.addr().ip()], Duration::from_millis(300));
        let dns = or_skip!(Dns::start([("shop.test", slow)]));
        let url = format!("http://shop.test:{}/", server.addr().port());
        let record = run(&get(&url, "family = \"4\""))
            .under(dns.runner())
            .go()
            .judged("pass");
        let seen = exchange(&record);
        let resolve = seen["phases_ms"]["resolve"].as_f64().unwrap();
        within(resolve, 299.0..400.0);
        let whole = seen["duration_ms"].as_f64().unwrap();
        within(whole - resolve, 0.0..150.0);
    });
}

/// Behaviour 31: each family is asked for only where it is wanted.
#[test]
fn a_pinned_family_asks_for_its_own_addresses_alone() {
    for (family, kind) in [("4", 1), ("6", 28)] {
        calmly(|| {
            let dns = or_skip!(Dns::start([("shop.test", Reply::at(["127.0.0.1", "::1"]))]));
            let journey = get("http://shop.test:9/", &format!("family = \"{family}\""));
            let record = run(&journey)
                .under(dns.runner())
                .go()
                .failed("connect", "connect.refused");
            assert_eq!(dns.asked(), [("shop.test".into(), kind)]);
            let there = if family == "4" {
                "127.0.0.1:9"
            } else {
                "[::1]:9"
            };
            assert_eq!(exchange(&record)["connects"][0]["address"], there);
        });
    }
}

/// A `there` that serves on both families, and a name for it.
fn dual(pair: &Pair, records: &[&str]) -> Option<(Nginx, Unbound)> {
    let at = |text: &str| text.parse().unwrap();
    let unbound = Unbound::start_in(Some(&pair.there), at("10.77.0.2:53"), records)?;
    let site = Site {
        at: Some(at("10.77.0.2:8080")),
        space: Some(&pair.there),
        server: "listen [fd77::2]:8080;",
        ..Site::default()
    };
    pair.here.name_servers(&["10.77.0.2"]);
    Some((Nginx::start(site)?, unbound))
}

/// Behaviour 31.
#[test]
fn the_address_that_served_is_told_for_each_family() {
    let pair = or_skip!(Pair::join());
    let records = [
        "both.test. 60 IN A 10.77.0.2",
        "both.test. 60 IN AAAA fd77::2",
    ];
    let _there = or_skip!(dual(&pair, &records));
    for (family, remote) in [
        ("4", "10.77.0.2:8080"),
        ("6", "[fd77::2]:8080"),
        ("any", "[fd77::2]:8080"),
    ] {
        calmly(|| {
            let journey = get("http://both.test:8080/", &format!("family = \"{family}\""));
            let record = run(&journey).under(pair.here.runner()).go().judged("pass");
            assert_eq!(exchange(&record)["remote"], remote, "{family}");
        });
    }
}

/// Behaviour 31: 250 ms, and the record shows where they went.
#[test]
fn a_black_holed_ipv6_costs_bounded_time_and_the_run_says_so() {
    let pair = or_skip!(Pair::join());
    let records = [
        "hole.test. 60 IN A 10.77.0.2",
        "hole.test. 60 IN AAAA fd77::9",
    ];
    let _there = or_skip!(dual(&pair, &records));
    calmly(|| {
        let journey = get("http://hole.test:8080/", "");
        let record = run(&journey).under(pair.here.runner()).go().judged("pass");
        let seen = exchange(&record);
        assert_eq!(seen["remote"], "10.77.0.2:8080");
        let connect = seen["phases_ms"]["connect"].as_f64().unwrap();
        within(connect, 249.0..400.0);
        let tried: Vec<&str> = seen["connects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["address"].as_str().unwrap())
            .collect();
        assert_eq!(tried, ["[fd77::9]:8080", "10.77.0.2:8080"]);
        assert!(seen["connects"][0]["error"].is_string(), "{seen}");
        assert!(seen["connects"][1]["error"].is_null(), "{seen}");
    });
}

/// Behaviours 29 and 31.
#[test]
fn a_black_hole_alone_is_a_timeout_in_connect_that_keeps_what_resolve_took() {
    let pair = or_skip!(Pair::join());
    let records = [
        "hole.test. 60 IN A 10.77.0.9",
        "hole.test. 60 IN AAAA fd77::9",
    ];
    let _there = or_skip!(dual(&pair, &records));
    calmly(|| {
        let journey = get("http://hole.test:8080/", "timeout = \"800ms\"");
        let record = run(&journey)
            .under(pair.here.runner())
            .go()
            .failed("connect", "timeout.connect");
        let phases = &exchange(&record)["phases_ms"];
        assert!(phases["resolve"].as_f64().unwrap() > 0.0, "{phases}");
        assert!(phases["connect"].as_f64().unwrap() > 500.0, "{phases}");
        assert!(phases.get("wait").is_none(), "{phases}");
    });
}

/// Behaviour 30: a server that refuses its port is our fault to prove, and proven by that.
#[test]
fn a_name_server_whose_port_is_closed_makes_the_run_void() {
    let nobody = place::address_with_port(53).ip();
    or_skip!(unbound::may_choose_resolver().then_some(()));
    let dir = tempfile::tempdir().unwrap();
    calmly(|| {
        let runner = unbound::resolving_by(dir.path(), nobody);
        let journey = get("http://shop.test/", "timeout = \"2s\"");
        let record = run(&journey).under(runner).go().judged("void");
        assert_eq!(record["void"]["cause"], "resolver");
    });
}
