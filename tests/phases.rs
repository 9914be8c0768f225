//! Phases held against what is known of them from outside: delays that servers made, the clocks of
//! curl and of the run, the log of nginx.
//!
//! The phases of an exchange are laid end to end as marks, as curl has them. A mark is never earlier
//! than the delays before it, however the machine is loaded; and each is hardly later, so that a
//! delay that was put down to the wrong phase makes a mark between them too late or too early.

use crate::support::{
    curl::{Curl, Marks, PHASES},
    dns::{Dns, Reply},
    full::Full,
    jaunt::{calmly, run, within},
    nginx::{Nginx, Site},
    pki::Authority,
    place,
    scripted::{Act, Script, Scripted},
    skip::or_skip,
};
use serde_json::Value;
use std::{io::Write, time::Duration};

/// What machine and network, and a second visit beside the first, may add to what is known, ms.
const SLACK: f64 = 80.0;

fn get(url: &str, rest: &str) -> String {
    format!("journey = \"t\"\n[[step]]\nrequest = \"GET {url}\"\nstatus = 200\n{rest}\n")
}

fn exchanges(record: &Value) -> Vec<&Value> {
    let steps = record["steps"].as_array().unwrap();
    steps
        .iter()
        .flat_map(|step| step["exchanges"].as_array().unwrap())
        .collect()
}

fn ms(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn took(exchange: &Value, phase: &str) -> f64 {
    ms(&exchange["phases_ms"][phase])
}

/// The phases that happened, in order.
fn happened(exchange: &Value) -> Vec<&'static str> {
    let there = exchange["phases_ms"].as_object().unwrap();
    let happened = PHASES
        .into_iter()
        .filter(|phase| there.contains_key(*phase));
    let happened: Vec<_> = happened.collect();
    assert_eq!(happened.len(), there.len(), "no others: {exchange}");
    happened
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn pause(count: u64) -> Act {
    Act::Pause(millis(count))
}

/// Says at once that ten bytes will come, and sends five.
fn half(head: &str) -> Act {
    Act::Send(format!("HTTP/1.1 200 OK\r\n{head}content-length: 10\r\n\r\nhello").into())
}

/// Waits 200 ms for the first byte and 150 ms for the last.
fn slow() -> Script {
    let rest = Act::Send(b"world".into());
    vec![
        Act::Read,
        pause(200),
        half("connection: close\r\n"),
        pause(150),
        rest,
    ]
}

/// Each mark is at its time, or a little later.
fn at(marks: Marks, due: [f64; 5]) {
    for (mark, due) in marks.all().into_iter().zip(due) {
        within(mark, due..due + SLACK);
    }
}

/// The authority's certificate as a file, for curl.
fn pem(authority: &Authority) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    file
}

/// Behaviour 27: 150 ms for the name, 200 ms from ClientHello to ServerHello, 200 ms to the first
/// byte, 150 ms to the last.
#[test]
fn every_mark_of_a_visit_by_name_over_tls_is_where_its_delay_puts_it_as_for_curl() {
    let authority = Authority::new();
    let identity = authority.sound(&["shop.test"]);
    let trusted = pem(&authority);
    calmly(|| {
        let server = Scripted::start_slow_tls(&identity, &[], millis(200), [slow()]);
        let late = Reply::Addresses(vec![server.addr().ip()], millis(150));
        let dns = or_skip!(Dns::start([("shop.test", late)]));
        let url = format!("https://shop.test:{}/", server.addr().port());
        let record = run(&get(&url, "family = \"4\""))
            .trusting(&authority)
            .under(dns.runner())
            .go()
            .judged("pass");
        let seen = exchanges(&record)[0];
        assert_eq!(happened(seen), PHASES);
        let cacert = trusted.path().to_str().unwrap();
        let curl = ["-4", "--cacert", cacert, &url];
        let (ours, theirs) = (Marks::of(seen), Curl::start(&dns.runner(), &curl).marks());
        for marks in [ours, theirs] {
            at(marks, [150.0, 150.0, 350.0, 550.0, 700.0]);
            // The server's wait begins with the ClientHello, and so within the handshake.
            within(marks.secured - marks.connected, 200.0..200.0 + SLACK);
        }
        account(&record);
    });
}

/// Behaviour 27, where frames of the protocol's own go both ways between request and answer.
#[test]
fn every_mark_of_a_visit_over_http_2_is_where_its_delay_puts_it_as_for_curl() {
    let authority = Authority::new();
    let trusted = pem(&authority);
    calmly(|| {
        let server = Scripted::start([slow()]);
        let nginx = or_skip!(Nginx::http2_before(server.addr(), &authority));
        let record = run(&get(&nginx.url("/"), ""))
            .trusting(&authority)
            .go()
            .judged("pass");
        let seen = exchanges(&record)[0];
        assert_eq!(seen["protocol"], "h2");
        assert_eq!(happened(seen), PHASES[1..]);
        let cacert = trusted.path().to_str().unwrap();
        let curl = ["--http2", "--cacert", cacert, &nginx.url("/")];
        let theirs = Curl::start(&[], &curl).marks();
        for marks in [Marks::of(seen), theirs] {
            at(marks, [0.0, 0.0, 0.0, 200.0, 350.0]);
        }
        account(&record);
    });
}

