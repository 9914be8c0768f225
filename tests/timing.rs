//! Timing: phases that account for the whole, hop by hop, and time that runs out.

use crate::support::{
    curl::{Curl, Marks},
    jaunt::{calmly, run, within},
    nginx::Nginx,
    pki::Authority,
    scripted::{Act, Scripted, answer, ok},
    skip::or_skip,
};
use serde_json::Value;
use std::time::Duration;

fn get(url: &str, rest: &str) -> String {
    format!("journey = \"t\"\n[[step]]\nrequest = \"GET {url}\"\nstatus = 200\n{rest}\n")
}

fn exchange(record: &Value, number: usize) -> &Value {
    &record["steps"][0]["exchanges"][number]
}

fn ms(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn pause(ms: u64) -> Act {
    Act::Pause(Duration::from_millis(ms))
}

/// Waits 200 ms for the first byte and 150 ms for the last.
fn slow() -> Vec<Act> {
    vec![
        Act::Read,
        pause(200),
        Act::Send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\nhello".into(),
        ),
        pause(150),
        Act::Send(b"world".into()),
    ]
}

/// Behaviours 27 and 43: held against the server's own pauses.
#[test]
fn phases_are_where_the_server_paused_and_account_for_the_whole() {
    calmly(|| {
        let authority = Authority::new();
        let identity = authority.sound(&["shop.test"]);
        let tls = Duration::from_millis(120);
        let server = Scripted::start_slow_tls(&identity, &[], tls, [slow()]);
        let journey = get(&server.tls_url("/"), "header.host = \"shop.test\"");
        let record = run(&journey).trusting(&authority).go().judged("pass");
        let seen = exchange(&record, 0);
        let phases = &seen["phases_ms"];
        for (phase, least) in [("tls", 119.0), ("wait", 199.0), ("receive", 149.0)] {
            // Upward there is the machine's own slowness, in which a run would have been void.
            let took = ms(&phases[phase]);
            within(took, least..least + 80.0);
        }
        assert!(
            phases.get("resolve").is_none(),
            "an address needs none: {phases}"
        );
        let (sum, whole) = (
            phases.as_object().unwrap().values().map(ms).sum::<f64>(),
            ms(&seen["duration_ms"]),
        );
        assert!(
            (whole - sum).abs() <= f64::max(1.0, whole / 100.0),
            "{sum} of {whole}"
        );
        assert!(
            phases
                .as_object()
                .unwrap()
                .values()
                .all(|took| ms(took) > 0.0),
            "{phases}"
        );
    });
}

/// Behaviour 27: the same marks as curl's, to what two visits differ by.
#[test]
fn the_marks_of_a_cleartext_visit_are_those_of_curl() {
    calmly(|| {
        let server = Scripted::start([slow()]);
        let record = run(&get(&server.url("/"), "")).go().judged("pass");
        let ours = Marks::of(exchange(&record, 0));
        let theirs = Curl::start(&[], &[&server.url("/")]).marks();
        for (ours, theirs) in ours.all().into_iter().zip(theirs.all()) {
            within((ours - theirs).abs(), 0.0..60.0);
        }
    });
}

/// Behaviour 27: nothing is rounded to milliseconds.
#[test]
fn phases_are_finer_than_milliseconds() {
    calmly(|| {
        let server = Scripted::start([ok("", "")]);
        let record = run(&get(&server.url("/"), "")).go().judged("pass");
        let phases = exchange(&record, 0)["phases_ms"].as_object().unwrap();
        assert!(
            phases.values().any(|took| ms(took).fract() != 0.0),
            "{phases:?}"
        );
    });
}

/// Behaviour 28.
#[test]
fn each_hop_keeps_its_own_phases() {
    calmly(|| {
        let last = Scripted::start([vec![
            Act::Read,
            pause(250),
            Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()),
        ]]);
        let moved = format!(
            "HTTP/1.1 302 Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            last.url("/")
        );
        let first = Scripted::start([vec![Act::Read, pause(120), Act::Send(moved.into())]]);
        let record = run(&get(&first.url("/"), "redirects = 1"))
            .go()
            .judged("pass");
        let waits = [0, 1].map(|hop| ms(&exchange(&record, hop)["phases_ms"]["wait"]));
        within(waits[0], 119.0..200.0);
        within(waits[1], 249.0..330.0);
        let (one, two) = (exchange(&record, 0), exchange(&record, 1));
        assert!(
            ms(&one["offset_ms"]) + ms(&one["duration_ms"]) <= ms(&two["offset_ms"]),
            "hops overlap"
        );
        assert!(two["phases_ms"]["connect"].is_number());
    });
}

