//! The way through a journey: cookies, what follows a failure, the deadline, expectations, polls.

use crate::support::{
    dns::{Dns, Reply},
    jaunt::{calmly, run},
    pki::Authority,
    scripted::{Act, Request, Scripted, answer, ok},
    skip::or_skip,
};
use serde_json::Value;
use std::time::Duration;

/// An answer without a body.
fn head(line: &str, headers: &str) -> String {
    format!("HTTP/1.1 {line}\r\n{headers}content-length: 0\r\n\r\n")
}

/// One connection on which each request gets the next of these answers.
fn in_turn<const N: usize>(answers: [String; N]) -> Vec<Act> {
    answers
        .into_iter()
        .flat_map(|bytes| [Act::Read, Act::Send(bytes.into_bytes())])
        .collect()
}

fn step(id: &str, url: &str, more: &str) -> String {
    format!("[[step]]\nid = '{id}'\nrequest = 'GET {url}'\nstatus = 200\n{more}\n")
}

fn verdicts(record: &Value) -> Vec<&str> {
    let steps = record["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| step["verdict"].as_str().unwrap())
        .collect()
}

/// Behaviour 21. Secure is not in it: an address of loopback counts as secure, as in browsers.
#[test]
fn the_jar_obeys_path_domain_and_expiry_and_is_empty_at_the_start_of_a_run() {
    calmly(|| {
        let cookies = "set-cookie: plain=1\r\nset-cookie: deep=1; Path=/deep\r\nset-cookie: gone=1; Max-Age=0\r\nset-cookie: past=1; Expires=Thu, 01 Jan 1970 00:00:10 GMT\r\nset-cookie: foreign=1; Domain=other.test\r\n";
        let server = Scripted::start([ok(cookies, "")]);
        let journey = format!(
            "journey = 'jar'\n{}{}{}",
            step("set", &server.url("/"), ""),
            step("top", &server.url("/top"), ""),
            step("deep", &server.url("/deep/er"), ""),
        );
        let ran = run(&journey).args(["--repeat", "2"]).go();
        assert_eq!((ran.code, ran.lines().len()), (0, 2), "{ran}");
        let sent: Vec<Option<String>> = server
            .requests()
            .iter()
            .map(|request| request.header("cookie").map(str::to_owned))
            .collect();
        for run in sent.chunks(3) {
            assert_eq!(run[0], None, "{sent:?}");
            assert_eq!(run[1].as_deref(), Some("plain=1"), "{sent:?}");
            let mut deep: Vec<&str> = run[2].as_deref().unwrap().split("; ").collect();
            deep.sort_unstable();
            assert_eq!(deep, ["deep=1", "plain=1"], "{sent:?}");
        }
        assert_eq!(sent.len(), 6);
    });
}

/// Behaviour 21: also across a redirect that sets one.
#[test]
fn a_cookie_that_a_redirect_sets_goes_with_the_next_hop() {
    calmly(|| {
        let server = Scripted::start([in_turn([
            head("302 Found", "location: /home\r\nset-cookie: sid=abc\r\n"),
            head("200 OK", ""),
        ])]);
        let journey = format!(
            "journey = 'hop'\n{}",
            step("login", &server.url("/login"), "redirects = 1")
        );
        run(&journey).go().judged("pass");
        let requests = server.requests();
        assert_eq!(requests[0].header("cookie"), None);
        assert_eq!(
            (requests[1].target.as_str(), requests[1].header("cookie")),
            ("/home", Some("sid=abc"))
        );
    });
}

/// Behaviour 21, Secure: set over TLS, it goes back over TLS alone, and without TLS none is set.
#[test]
fn a_secure_cookie_is_sent_over_tls_alone() {
    let authority = Authority::new();
    let identity = authority.sound(&["tls.shop.test"]);
    let set = |name: &str| {
        ok(
            &format!("set-cookie: {name}=1; Domain=shop.test; Secure\r\n"),
            "",
        )
    };
    calmly(|| {
        let tls = Scripted::start_tls(&identity, &[], [set("tls")]);
        let plain = Scripted::start([set("plain")]);
        let at = |server: &Scripted| Reply::at([&server.addr().ip().to_string()]);
        let names = [("tls.shop.test", at(&tls)), ("plain.shop.test", at(&plain))];
        let dns = or_skip!(Dns::start(names));
        let (tls_url, plain_url) = (
            format!("https://tls.shop.test:{}/", tls.addr().port()),
            format!("http://plain.shop.test:{}/", plain.addr().port()),
        );
        let journey = format!(
            "journey = 'secure'\n[defaults]\nfamily = '4'\n{}{}{}",
            step("set", &tls_url, ""),
            step("plain", &plain_url, ""),
            step("again", &tls_url, ""),
        );
        let ran = run(&journey).trusting(&authority).under(dns.runner()).go();
        ran.judged("pass");
        let sent = |server: &Scripted| -> Vec<Option<String>> {
            let cookie = |request: &Request| request.header("cookie").map(str::to_owned);
            server.requests().iter().map(cookie).collect()
        };
        assert_eq!(sent(&plain), [None], "{ran}");
        assert_eq!(sent(&tls), [None, Some("tls=1".to_owned())], "{ran}");
    });
}

/// Behaviour 22.
#[test]
fn after_a_failure_later_steps_are_skipped_and_clean_up_runs_in_order() {
    calmly(|| {
        let failing = Scripted::start([answer(head("500 Oops", ""))]);
        let server = Scripted::start([ok("", "")]);
        let journey = format!(
            "journey = 'after'\n{}{}{}{}",
            step("breaks", &failing.url("/breaks"), ""),
            step("later", &server.url("/later"), ""),
            step("first", &server.url("/first"), "always = true"),
            step("second", &server.url("/second"), "always = true"),
        );
        let record = run(&journey).go().failed("expect", "http.5xx");
        assert_eq!(record["failure"]["step"], "breaks");
        assert_eq!(verdicts(&record), ["fail", "skipped", "pass", "pass"]);
        assert!(
            record["steps"][1]["reason"].is_string(),
            "a skipped step says why: {}",
            record["steps"][1]
        );
        let targets: Vec<String> = server.requests().into_iter().map(|it| it.target).collect();
        assert_eq!(targets, ["/first", "/second"]);
    });
}

/// Behaviours 22 and 47: clean-up is outside the verdict, and its failure is not silent.
#[test]
fn clean_up_that_fails_changes_no_verdict_and_is_warned_of() {
    calmly(|| {
        let failing = Scripted::start([answer(head("500 Oops", ""))]);
        let server = Scripted::start([ok("", "")]);
        let journey = format!(
            "journey = 'cleanup'\n{}{}",
            step("buy", &server.url("/buy"), ""),
            step("tidy", &failing.url("/tidy"), "always = true"),
        );
        let record = run(&journey).go().judged("pass");
        assert_eq!(verdicts(&record), ["pass", "fail"]);
        assert_eq!(record["warnings"][0]["step"], "tidy");
        assert_eq!(record["warnings"][0]["cleanup"], true);
        assert_eq!(record["failure"], Value::Null);
    });
}

/// Behaviour 23.
#[test]
fn the_deadline_stops_a_step_in_flight_and_only_clean_up_is_sent_after_it() {
    calmly(|| {
        let hanging = Scripted::start([vec![Act::Read, Act::Hold]]);
        let server = Scripted::start([ok("", "")]);
        let journey = format!(
            "journey = 'deadline'\nevery = '60s'\ndeadline = '1s'\n{}{}{}",
            step("hangs", &hanging.url("/hangs"), "timeout = '20s'"),
            step("later", &server.url("/later"), ""),
            step("tidy", &server.url("/tidy"), "always = true"),
        );
        let ran = run(&journey).go();
        let record = ran.judged("fail");
        assert_eq!(verdicts(&record), ["fail", "skipped", "pass"]);
        assert_eq!(record["failure"]["step"], "hangs");
        let took = record["duration_ms"].as_f64().unwrap();
        assert!((990.0..5_000.0).contains(&took), "{took} ms of 1 s\n{ran}");
        assert_eq!(server.only_request().target, "/tidy");
    });
}

/// Behaviours 24 and 25.
#[test]
fn every_expectation_that_does_not_hold_is_told_with_what_was_expected_and_seen() {
    calmly(|| {
        let server = Scripted::start([ok("x-a: one\r\n", r#"{"n":1,"s":"text"}"#)]);
        let expect = "expect = [
  { header = 'x-a', eq = 'two' },
  { json = '$.n', eq = 1 },
  { json = '$.n', gt = 5 },
  { body = 'text', contains = 'absent' },
]";
        let journey = format!(
            "journey = 'all'\n{}",
            step("look", &server.url("/"), expect)
        );
        let ran = run(&journey).go();
        let record = ran.judged("fail");
        let judged = record["steps"][0]["expectations"].as_array().unwrap();
        let wrong: Vec<&Value> = judged.iter().filter(|it| it["holds"] == false).collect();
        assert_eq!(wrong.len(), 3, "{ran}");
        for (one, subject, expected, actual) in [
            (wrong[0], "x-a", "two", "one"),
            (wrong[1], "$.n", "5", "1"),
            (wrong[2], "body", "absent", "text"),
        ] {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            assert!(text("subject").contains(subject), "{one}");
            assert!(text("expected").contains(expected), "{one}");
            assert!(text("actual").contains(actual), "{one}");
        }
    });
}

/// Behaviour 26.
#[test]
fn a_poll_repeats_until_everything_holds_and_counts_its_attempts() {
    calmly(|| {
        let json = |body: &str| {
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let (pending, done) = (json(r#"{"s":"pending"}"#), json(r#"{"s":"done"}"#));
        let server = Scripted::start([in_turn([
            head("503 Busy", ""),
            pending.clone(),
            pending,
            done,
        ])]);
        let poll =
            "expect = [{ json = '$.s', eq = 'done' }]\npoll = { every = '50ms', for = '10s' }";
        let journey = format!("journey = 'poll'\n{}", step("wait", &server.url("/"), poll));
        let record = run(&journey).go().judged("pass");
        assert_eq!(record["steps"][0]["attempts"], 4);
        assert_eq!(server.requests().len(), 4);
        let exchanges = record["steps"][0]["exchanges"].as_array().unwrap();
        let statuses: Vec<&Value> = exchanges.iter().map(|it| &it["status"]).collect();
        assert_eq!(statuses, [503, 200, 200, 200]);
    });
}

/// Behaviour 26: a stop condition ends it at once.
#[test]
fn a_poll_ends_at_once_where_its_stop_condition_holds() {
    calmly(|| {
        let server = Scripted::start([ok("", r#"{"s":"failed"}"#)]);
        let poll = "expect = [{ json = '$.s', eq = 'done' }]\npoll = { every = '50ms', for = '20s', stop = [{ json = '$.s', eq = 'failed' }] }";
        let journey = format!("journey = 'stop'\n{}", step("wait", &server.url("/"), poll));
        let record = run(&journey).go().failed("expect", "poll.stopped");
        assert_eq!(record["steps"][0]["attempts"], 1);
        assert_eq!(server.requests().len(), 1);
    });
}

/// Behaviour 26: its time is up, the last attempt decides, and a transport error is not hidden.
#[test]
fn a_poll_whose_time_is_up_fails_by_its_last_attempt_and_hides_no_transport_error() {
    calmly(|| {
        let reset = vec![Act::Read, Act::Reset];
        let server = Scripted::start([reset, ok("", r#"{"s":"pending"}"#)]);
        let poll =
            "expect = [{ json = '$.s', eq = 'done' }]\npoll = { every = '50ms', for = '600ms' }";
        let journey = format!("journey = 'up'\n{}", step("wait", &server.url("/"), poll));
        let record = run(&journey).go().failed("expect", "expect.json");
        let attempts = record["steps"][0]["attempts"].as_u64().unwrap();
        assert_eq!(attempts, server.requests().len() as u64);
        assert!(attempts >= 2, "{attempts}");
        assert_eq!(
            record["steps"][0]["exchanges"][0]["failed"]["kind"], "http.reset",
            "{record}"
        );
    });
}

/// Behaviour 26: captures are taken even where an expectation fails.
#[test]
fn what_was_made_is_known_to_clean_up_though_an_expectation_failed() {
    calmly(|| {
        let server = Scripted::start([ok("", r#"{"id":"o-17","status":"odd"}"#)]);
        let journey = format!(
            "journey = 'made'\n{}{}",
            step(
                "make",
                &server.url("/make"),
                "expect = [{ json = '$.status', eq = 'fine' }]\ncapture.id = { json = '$.id' }"
            ),
            step(
                "remove",
                &server.url("/remove/{{make.id}}"),
                "always = true\nwhen = { captured = ['make.id'] }"
            ),
        );
        let record = run(&journey).go().failed("expect", "expect.json");
        assert_eq!(verdicts(&record), ["fail", "pass"]);
        assert_eq!(server.requests()[1].target, "/remove/o-17");
    });
}

/// Behaviour 22: a clean-up whose `when` is not met is skipped, not failed.
#[test]
fn clean_up_of_what_was_never_made_is_skipped() {
    calmly(|| {
        let server = Scripted::start([answer(head("500 Oops", ""))]);
        let journey = format!(
            "journey = 'never'\n{}{}",
            step(
                "make",
                &server.url("/make"),
                "capture.id = { json = '$.id' }"
            ),
            step(
                "remove",
                &server.url("/remove/{{make.id}}"),
                "always = true\nwhen = { captured = ['make.id'] }"
            ),
        );
        let record = run(&journey).go().failed("expect", "http.5xx");
        assert_eq!(verdicts(&record), ["fail", "skipped"]);
        assert_eq!(server.only_request().target, "/make");
        assert!(
            record["duration_ms"].as_f64().unwrap() < Duration::from_secs(5).as_secs_f64() * 1e3
        );
    });
}