/// Behaviour 27: `connect` ends when the connection stands, not when it was asked for.
#[test]
fn a_connection_that_stands_after_a_second_took_a_second_in_connect_as_for_curl() {
    calmly(|| {
        let full = Full::start();
        let visit = run(&get(&full.url(), "")).start();
        full.let_in();
        let record = visit.end().judged("pass");
        let seen = exchanges(&record)[0];
        let full = Full::start();
        let visit = Curl::start(&[], &[&full.url()]);
        full.let_in();
        let theirs = visit.marks();
        for marks in [Marks::of(seen), theirs] {
            // The kernel counts in ticks, of 10 ms at most.
            at(marks, [0.0, 990.0, 990.0, 990.0, 990.0]);
        }
        let attempts = seen["connects"].as_array().unwrap();
        assert_eq!(attempts.len(), 1, "{seen}");
        within(
            took(seen, "connect") - ms(&attempts[0]["took_ms"]),
            0.0..5.0,
        );
        account(&record);
    });
}

/// Behaviour 27: `send` lasts until the kernel has taken the body's last byte, be it plain, over
/// TLS or within the windows of HTTP/2.
#[test]
fn a_body_that_is_not_taken_for_300_ms_is_sent_for_300_ms() {
    let authority = Authority::new();
    let identity = authority.sound(&["shop.test"]);
    // More than the buffers of two connections hold unread.
    let body = vec![b'x'; 16 << 20];
    let taken_late = || vec![pause(300), Act::Read, half(""), Act::Send(b"world".into())];
    for way in ["plain", "tls", "h2"] {
        calmly(|| {
            let nginx;
            let (server, url) = match way {
                "plain" => {
                    let server = Scripted::start([taken_late()]);
                    let url = server.url("/");
                    (server, url)
                }
                "tls" => {
                    let server = Scripted::start_tls(&identity, &[], [taken_late()]);
                    let url = server.tls_url("/");
                    (server, url)
                }
                _ => {
                    let server = Scripted::start([taken_late()]);
                    nginx = or_skip!(Nginx::http2_before(server.addr(), &authority));
                    (server, nginx.url("/"))
                }
            };
            let host = match way {
                "h2" => "",
                _ => "header.host = \"shop.test\"\n",
            };
            let journey = format!(
                "journey = \"t\"\n[[step]]\nrequest = \"POST {url}\"\nstatus = 200\n{host}body.file = \"big\"\n"
            );
            let record = run(&journey)
                .file("big", &body)
                .trusting(&authority)
                .go()
                .judged("pass");
            let seen = exchanges(&record)[0];
            let marks = Marks::of(seen);
            let sent = marks.secured + took(seen, "send");
            within(marks.secured, 0.0..SLACK);
            within(sent, 300.0..300.0 + 2.0 * SLACK);
            within(marks.last_byte - sent, 0.0..SLACK);
            let request = server.only_request();
            assert_eq!(request.body.len(), body.len());
            account(&record);
        });
    }
}

/// Behaviours 27 and 28, for every exchange of a run: its phases account for it, and so do all of
/// them for the run, by the clock of the run alone.
///
/// An exchange's duration could be made of its phases, and then proves nothing; where exchanges
/// begin and when the run ended is measured beside them.
fn account(record: &Value) {
    const ROUNDING: f64 = 0.001;
    let (mut until, mut measured) = (0.0, 0.0);
    for exchange in exchanges(record) {
        let (whole, began) = (ms(&exchange["duration_ms"]), ms(&exchange["offset_ms"]));
        let phases: Vec<f64> = happened(exchange)
            .iter()
            .map(|phase| took(exchange, phase))
            .collect();
        assert!(phases.iter().all(|took| *took > 0.0), "{exchange}");
        let sum: f64 = phases.iter().sum();
        let off = (whole - sum).abs();
        assert!(off <= f64::max(1.0, whole / 100.0), "{sum} of {exchange}");
        assert!(began + ROUNDING >= until, "before {until} began {exchange}");
        until = began + sum;
        measured += sum;
    }
    let ns = |name: &str| record[name].as_i64().unwrap();
    let ran = Duration::from_nanos(u64::try_from(ns("end_ns") - ns("start_ns")).unwrap());
    let ran = ran.as_secs_f64() * 1000.0;
    assert!(until <= ran + ROUNDING, "{until} of {ran}");
    // What is not measured is our own judging, between exchanges.
    within(ran - measured + ROUNDING, 0.0..SLACK);
}