/// Behaviour 29.
#[test]
fn a_timeout_has_the_kind_of_its_phase_and_keeps_what_came_before() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec();
    for (script, phase, before) in [
        (vec![Act::Read, Act::Hold], "wait", vec!["connect", "send"]),
        (
            vec![Act::Read, Act::Send(head), Act::Hold],
            "receive",
            vec!["connect", "send", "wait"],
        ),
    ] {
        calmly(|| {
            let server = Scripted::start([script.clone()]);
            let journey = get(&server.url("/"), "timeout = \"400ms\"");
            let record = run(&journey)
                .go()
                .failed(phase, &format!("timeout.{phase}"));
            let seen = exchange(&record, 0);
            for kept in before.iter().chain([&phase]) {
                assert!(seen["phases_ms"][kept].is_number(), "{kept}: {seen}");
            }
            // The time runs from where the step begins, a little before its exchange does.
            let lead = ms(&seen["offset_ms"]) - ms(&record["steps"][0]["offset_ms"]);
            within(lead + ms(&seen["duration_ms"]), 399.0..450.0);
        });
    }
    calmly(|| {
        let server = Scripted::start([vec![Act::Hold]]);
        let journey = get(&server.tls_url("/"), "timeout = \"400ms\"");
        let record = run(&journey).go().failed("tls", "timeout.tls");
        let phases = &exchange(&record, 0)["phases_ms"];
        assert!(
            phases["connect"].is_number() && phases.get("send").is_none(),
            "{phases}"
        );
    });
}

/// Behaviour 29: a byte now and then does not put the end off, on either version of HTTP.
#[test]
fn a_drip_ends_at_the_deadline() {
    let authority = Authority::new();
    for protocol in ["http/1.1", "h2"] {
        calmly(|| {
            let drip = Act::Drip(b"x".into(), Duration::from_millis(20));
            let head = Act::Send(b"HTTP/1.1 200 OK\r\n\r\n".into());
            let server = Scripted::start([vec![Act::Read, head, drip]]);
            let before;
            let url = match protocol {
                "h2" => {
                    before = or_skip!(Nginx::http2_before(server.addr(), &authority));
                    before.url("/")
                }
                _ => server.url("/"),
            };
            let text = get(&url, "").replace("[[step]]", "deadline = \"700ms\"\n[[step]]");
            let record = run(&text)
                .trusting(&authority)
                .go()
                .failed("receive", "timeout.receive");
            let whole = ms(&record["duration_ms"]);
            // What passes before the first request counts to the deadline, and to no duration.
            within(whole, 650.0..750.0);
            assert_eq!(exchange(&record, 0)["protocol"], protocol);
            // It did drip, and to the end: the drops, and no more than they, are what came.
            let came = ms(&exchange(&record, 0)["bytes_in"]);
            assert!(came > 20.0, "{came} bytes came");
            assert_eq!(server.finished().len(), 1);
        });
    }
}

/// Behaviour 29: nor does a drip of headers.
#[test]
fn a_drip_of_headers_ends_at_the_timeout() {
    calmly(|| {
        let drip = Act::Drip(b"x-a: b\r\n".into(), Duration::from_millis(20));
        let head = Act::Send(b"HTTP/1.1 200 OK\r\n".into());
        let server = Scripted::start([vec![Act::Read, head, drip]]);
        let record = run(&get(&server.url("/"), "timeout = \"500ms\""))
            .go()
            .judged("fail");
        let kind = record["failure"]["kind"].as_str().unwrap();
        assert!(kind.starts_with("timeout."), "{record}");
        let whole = ms(&record["duration_ms"]);
        within(whole, 450.0..550.0);
        assert_eq!(server.requests().len(), 1);
    });
}

/// Behaviours 27 and 29: a `103 Early Hints` is not the answer.
#[test]
fn an_interim_answer_does_not_end_the_wait() {
    calmly(|| {
        let mut script = answer("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
        script.extend([
            pause(250),
            Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()),
        ]);
        let server = Scripted::start([script]);
        let record = run(&get(&server.url("/"), "")).go().judged("pass");
        let wait = ms(&exchange(&record, 0)["phases_ms"]["wait"]);
        within(wait, 249.0..330.0);
    });
}

/// Behaviour 29, while sending: a server that takes in little stops a large body.
#[test]
fn a_timeout_in_send_has_its_own_kind() {
    calmly(|| {
        let server = Scripted::start_narrow([vec![Act::Pause(Duration::from_secs(2))]]);
        let url = server.url("/");
        let journey = format!(
            "journey = \"send\"\n[[step]]\nrequest = \"POST {url}\"\nstatus = 200\n\
             timeout = \"500ms\"\nbody.file = \"big\"\n"
        );
        let record = run(&journey)
            .file("big", vec![b'x'; 32 * 1024 * 1024])
            .go()
            .failed("send", "timeout.send");
        let phases = &record["steps"][0]["exchanges"][0]["phases_ms"];
        assert!(
            phases["connect"].is_number() && phases["wait"].is_null(),
            "{phases}"
        );
    });
}
