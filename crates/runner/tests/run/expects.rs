//! Expectations: what holds, what does not, and what is said then.

use crate::{
    carry::{carry, ending, message, step},
    server::{Server, bytes, json, reply},
};
use jaunt_record::{Expected, Record, StepVerdict};
use std::time::Duration;

async fn expecting(server: &Server, expect: &str) -> Record {
    carry(&format!(
        "[[step]]\nid = \"go\"\nrequest = \"GET http://{}/a\"\nstatus = 200\nexpect = [ {expect} ]",
        server.address
    ))
    .await
}

async fn judged(server: &Server, expect: &str) -> Expected {
    let record = expecting(server, &format!("{{ {expect} }}")).await;
    let step = step(&record, "go");
    assert_eq!(step.expectations.len(), 2, "{expect}");
    let judged = step.expectations[1].clone();
    assert_eq!(step.verdict == StepVerdict::Pass, judged.holds, "{expect}");
    judged
}

async fn all(server: &Server, cases: &[(&str, bool)]) {
    for (expect, holds) in cases {
        let judged = judged(server, expect).await;
        assert_eq!(judged.holds, *holds, "{expect}: {judged:?}");
    }
}

#[tokio::test]
async fn json_is_judged_with_its_types() {
    let server = Server::json(
        r#"{"n":1,"s":"1","f":1.0,"t":true,"z":null,"e":[],"l":[1,2,3],"o":[{"p":1},{"p":5}],"one":[[7,8]],"big":9007199254740993}"#,
    )
    .await;
    all(
        &server,
        &[
            (r#"json = "$.n", eq = 1"#, true),
            (r#"json = "$.n", eq = 1.0"#, true),
            (r#"json = "$.f", eq = 1"#, true),
            (r#"json = "$.n", eq = "1""#, false),
            (r#"json = "$.s", eq = 1"#, false),
            (r#"json = "$.n", ne = "1""#, true),
            (r#"json = "$.t", eq = true"#, true),
            (r#"json = "$.t", eq = "true""#, false),
            (r#"json = "$.big", eq = 9007199254740992"#, false),
            (r#"json = "$.big", gt = 9007199254740992"#, true),
            (r#"json = "$.s", gt = 0"#, false),
            (r#"json = "$.s", lt = 2"#, false),
            (r#"json = "$.l", contains = 2"#, true),
            (r#"json = "$.l", contains = "2""#, false),
            (r#"json = "$.l", not_contains = 4"#, true),
            (r#"json = "$.n", one_of = [3, 1]"#, true),
            (r#"json = "$.n", not_one_of = ["1"]"#, true),
            (r#"json = "$.z", type = "null""#, true),
            (r#"json = "$.z", exists = true"#, true),
            (r#"json = "$.none", exists = false"#, true),
            (r#"json = "$.none", eq = 1"#, false),
            (r#"json = "$.none", ne = 1"#, false),
            (r#"json = "$.n", type = "integer""#, true),
            (r#"json = "$.s", type = "string""#, true),
            // Several nodes.
            (r#"json = "$.o[*].p", gt = 0"#, false),
            (r#"json = "$.o[*].p", of = "each", gt = 0"#, true),
            (r#"json = "$.o[*].p", of = "each", gt = 1"#, false),
            (r#"json = "$.o[*].p", of = "any", gt = 1"#, true),
            (r#"json = "$.o[*].p", of = "any", gt = 5"#, false),
            (r#"json = "$.o[*].p", of = "none", gt = 5"#, true),
            (r#"json = "$.o[*].p", of = "none", gt = 1"#, false),
            (r#"json = "$.none[*]", of = "each", gt = 0"#, false),
            (r#"json = "$.none[*]", of = "any", gt = 0"#, false),
            (r#"json = "$.none[*]", of = "none", gt = 0"#, true),
            // A single array's elements, else the nodes.
            (r#"json = "$.l", count_eq = 3"#, true),
            (r#"json = "$.l[*]", count_eq = 3"#, true),
            (r#"json = "$.one", count_eq = 1"#, true),
            (r#"json = "$.one[*]", count_eq = 2"#, true),
            (r#"json = "$.e", count_eq = 0"#, true),
            (r#"json = "$.none", count_eq = 0"#, true),
            (r#"json = "$.none", count_ge = 1"#, false),
            (r#"json = "$.n", count_eq = 1"#, true),
        ],
    )
    .await;
    let several = judged(&server, r#"json = "$.o[*].p", gt = 0"#).await.actual;
    assert!(several.contains("2 nodes, and no `of`"), "{several}");
    let types = judged(&server, r#"json = "$.s", eq = 1"#).await;
    assert_eq!(
        (&*types.actual, types.subject.contains("$.s")),
        (r#"string "1""#, true)
    );
}

#[tokio::test]
async fn missing_null_empty_and_not_json_are_four_findings() {
    let mut seen = Vec::new();
    for body in [r#"{}"#, r#"{"a":null}"#, r#"{"a":[]}"#, r#"{"a":"#, ""] {
        let server = Server::new(move |_, _| json(body)).await;
        let record = expecting(&server, r#"{ json = "$.a", eq = 1 }"#).await;
        assert_eq!(ending(&record), "expect.json in expect at go");
        seen.push(step(&record, "go").expectations[1].actual.clone());
    }
    assert_eq!(seen[..3], ["nothing", "null", "array [] (empty)"]);
    assert!(seen[3].starts_with("the body is not JSON: "), "{seen:?}");
    assert_eq!(seen[4], "the body is not JSON: it is empty");
    let server = Server::new(|_, _| json("<html>")).await;
    let counted = judged(&server, r#"json = "$.a", count_eq = 0"#).await;
    assert!(
        !counted.holds,
        "of what is no JSON there is no count: {counted:?}"
    );
    let absent = judged(&server, r#"json = "$.a", exists = false"#).await;
    assert!(
        !absent.holds,
        "in what is no JSON nothing is proven absent: {absent:?}"
    );
}

#[tokio::test]
async fn every_subject_of_an_answer_is_judged() {
    let page = "<title>Shop</title><p class=a>one</p><p class=a>two</p>";
    let server = Server::new(move |_, _| {
        let lines = [
            "Content-Type: text/html",
            "X-Two: a",
            "X-Two: b",
            "Set-Cookie: sid=s-1; Path=/; HttpOnly; SameSite=Lax; Max-Age=60",
        ];
        reply(200, &lines, page)
    })
    .await;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, page.as_bytes());
    let hash = data_encoding::HEXLOWER.encode(hash.as_ref());
    let (size, port) = (page.len(), server.address.port());
    all(
        &server,
        &[
            (r#"header = "Content-Type", eq = "text/html""#, true),
            (r#"header = "content-type", starts_with = "text/""#, true),
            (r#"header = "x-two", eq = "a""#, false),
            (r#"header = "x-two", of = "any", eq = "b""#, true),
            (r#"header = "x-two", count_eq = 2"#, true),
            (r#"header = "x-none", exists = false"#, true),
            (r#"cookie = "sid", eq = "s-1""#, true),
            (
                r#"cookie = "sid", attribute = "httponly", exists = true"#,
                true,
            ),
            (
                r#"cookie = "sid", attribute = "secure", exists = true"#,
                false,
            ),
            (
                r#"cookie = "sid", attribute = "samesite", eq = "Lax""#,
                true,
            ),
            (r#"cookie = "none", exists = false"#, true),
            (r#"css = "title", eq = "Shop""#, true),
            (r#"css = "p.a", count_eq = 2"#, true),
            (r#"css = "p.a", of = "each", matches = "^(one|two)$""#, true),
            (r#"css = "p.b", exists = true"#, false),
            (r#"body = "text", contains = "two""#, true),
            (r#"body = "text", not_contains = "three""#, true),
            (r#"body = "text", ends_with = "</p>""#, true),
            (&format!("sha256 = \"body\", eq = \"{hash}\""), true),
            (&format!("size = \"bytes\", eq = {size}"), true),
            (r#"size = "bytes", lt = "1KiB""#, true),
            (r#"url = "final", ends_with = "/a""#, true),
            (r#"redirects = "count", eq = 0"#, true),
            (r#"status = "code", eq = 200"#, true),
            (r#"status = "code", lt = 200"#, false),
            (r#"version = "http", eq = "1.1""#, false),
            (r#"address = "ip", one_of = ["127.0.0.0/8"]"#, true),
            (r#"address = "ip", one_of = ["10.0.0.0/8", "::/0"]"#, false),
            (&format!("address = \"port\", eq = \"{port}\""), true),
            (r#"latency = "total", lt = "5s""#, true),
            (r#"latency = "connect", gt = "5s""#, false),
        ],
    )
    .await;
    let xml =
        Server::new(|_, _| reply(200, &["Content-Type: text/xml"], "<a><b n='1'>x</b></a>")).await;
    all(
        &xml,
        &[
            (r#"xpath = "/a/b", eq = "x""#, true),
            (r#"xpath = "/a/b/@n", eq = "1""#, true),
            (r#"xpath = "/a/c", exists = true"#, false),
        ],
    )
    .await;
    let broken = Server::new(|_, _| reply(200, &[], "<a><b>")).await;
    let seen = judged(&broken, r#"xpath = "/a", exists = true"#)
        .await
        .actual;
    assert!(seen.starts_with("the body is not XML"), "{seen}");
}

#[tokio::test]
async fn all_expectations_are_judged_and_all_that_fail_are_told() {
    let server = Server::json(r#"{"a":1}"#).await;
    let record = expecting(
        &server,
        r#"{ json = "$.a", eq = 2 }, { json = "$.a", eq = 1 }, { header = "x", exists = true }"#,
    )
    .await;
    assert_eq!(ending(&record), "expect.json in expect at go");
    let holds: Vec<bool> = step(&record, "go")
        .expectations
        .iter()
        .map(|e| e.holds)
        .collect();
    assert_eq!(holds, [true, false, true, false]);
    let said = message(&record);
    assert!(
        said.contains("expected eq 2, seen number 1") && said.contains("also header x"),
        "{said}"
    );
}

#[tokio::test]
async fn a_warning_changes_no_verdict_and_a_latency_grades() {
    let slow = bytes(200, &["Content-Type: application/json"], r#"{"a":1}"#);
    let server = Server::new(move |_, _| {
        crate::server::Reply::After(Duration::from_millis(120), slow.clone())
    })
    .await;
    let record = expecting(&server, r#"{ json = "$.a", eq = 2, else = "warn" }"#).await;
    assert_eq!(ending(&record), "pass");
    let [warning] = &record.warnings[..] else {
        panic!("{:?}", record.warnings)
    };
    assert!(!warning.cleanup && warning.step == "go" && warning.actual == "number 1");
    let graded = |bound: &str| format!(r#"{{ latency = "wait", lt = "{bound}", else = "slow" }}"#);
    let record = expecting(&server, &graded("100ms")).await;
    assert_eq!(
        (ending(&record), step(&record, "go").verdict),
        ("slow".into(), StepVerdict::Slow)
    );
    assert_eq!(ending(&expecting(&server, &graded("3s")).await), "pass");
    let record = expecting(&server, r#"{ latency = "total", lt = "100ms" }"#).await;
    assert_eq!(ending(&record), "expect.latency in expect at go");
    let record = expecting(
        &server,
        r#"{ latency = "total", lt = "100ms", else = "warn" }"#,
    )
    .await;
    assert_eq!((ending(&record), record.warnings.len()), ("pass".into(), 1));
}

#[tokio::test]
async fn a_journeys_own_bound_grades_it_and_its_slos_count_it() {
    let answer = bytes(200, &[], "{}");
    let server = Server::new(move |_, _| {
        crate::server::Reply::After(Duration::from_millis(60), answer.clone())
    })
    .await;
    let text = |status: u16| {
        format!(
            r#"
            slow = "50ms"
            [[step]]
            id = "go"
            request = "GET http://{}/"
            status = {status}
            [[slo]]
            name = "works"
            objective = "99%"
            window = "28d"
            [[slo]]
            name = "quick"
            under = "50ms"
            objective = "99%"
            window = "28d"
            [[slo]]
            name = "quick-of-passed"
            under = "50ms"
            of = "passed"
            objective = "99%"
            window = "28d"
            [[slo]]
            name = "step"
            step = "go"
            objective = "99%"
            window = "28d"
            "#,
            server.address
        )
    };
    let outcomes = |record: &Record| {
        let slos = record.slos.iter();
        slos.map(|slo| format!("{}: {}", slo.slo, slo.outcome))
            .collect::<Vec<_>>()
    };
    let record = carry(&text(200)).await;
    assert_eq!(ending(&record), "slow");
    assert_eq!(
        outcomes(&record),
        [
            "works: good",
            "quick: bad",
            "quick-of-passed: bad",
            "step: good"
        ]
    );
    let record = carry(&text(201)).await;
    assert_eq!(ending(&record), "http.2xx in expect at go");
    assert_eq!(
        outcomes(&record),
        [
            "works: bad",
            "quick: bad",
            "quick-of-passed: ineligible",
            "step: bad"
        ]
    );
}