/// Behaviour 28: a hop on the same connection, and one to another server and protocol.
#[test]
fn hops_account_for_themselves_and_have_the_phases_that_happened() {
    let authority = Authority::new();
    calmly(|| {
        let last = Scripted::start([slow()]);
        let nginx = or_skip!(Nginx::http2_before(last.addr(), &authority));
        let moved = |to: &str| {
            let head = format!("HTTP/1.1 302 Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            Act::Send(head.into())
        };
        let first = Scripted::start([vec![
            Act::Read,
            pause(120),
            moved("/next"),
            Act::Read,
            pause(90),
            moved(&nginx.url("/")),
            Act::Hold,
        ]]);
        let record = run(&get(&first.url("/"), "redirects = 2"))
            .trusting(&authority)
            .go()
            .judged("pass");
        let hops = exchanges(&record);
        let phases: Vec<_> = hops.iter().map(|hop| happened(hop)).collect();
        assert_eq!(
            phases,
            [
                &["connect", "send", "wait", "receive"][..],
                &["send", "wait", "receive"],
                &["connect", "tls", "send", "wait", "receive"],
            ]
        );
        at(Marks::of(hops[0]), [0.0, 0.0, 0.0, 120.0, 120.0]);
        at(Marks::of(hops[1]), [0.0, 0.0, 0.0, 90.0, 90.0]);
        at(Marks::of(hops[2]), [0.0, 0.0, 0.0, 200.0, 350.0]);
        account(&record);
    });
}

/// Behaviour 27: what a kept connection spares is absent, and nginx knows which are kept.
#[test]
fn exchanges_on_a_kept_connection_have_no_connect_and_no_tls() {
    let authority = Authority::new();
    for (protocol, http2) in [("http/1.1", false), ("h2", true)] {
        calmly(|| {
            let at = place::address();
            let identity = authority.sound(&[&at.ip().to_string()]);
            let nginx = or_skip!(Nginx::start(Site {
                tls: Some(&identity),
                http2,
                server: "gzip on; gzip_types *; gzip_min_length 1;",
                at: Some(at),
                ..Site::default()
            }));
            nginx.put("big.txt", "0123456789".repeat(100_000));
            let step = |id: &str, path: &str| {
                let url = nginx.url(path);
                format!("[[step]]\nid = \"{id}\"\nrequest = \"GET {url}\"\nstatus = 200\n")
            };
            let [one, two, big] = [step("one", "/"), step("two", "/"), step("big", "/big.txt")];
            let whole = "expect = [{ size = \"bytes\", eq = 1000000 }]";
            let journey = format!("journey = \"t\"\n{one}{two}{big}{whole}\n");
            let record = run(&journey).trusting(&authority).go().judged("pass");
            let log = nginx.log(3);
            let seen = exchanges(&record);
            for (number, (exchange, line)) in seen.iter().zip(&log).enumerate() {
                assert_eq!(line["nth"], number + 1, "one connection: {log:?}");
                assert_eq!(line["connection"], log[0]["connection"]);
                assert_eq!(exchange["protocol"], protocol);
                let spared = if number == 0 { 1 } else { 3 };
                assert_eq!(happened(exchange), PHASES[spared..], "{exchange}");
                assert_eq!(exchange["reused"], number > 0);
                // From the first byte of the request to the last of the answer.
                let theirs = 1000.0 * line["took"].as_f64().unwrap();
                let ours: f64 = ["send", "wait", "receive"]
                    .map(|phase| took(exchange, phase))
                    .iter()
                    .sum();
                within((ours - theirs).abs(), 0.0..SLACK);
            }
            assert!(ms(&seen[2]["bytes_in"]) < 100_000.0, "it came compressed");
            account(&record);
        });
    }
}

/// Behaviours 9 and 27: a body that comes in pieces is received until its last one, compressed or
/// not, on either version of HTTP.
#[test]
fn a_body_in_pieces_is_received_for_as_long_as_it_comes() {
    let authority = Authority::new();
    let text = "as far as it goes, ".repeat(40);
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for (coding, body) in [("identity", text.as_bytes()), ("gzip", &gzip)] {
        for protocol in ["http/1.1", "h2"] {
            calmly(|| {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let (first, rest) = body.split_at(10);
                let mut script = vec![
                    Act::Read,
                    pause(60),
                    // nginx keeps a head until there is some body.
                    Act::Send([head.as_bytes(), first].concat()),
                ];
                for piece in rest.chunks(rest.len().div_ceil(10)) {
                    script.extend([pause(30), Act::Send(piece.into())]);
                }
                let pieces = script[3..].len() / 2;
                let server = Scripted::start([script]);
                let nginx;
                let url = match protocol {
                    "h2" => {
                        nginx = or_skip!(Nginx::http2_before(server.addr(), &authority));
                        nginx.url("/")
                    }
                    _ => server.url("/"),
                };
                let whole = format!("expect = [{{ size = \"bytes\", eq = {} }}]", text.len());
                let record = run(&get(&url, &whole)).trusting(&authority).go();
                let record = record.judged("pass");
                let seen = exchanges(&record)[0];
                assert_eq!(seen["protocol"], protocol);
                let last = 60.0 + 30.0 * f64::from(u8::try_from(pieces).unwrap());
                at(Marks::of(seen), [0.0, 0.0, 0.0, 60.0, last]);
                account(&record);
            });
        }
    }
}
