//! An endpoint's `Date`, and what is told of our clock by it. The clock stands still at `T0`,
//! 2025-11-24T16:00:00Z.

use crate::{
    place::{Place, Running, S, T0, run},
    receiver::{Receiver, Reply},
};
use jaunt_otlp::Signal;
use jaunt_record::Verdict;

const OFFSET: &str = "jaunt.agent.clock.offset";

/// What is told after one answer with these header lines, `None` where nothing is.
async fn told(status: u16, lines: &'static str) -> Option<f64> {
    let reply = Reply::Status(status, lines, Vec::new());
    let receiver = Receiver::start(move |n, _| match n {
        0 => reply.clone(),
        _ => Reply::ok(),
    })
    .await;
    let place = Place::new();
    let feed = place.live();
    feed.append(&run(1, Verdict::Fail, T0 + S));
    let settings = place.settings(&receiver.endpoint(), &[Signal::Traces]);
    let running = Running::start(&feed, settings).await;
    feed.until_done("backend.traces").await;
    assert_eq!(receiver.all()[0].status, status, "it was answered so");
    running.has("fra").then(|| running.figure(OFFSET, "fra"))
}

#[tokio::test]
async fn an_answer_s_date_tells_what_our_clock_is_off_by_at_least_also_in_a_refusal() {
    for (status, lines, expected) in [
        (200, "date: Mon, 24 Nov 2025 16:00:00 GMT\r\n", Some(0.0)),
        // Cut to the second before: our clock may be right.
        (200, "date: Mon, 24 Nov 2025 15:59:59 GMT\r\n", Some(0.0)),
        (200, "date: Mon, 24 Nov 2025 15:59:50 GMT\r\n", Some(9.0)),
        (200, "date: Mon, 24 Nov 2025 16:00:10 GMT\r\n", Some(-10.0)),
        (503, "date: Mon, 24 Nov 2025 15:59:50 GMT\r\n", Some(9.0)),
        (401, "date: Mon, 24 Nov 2025 15:59:50 GMT\r\n", Some(9.0)),
        (200, "date: yesterday\r\n", None),
        (200, "", None),
    ] {
        assert_eq!(told(status, lines).await, expected, "{status} {lines}");
    }
}
