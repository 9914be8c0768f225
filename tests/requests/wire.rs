//! How many requests there are, and on which connection.

use super::{get, one};
use crate::support::{
    httpbin::Httpbin,
    jaunt::{calmly, run},
    nginx::{Nginx, Site},
    scripted::{Act, Scripted, answer, ok},
    skip::or_skip,
};

/// Behaviour 1.
#[test]
fn an_answer_costs_one_request() {
    calmly(|| {
        let httpbin = or_skip!(Httpbin::shared());
        let url = httpbin.url("/status/503?mark=one-answer");
        let record = run(&get(&url, "status = 200"))
            .go()
            .failed("expect", "http.5xx");
        assert_eq!(record["steps"][0]["attempts"], 1);
        assert_eq!(httpbin.answered("mark=one-answer"), 1);
    });
}

/// Behaviour 1.
#[test]
fn a_server_that_goes_without_a_word_gets_one_request_and_one_connection() {
    calmly(|| {
        let reset = vec![Act::Read, Act::Reset];
        for (script, kind) in [(vec![Act::Read], "http.closed"), (reset, "http.reset")] {
            for method in ["GET", "POST"] {
                let server = Scripted::start([script.clone()]);
                let step = format!("request = \"{method} {}\"\nstatus = 200", server.url("/"));
                run(&one(&step)).go().failed("wait", kind);
                let seen = server.finished();
                assert_eq!(
                    (seen.len(), seen[0].requests.len()),
                    (1, 1),
                    "{kind} {method}"
                );
            }
        }
    });
}

/// Behaviour 1.
#[test]
fn a_poll_makes_as_many_requests_as_it_counts() {
    calmly(|| {
        let busy = answer("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let server = Scripted::start([busy.clone(), busy, ok("", "at last")]);
        let rest = "status = 200\npoll = { every = \"50ms\", for = \"20s\" }";
        let record = run(&get(&server.url("/"), rest)).go().judged("pass");
        assert_eq!(record["steps"][0]["attempts"], 3);
        assert_eq!(server.requests().len(), 3);
    });
}

/// A journey of two steps on one connection.
fn two(url: &str) -> String {
    format!(
        "journey = \"t\"\n\
         [[step]]\nid = \"a\"\nrequest = \"GET {url}a\"\nstatus = 200\n\
         [[step]]\nid = \"pause\"\nwait = \"300ms\"\n\
         [[step]]\nid = \"b\"\nrequest = \"GET {url}b\"\nstatus = 200\n"
    )
}

/// Behaviour 45.
#[test]
fn a_kept_connection_that_was_closed_between_steps_is_replaced_unseen() {
    calmly(|| {
        let once = answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        let server = Scripted::start([once, ok("", "ok")]);
        let record = run(&two(&server.url("/"))).go().judged("pass");
        assert_eq!(record["steps"][2]["attempts"], 1);
        assert_eq!(record["steps"][2]["exchanges"][0]["reused"], false);
        let seen = server.connections();
        assert_eq!(
            (seen.len(), seen[0].requests.len(), seen[1].requests.len()),
            (2, 1, 1)
        );
        assert_eq!(seen[1].requests[0].target, "/b");
    });
}

/// Behaviour 45: nginx closes after its own count of requests, without saying so by a header.
#[test]
fn a_connection_that_nginx_has_had_enough_of_is_replaced_unseen() {
    calmly(|| {
        let site = Site {
            server: "keepalive_timeout 100ms;",
            ..Site::default()
        };
        let nginx = or_skip!(Nginx::start(site));
        for name in ["a", "b"] {
            nginx.put(name, "ok");
        }
        run(&two(&nginx.url("/"))).go().judged("pass");
        let log = nginx.log(2);
        assert_eq!(log.len(), 2);
        assert_ne!(log[0]["connection"], log[1]["connection"]);
    });
}

/// Behaviour 45.
#[test]
fn a_kept_connection_that_is_closed_upon_the_next_request_fails_it_and_nothing_is_sent_again() {
    calmly(|| {
        let mut script = answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        script.push(Act::Read);
        let server = Scripted::start([script, ok("", "ok")]);
        let record = run(&two(&server.url("/")))
            .go()
            .failed("wait", "http.closed");
        assert_eq!(record["failure"]["step"], "b");
        let seen = server.finished();
        assert_eq!((seen.len(), seen[0].requests.len()), (1, 2));
    });
}

/// Behaviour 45.
#[test]
fn a_live_connection_is_used_again() {
    calmly(|| {
        let server = Scripted::start([ok("", "ok")]);
        let record = run(&two(&server.url("/"))).go().judged("pass");
        assert_eq!(record["steps"][2]["exchanges"][0]["reused"], true);
        let phases = &record["steps"][2]["exchanges"][0]["phases_ms"];
        assert!(
            phases.get("connect").is_none() && phases.get("resolve").is_none(),
            "{phases}"
        );
        assert_eq!(server.connections().len(), 1);
    });
}
