//! How runs end: after failures, at the deadline, when told to stop.

use crate::{
    carry::{Carry, carry, ending, message, step, verdicts},
    server::{Reply, Server, json, reply, status},
};
use jaunt_record::{Phase, StepVerdict};
use std::time::Duration;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Login, a purchase, what comes after it, and two clean-up steps.
fn bought(server: &Server) -> String {
    let url = format!("http://{}", server.address);
    format!(
        r#"
        [[step]]
        id = "login"
        request = "GET {url}/login"
        status = 200
        capture.csrf = {{ json = "$.csrf" }}
        [[step]]
        id = "pay"
        request = "GET {url}/pay"
        status = 201
        capture.order = {{ json = "$.order" }}
        [[step]]
        id = "after"
        request = "GET {url}/after"
        status = 200
        [[step]]
        id = "cancel"
        always = true
        when = {{ captured = ["pay.order"] }}
        request = "DELETE {url}/orders/{{{{pay.order}}}}"
        status = 204
        [[step]]
        id = "logout"
        always = true
        when = {{ captured = ["login.csrf"] }}
        request = "POST {url}/logout?csrf={{{{login.csrf}}}}"
        status = 204
        "#
    )
}

#[tokio::test]
async fn after_a_failure_the_rest_is_skipped_and_says_so_and_clean_up_runs() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/login" => json(r#"{"csrf":"c-1"}"#),
        "/pay" => status(500),
        _ => status(204),
    })
    .await;
    let carry = Carry::new(&bought(&server));
    let record = carry.out().await;
    assert_eq!(ending(&record), "http.5xx in expect at pay");
    assert_eq!(
        verdicts(&record),
        [
            "login: pass",
            "pay: fail",
            "after: skipped",
            "cancel: skipped",
            "logout: pass"
        ]
    );
    let reason = |id| step(&record, id).reason.clone().unwrap();
    assert_eq!(reason("after"), "step `pay` failed");
    assert_eq!(reason("cancel"), "`pay.order` was not captured");
    assert_eq!(
        server.lines(),
        ["GET /login", "GET /pay", "POST /logout?csrf=c-1"]
    );
    assert_eq!(record.warnings, []);
    let told = carry.progress.lock().unwrap().clone();
    assert_eq!(
        told,
        [
            "began login",
            "ended login",
            "began pay",
            "ended pay",
            "ended after",
            "ended cancel",
            "began logout",
            "ended logout"
        ]
    );
    let own: Duration = ["login", "pay"]
        .iter()
        .map(|id| step(&record, id).duration)
        .sum();
    assert_eq!(record.duration, own, "clean-up is in no duration");
}

#[tokio::test]
async fn what_was_made_is_cleaned_up_even_where_its_step_failed() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/login" => json(r#"{"csrf":"c-1"}"#),
        "/pay" => reply(200, &[], r#"{"order":"o-9"}"#),
        _ => status(204),
    })
    .await;
    let record = carry(&bought(&server)).await;
    assert_eq!(ending(&record), "http.2xx in expect at pay");
    let lines = server.lines();
    assert_eq!(lines[2..], ["DELETE /orders/o-9", "POST /logout?csrf=c-1"]);
}

#[tokio::test]
async fn clean_up_that_fails_is_warned_of_and_changes_no_verdict() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/login" => json(r#"{"csrf":"c-1"}"#),
        "/pay" => reply(201, &[], r#"{"order":"o-9"}"#),
        "/after" => status(200),
        "/orders/o-9" => status(500),
        _ => status(204),
    })
    .await;
    let record = carry(&bought(&server)).await;
    assert_eq!(ending(&record), "pass");
    assert_eq!(step(&record, "cancel").verdict, StepVerdict::Fail);
    assert_eq!(
        step(&record, "cancel")
            .failure
            .as_ref()
            .unwrap()
            .kind
            .as_str(),
        "http.5xx"
    );
    assert_eq!(step(&record, "logout").verdict, StepVerdict::Pass);
    let [warning] = &record.warnings[..] else {
        panic!("{:?}", record.warnings);
    };
    assert!(warning.cleanup && warning.step == "cancel" && warning.actual.contains("500"));
}

