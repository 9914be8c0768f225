//! What readers see: their own, and the figures that `crates/slo` makes of it.

use crate::support::{Running, client, record, slot};
use jaunt_record::Verdict;
use jaunt_slo::{Ingest, Intake, Parties, Question, judge};

pub(crate) async fn with_two_customers() -> Running {
    let running = Running::start().await;
    let records: Vec<_> = ["acme", "globex"]
        .iter()
        .flat_map(|customer| (2..=40).map(|ago| (*customer, ago)))
        .map(|(customer, ago)| {
            let bad = (10..14).contains(&ago);
            let verdict = if bad { Verdict::Fail } else { Verdict::Pass };
            record(customer, slot(ago), verdict)
        })
        .collect();
    running
        .send("agent-all", "http/protobuf", &records)
        .await
        .unwrap();
    running
}

#[tokio::test]
async fn a_customer_never_sees_a_byte_of_another() {
    let running = with_two_customers().await;
    let runs = running.json("operator", "/api/v1/runs?limit=1000").await;
    let runs = runs["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 78);
    let mut written = Vec::new();
    for customer in ["acme", "globex"] {
        running.agreed(customer).await;
        let felt = serde_json::json!({
            "what": "felt", "customer": customer, "journey": "checkout", "reason": format!("{customer} hurt"),
            "from": slot(9).to_string() + "000000000", "to": slot(3).to_string() + "000000000",
        });
        let maintenance = serde_json::json!({
            "what": "maintenance", "customer": customer, "reason": format!("{customer}'s disks"),
            "from": slot(9).to_string() + "000000000", "to": slot(3).to_string() + "000000000",
        });
        for body in [felt, maintenance] {
            let (status, entry) = running.post("provider", "/api/v1/entries", body).await;
            assert_eq!(status, 201, "{entry}");
            written.push((customer, entry["id"].as_i64().unwrap()));
        }
    }
    let mut paths: Vec<String> = [
        "slos",
        "journeys",
        "incidents",
        "runs",
        "agents",
        "events",
        "entries",
        "agreements",
    ]
    .iter()
    .flat_map(|it| ["", "?customer=acme", "?customer=globex"].map(|q| format!("/api/v1/{it}{q}")))
    .collect();
    paths.extend(["/", "/fleet"].map(str::to_owned));
    for customer in ["acme", "globex"] {
        paths.extend([
            format!("/api/v1/slos/{customer}/checkout/up"),
            format!("/slo/{customer}/checkout/up"),
            format!("/journey/{customer}/checkout"),
            format!("/report/{customer}"),
            format!("/written/{customer}"),
            format!("/badge/{customer}/checkout/up.svg"),
        ]);
    }
    let incidents = running.json("operator", "/api/v1/incidents").await;
    for incident in incidents["incidents"].as_array().unwrap() {
        let customer = incident["customer"].as_str().unwrap();
        let start_s = incident["start_ns"].as_i64().unwrap() / 1_000_000_000;
        paths.push(format!("/incident/{customer}/checkout/up/{start_s}"));
    }
    for run in runs {
        let id = run["run_id"].as_str().unwrap();
        paths.extend([format!("/api/v1/runs/{id}"), format!("/run/{id}")]);
    }
    paths.extend((written.iter()).map(|(_, id)| format!("/api/v1/entries/{id}")));
    for (of, id) in &written {
        let stranger = if *of == "acme" {
            "writer-globex"
        } else {
            "writer-acme"
        };
        for answer in ["consent", "decline", "withdraw"] {
            let path = format!("/api/v1/entries/{id}/{answer}");
            let (status, said) = running.post(stranger, &path, serde_json::json!({})).await;
            assert_eq!(status, 404, "{path}: {said}");
        }
    }
    for (mine, other) in [("acme", "globex"), ("globex", "acme")] {
        let token = format!("reader-{mine}");
        let mut seen = 0;
        for path in &paths {
            let (status, text) = running.get(Some(&token), path).await;
            assert!(matches!(status, 200 | 404), "{path}: {status} {text}");
            assert!(!text.contains(other), "{token} sees at {path}: {text}");
            let names_other = path.contains(&format!("/{other}"));
            assert!(!names_other || status == 404, "{path}: {status}");
            seen += usize::from(text.contains(mine));
        }
        assert!(seen > 80, "{token} sees its own: {seen}");
    }
    for path in &paths {
        for (token, expected) in [(None, 401), (Some("nobody"), 401), (Some("agent-all"), 403)] {
            let (status, text) = running.get(token, path).await;
            assert_eq!(status, expected, "{path}");
            assert!(
                !text.contains("acme") && !text.contains("globex"),
                "{path}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn the_report_is_what_slo_makes_of_the_events() {
    let running = with_two_customers().await;
    let report = running
        .json("reader-acme", "/api/v1/slos/acme/checkout/up")
        .await;
    assert_eq!(
        (&report["sli"]["bad"], &report["sli"]["valid"]),
        (&4.into(), &39.into())
    );
    let (_, lines) = running
        .get(Some("reader-acme"), "/api/v1/events?customer=acme")
        .await;
    let text = std::fs::read_to_string(running.folder.path().join("journeys/acme/checkout.toml"));
    let parsed = jaunt_journey::parse(&text.unwrap(), &jaunt_journey::Options::default());
    let subject = parsed.journeys[0].judged();
    let mut ingest = Ingest::new(std::slice::from_ref(&subject), Intake::default());
    lines.lines().for_each(|line| ingest.line(line.as_bytes()));
    let ingested = ingest.finish();
    let question = Question {
        at_ns: report["evaluate_at_ns"].as_i64().unwrap(),
        known_until_ns: ingested.latest_recv_ns.unwrap(),
        parties: &Parties::default(),
    };
    let again = judge(&subject, &subject.slos[0], &ingested.journeys[0], question);
    let again = serde_json::to_value(again).unwrap();
    for part in [
        "sli",
        "budget",
        "incidents",
        "intervals",
        "uptime",
        "coverage",
        "attribution",
    ] {
        assert_eq!(report[part], again[part], "{part}");
    }
    let incidents = running.json("reader-acme", "/api/v1/incidents").await;
    assert_eq!(incidents["incidents"].as_array().unwrap().len(), 1);
    assert_eq!(incidents["incidents"][0]["bad"], 4);
}

#[tokio::test]
async fn a_readers_link_becomes_a_cookie_and_leaves_the_address() {
    let running = with_two_customers().await;
    let base = format!("http://{}", running.hub.web);
    let entered = client()
        .get(format!("{base}/in?t=reader-acme"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (entered.status().as_u16(), &entered.headers()["location"]),
        (303, &"/".parse().unwrap())
    );
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let journeys = client()
        .get(format!("{base}/api/v1/journeys"))
        .header("cookie", pair);
    let journeys = journeys.send().await.unwrap().text().await.unwrap();
    assert!(journeys.contains("acme") && !journeys.contains("globex"));
    let refused = client()
        .get(format!("{base}/in?t=nobody"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().get("set-cookie").is_none());
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_says_why() {
    let running = Running::start().await;
    for (path, expected) in [
        ("/api/v1/runs?from=yesterday", "`yesterday` is no instant"),
        ("/api/v1/runs?verdict=sunny", "`sunny` is no verdict"),
    ] {
        let (status, text) = running.get(Some("operator"), path).await;
        assert_eq!(status, 400, "{path}");
        assert!(text.contains(expected), "{text}");
    }
    let (status, _) = running.get(Some("operator"), "/api/v1/runs/xyz").await;
    assert_eq!(status, 404);
}
