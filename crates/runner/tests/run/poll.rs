//! `poll`: the one way to repeat.

use crate::{
    carry::{carry, ending, message, step},
    server::{Reply, Server, json, status},
};
use std::time::Duration;

fn polling(server: &Server, every: &str, within: &str, rest: &str) -> String {
    format!(
        r#"
        [[step]]
        id = "confirmed"
        request = "GET http://{}/order"
        status = 200
        expect = [{{ json = "$.status", eq = "confirmed" }}]
        [step.poll]
        every = "{every}"
        for = "{within}"
        {rest}
        "#,
        server.address
    )
}

#[tokio::test]
async fn a_poll_repeats_until_all_holds_and_counts_its_attempts() {
    let server = Server::new(|_, before| match before {
        2 => json(r#"{"status":"confirmed"}"#),
        _ => json(r#"{"status":"pending"}"#),
    })
    .await;
    let record = carry(&polling(&server, "100ms", "3s", "")).await;
    assert_eq!(ending(&record), "pass", "{record:#?}");
    let step = step(&record, "confirmed");
    assert_eq!((step.attempts, step.exchanges.len()), (3, 3));
    let attempts: Vec<u32> = step.exchanges.iter().map(|e| e.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(server.sent().len(), 3);
    assert!(step.exchanges.iter().all(|e| e.status_expected));
    // The pauses between attempts are what the user waited for.
    assert!(step.duration >= Duration::from_millis(200), "{step:?}");
    assert_eq!(record.duration, step.duration);
    assert!(step.expectations.iter().all(|expected| expected.holds));
}

#[tokio::test]
async fn the_last_attempt_decides_and_none_starts_after_the_polls_time() {
    let server =
        Server::new(|_, before| json(&format!(r#"{{"status":"pending {before}"}}"#))).await;
    let record = carry(&polling(&server, "100ms", "250ms", "")).await;
    assert_eq!(ending(&record), "expect.json in expect at confirmed");
    let step = step(&record, "confirmed");
    assert_eq!((step.attempts, server.sent().len()), (3, 3));
    assert!(message(&record).contains("pending 2"), "{record:#?}");
    assert!(message(&record).contains("last of 3 attempts"));
    assert!(step.expectations[1].actual.contains("pending 2"));
}

#[tokio::test]
async fn a_stop_condition_fails_at_once_and_says_which() {
    let server = Server::new(|_, before| match before {
        0 => json(r#"{"status":"pending"}"#),
        _ => json(r#"{"status":"failed"}"#),
    })
    .await;
    let stop =
        r#"stop = [{ json = "$.status", eq = "never" }, { json = "$.status", eq = "failed" }]"#;
    let record = carry(&polling(&server, "50ms", "5s", stop)).await;
    assert_eq!(ending(&record), "poll.stopped in expect at confirmed");
    assert_eq!(server.sent().len(), 2);
    assert!(message(&record).contains(r#"eq "failed""#), "{record:#?}");
}

#[tokio::test]
async fn a_transport_error_between_two_attempts_is_not_hidden() {
    let server = Server::new(|_, before| match before {
        0 => json(r#"{"status":"pending"}"#),
        1 => Reply::Close,
        2 => status(503),
        _ => json(r#"{"status":"confirmed"}"#),
    })
    .await;
    let record = carry(&polling(&server, "50ms", "5s", "")).await;
    assert_eq!(ending(&record), "pass");
    let step = step(&record, "confirmed");
    let seen: Vec<_> = step
        .exchanges
        .iter()
        .map(|e| (e.attempt, e.status, e.failed.map(|(_, kind)| kind.as_str())))
        .collect();
    assert_eq!(
        seen,
        [
            (1, Some(200), None),
            (2, None, Some("http.closed")),
            (3, Some(503), None),
            (4, Some(200), None),
        ]
    );
    assert!(!step.exchanges[2].status_expected);
    assert_eq!(server.sent().len(), 4, "one request for each attempt");
}

#[tokio::test]
async fn a_poll_that_ends_in_a_transport_error_fails_by_it() {
    let server = Server::new(|_, before| match before {
        0 => json(r#"{"status":"pending"}"#),
        _ => Reply::Close,
    })
    .await;
    let record = carry(&polling(&server, "100ms", "150ms", "")).await;
    assert_eq!(ending(&record), "http.closed in wait at confirmed");
    assert_eq!(step(&record, "confirmed").attempts, 2);
}

#[tokio::test]
async fn the_timeout_is_each_attempts_own() {
    let server = Server::new(|_, before| match before {
        0 => Reply::Hang(Vec::new()),
        _ => json(r#"{"status":"confirmed"}"#),
    })
    .await;
    let text = polling(&server, "50ms", "3s", "")
        .replace("[step.poll]", "timeout = \"200ms\"\n[step.poll]");
    let record = carry(&text).await;
    assert_eq!(ending(&record), "pass");
    let step = step(&record, "confirmed");
    assert_eq!(step.attempts, 2);
    let failed = step.exchanges[0].failed.unwrap();
    assert_eq!(failed.1.as_str(), "timeout.wait");
}

#[tokio::test]
async fn a_long_polls_record_is_bounded_and_says_so() {
    let server = Server::json(r#"{"status":"pending"}"#).await;
    let record = carry(&polling(&server, "10ms", "900ms", "")).await;
    let step = step(&record, "confirmed");
    assert_eq!(step.attempts as usize, server.sent().len());
    assert!(step.attempts > 32, "{}", step.attempts);
    assert_eq!(step.exchanges.len(), 32);
    assert_eq!(step.exchanges_left_out, step.attempts - 32);
    assert_eq!(step.exchanges.last().unwrap().attempt, step.attempts);
}

#[tokio::test]
async fn a_latency_is_judged_once_on_the_whole_step() {
    let server = Server::new(|_, before| match before {
        2 => json(r#"{"status":"confirmed"}"#),
        _ => json(r#"{"status":"pending"}"#),
    })
    .await;
    let text = polling(&server, "100ms", "3s", "").replace(
        "expect = [",
        r#"expect = [{ latency = "total", lt = "150ms" }, { latency = "wait", lt = "150ms" }, "#,
    );
    let record = carry(&text).await;
    assert_eq!(ending(&record), "expect.latency in expect at confirmed");
    let step = step(&record, "confirmed");
    assert_eq!((step.attempts, server.sent().len()), (3, 3));
    let holds: Vec<bool> = step.expectations.iter().map(|e| e.holds).collect();
    assert_eq!(holds, [true, false, true, true]);
}