#[tokio::test]
async fn the_deadline_stops_a_step_in_flight_and_clean_up_has_its_grace() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/hang" => Reply::Hang(Vec::new()),
        _ => Reply::After(ms(300), crate::server::bytes(204, &[], "")),
    })
    .await;
    let url = format!("http://{}", server.address);
    let carry = Carry::new(&format!(
        r#"
        deadline = "700ms"
        [[step]]
        id = "first"
        request = "GET {url}/first"
        status = 204
        [[step]]
        id = "hang"
        request = "GET {url}/hang"
        status = 200
        [[step]]
        id = "logout"
        always = true
        request = "POST {url}/logout"
        status = 204
        "#
    ));
    let record = carry.out().await;
    assert_eq!(ending(&record), "timeout.wait in wait at hang");
    assert!(
        message(&record).ends_with("the run's deadline struck"),
        "{record:#?}"
    );
    let hang = step(&record, "hang");
    let ended = hang.offset + hang.duration;
    assert!(ended >= ms(650) && ended <= ms(750), "{ended:?}");
    assert_eq!(step(&record, "logout").verdict, StepVerdict::Pass);
    let measured = ms(0) + Duration::from_nanos((record.end_ns - record.start_ns).unsigned_abs());
    assert!(measured >= ms(690) && measured <= ms(760), "{measured:?}");
    let phases = hang.exchanges[0].phases;
    assert!(phases.took(Phase::Wait).is_some(), "{phases:?}");
}

#[tokio::test]
async fn clean_up_ends_five_seconds_after_the_deadline() {
    let server = Server::new(|_, _| Reply::Hang(Vec::new())).await;
    let url = format!("http://{}", server.address);
    let carry = Carry::new(&format!(
        r#"
        deadline = "200ms"
        [[step]]
        id = "hang"
        request = "GET {url}/hang"
        status = 200
        [[step]]
        id = "logout"
        always = true
        request = "POST {url}/logout"
        status = 204
        timeout = "30s"
        [[step]]
        id = "more"
        always = true
        request = "POST {url}/more"
        status = 204
        "#
    ));
    let (record, took) = carry.timed().await;
    assert_eq!(ending(&record), "timeout.wait in wait at hang");
    assert!(took >= ms(5150) && took <= ms(5400), "{took:?}");
    assert_eq!(
        verdicts(&record),
        ["hang: fail", "logout: fail", "more: fail"]
    );
    assert_eq!(server.lines(), ["GET /hang", "POST /logout"]);
    assert_eq!(record.warnings.len(), 2);
    assert!(record.duration < ms(260), "{:?}", record.duration);
}

#[tokio::test]
async fn a_deadline_within_a_pause_or_a_poll_ends_the_run_there() {
    let server = Server::json(r#"{"status":"pending"}"#).await;
    let (record, took) = Carry::new(
        r#"
        deadline = "300ms"
        [[step]]
        id = "think"
        wait = "5s"
        [[step]]
        id = "after"
        wait = "1ms"
        "#,
    )
    .timed()
    .await;
    assert_eq!(ending(&record), "timeout.deadline in expect at think");
    assert!(took >= ms(290) && took <= ms(360), "{took:?}");
    assert_eq!(
        record.duration,
        Duration::ZERO,
        "think time is in no latency"
    );
    let (record, took) = Carry::new(&format!(
        r#"
        deadline = "300ms"
        [[step]]
        id = "confirmed"
        request = "GET http://{}/"
        status = 200
        expect = [{{ json = "$.status", eq = "confirmed" }}]
        poll = {{ every = "100ms", for = "10s" }}
        "#,
        server.address
    ))
    .timed()
    .await;
    assert_eq!(ending(&record), "expect.json in expect at confirmed");
    assert!(took <= ms(350), "{took:?}");
    assert_eq!(step(&record, "confirmed").attempts, 3);
}

#[tokio::test]
async fn a_steps_timeout_keeps_the_phases_it_had() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    let server = Server::new(move |_, _| Reply::Hang(head.clone())).await;
    let record = carry(&format!(
        "[[step]]\nid = \"slow\"\nrequest = \"GET http://{}/\"\nstatus = 200\ntimeout = \"250ms\"",
        server.address
    ))
    .await;
    assert_eq!(ending(&record), "timeout.receive in receive at slow");
    let exchange = &step(&record, "slow").exchanges[0];
    let phases: Vec<_> = exchange
        .phases
        .iter()
        .map(|(phase, _)| phase.as_str())
        .collect();
    assert_eq!(phases, ["connect", "send", "wait", "receive"]);
    assert_eq!(exchange.status, Some(200));
    let off = exchange.duration.abs_diff(ms(250));
    assert!(off < ms(50), "{exchange:?}");
    assert!(exchange.phases.total().abs_diff(exchange.duration) < ms(1));
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_is_void_and_cleans_up() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/login" => json(r#"{"csrf":"c-1"}"#),
        "/pay" => Reply::Hang(Vec::new()),
        _ => status(204),
    })
    .await;
    let carry = Carry::new(&bought(&server));
    let stop = carry.stop();
    let (record, ()) = tokio::join!(carry.out(), async {
        server.until(2).await;
        stop.cancel();
    });
    assert_eq!(ending(&record), "void: shutdown");
    assert_eq!(
        verdicts(&record),
        [
            "login: pass",
            "pay: void",
            "after: skipped",
            "cancel: skipped",
            "logout: pass"
        ]
    );
    assert_eq!(
        server.lines(),
        ["GET /login", "GET /pay", "POST /logout?csrf=c-1"]
    );
    assert_eq!(record.failure, None);
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_before_it_begins_sends_nothing() {
    let server = Server::json("{}").await;
    let carry = Carry::new(&bought(&server));
    carry.stop().cancel();
    let record = carry.out().await;
    assert_eq!(ending(&record), "void: shutdown");
    assert!(
        record
            .steps
            .iter()
            .all(|step| step.verdict == StepVerdict::Skipped)
    );
    assert_eq!(server.lines(), [""; 0]);
}

#[tokio::test]
async fn until_ends_the_run_after_its_step_and_clean_up_still_runs() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/login" => json(r#"{"csrf":"c-1"}"#),
        _ => status(204),
    })
    .await;
    let record = Carry::new(&bought(&server)).until("login").out().await;
    assert_eq!(ending(&record), "pass");
    assert_eq!(
        step(&record, "pay").reason.as_deref(),
        Some("the run was to end with step `login`")
    );
    assert_eq!(server.lines(), ["GET /login", "POST /logout?csrf=c-1"]);
}

#[tokio::test]
async fn nothing_is_sent_by_a_step_whose_when_does_not_hold() {
    let server = Server::json(r#"{"csrf":"c-1"}"#).await;
    let record = carry(&format!(
        r#"
        [[step]]
        id = "login"
        request = "GET http://{0}/login"
        status = 500
        [[step]]
        id = "after"
        request = "GET http://{0}/after"
        status = 200
        "#,
        server.address
    ))
    .await;
    assert_eq!(verdicts(&record), ["login: fail", "after: skipped"]);
    assert_eq!(step(&record, "after").attempts, 0);
    assert_eq!(server.sent().len(), 1);
    assert!(message(&record).contains("status 200, expected 500"));
}

#[tokio::test]
async fn a_run_that_the_runtime_kept_waiting_is_void() {
    let server = Server::new(|_, _| {
        // On the one thread that measures too: what else runs on it must wait.
        std::thread::sleep(ms(150));
        status(200)
    })
    .await;
    let text = format!(
        "[[step]]\nid = \"go\"\nrequest = \"GET http://{}/\"\nstatus = 200",
        server.address
    );
    let record = carry(&text).await;
    assert_eq!(ending(&record), "void: overloaded", "{record:#?}");
    assert!(
        record.lag > ms(50) && record.lag < ms(200),
        "{:?}",
        record.lag
    );
    assert_eq!(step(&record, "go").verdict, StepVerdict::Pass);
}
