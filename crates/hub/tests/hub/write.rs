//! Both sides write: pending until the other side agrees, and only then counted.

use crate::{
    api::with_two_customers,
    support::{Running, client, slot, until},
};
use serde_json::{Value, json};

impl Running {
    /// Posts JSON as the holder of `token`: status and body.
    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        let request = client().post(format!("http://{}{path}", self.hub.web));
        let request = request.bearer_auth(token).body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn incident(&self) -> Value {
        let all = self.json("reader-acme", "/api/v1/incidents").await;
        all["incidents"][0].clone()
    }
}

fn party(start_s: i64, party: &str) -> Value {
    json!({
        "what": "party", "customer": "acme", "journey": "checkout", "slo": "up",
        "incident": start_s, "party": party, "reason": "<b>the payment provider</b> was out",
    })
}

#[tokio::test]
async fn whose_an_incident_was_changes_once_the_other_side_agrees() {
    let running = with_two_customers().await;
    let incident = running.incident().await;
    let start_s = incident["start_ns"].as_i64().unwrap() / 1_000_000_000;
    let wanted = party(start_s, "bank");
    let (status, entry) = running
        .post("writer-acme", "/api/v1/entries", wanted.clone())
        .await;
    assert_eq!(
        (status, &entry["standing"]),
        (201, &json!("pending")),
        "{entry}"
    );
    assert_eq!(entry["author"], "writer-acme");
    let id = &entry["id"];
    assert_eq!(
        running.incident().await["party"],
        "service",
        "it does not count yet"
    );
    let page = format!("/incident/acme/checkout/up/{start_s}");
    for path in [page.as_str(), "/written/acme"] {
        for token in ["reader-acme", "writer-acme", "provider", "operator"] {
            let (status, page) = running.get(Some(token), path).await;
            assert_eq!(status, 200);
            assert!(
                page.contains("Waits for the other side."),
                "{token} at {path}: {page}"
            );
            assert!(
                page.contains("&lt;b&gt;the payment") && !page.contains("<b>the"),
                "{page}"
            );
            let agrees = page.contains("value=\"consent\"");
            assert_eq!(agrees, token == "provider", "{token} at {path}: {page}");
            assert_eq!(
                page.contains("<form"),
                ["writer-acme", "provider"].contains(&token)
            );
        }
    }
    let answer = format!("/api/v1/entries/{id}/consent");
    for (token, expected) in [
        ("reader-acme", 403),
        ("writer-acme", 409),
        ("writer-globex", 404),
        ("operator", 403),
        ("agent-acme", 403),
        ("nobody", 401),
    ] {
        let (status, said) = running.post(token, &answer, json!({})).await;
        assert_eq!(status, expected, "{token}: {said}");
    }
    let (status, entry) = running
        .post("provider", &answer, json!({ "reason": "we saw it" }))
        .await;
    assert_eq!(
        (status, &entry["standing"]),
        (200, &json!("agreed")),
        "{entry}"
    );
    let incident = running.incident().await;
    assert_eq!(
        (&incident["party"], &incident["party_before"]),
        (&json!("bank"), &json!("service"))
    );
    let report = running
        .json("reader-acme", "/api/v1/slos/acme/checkout/up")
        .await;
    assert_eq!(report["attribution"]["by_party"], json!({ "bank": 4 }));
    let (_, text) = running
        .get(Some("reader-acme"), "/slo/acme/checkout/up")
        .await;
    let said =
        "put down to bank, by customer (writer-acme) with the consent of provider (provider)";
    assert!(text.contains(said), "{text}");
    let (_, text) = running.get(Some("reader-acme"), &page).await;
    assert!(
        text.contains("Agreed by provider (provider)") && text.contains("we saw it"),
        "{text}"
    );
    let (status, _) = running.post("provider", &answer, json!({})).await;
    assert_eq!(status, 409, "it is settled");
}

#[tokio::test]
async fn maintenance_counts_by_the_agreements_notice_once_both_agree() {
    let running = with_two_customers().await;
    let agreement = "agreement = \"acme-2026\"\ncustomer = \"acme\"\nprovider = \"example cloud\"\n\
        in_force = 2026-01-01T00:00:00Z\n[[slo]]\njourney = \"checkout\"\nname = \"up\"\n\
        objective = \"99%\"\nwindow = \"28d\"\n[maintenance]\nnotice = \"0s\"\ncap = \"8h\"\n";
    let at = |ago| jiff::Timestamp::from_second(slot(ago)).unwrap().to_string();
    let wanted = json!({
        "what": "maintenance", "customer": "acme", "journey": null,
        "from": at(13), "to": at(9), "reason": "new disks",
    });
    let (status, entry) = running.post("provider", "/api/v1/entries", wanted).await;
    assert_eq!(status, 201, "{entry}");
    let answer = format!("/api/v1/entries/{}/consent", entry["id"]);
    let slo = "/api/v1/slos/acme/checkout/up";
    let report = running.json("writer-acme", slo).await;
    assert_eq!(
        report["refusals"],
        json!([]),
        "what is pending is not asked for yet"
    );
    let (status, entry) = running.post("writer-acme", &answer, json!({})).await;
    assert_eq!(status, 200, "{entry}");
    let report = running.json("writer-acme", slo).await;
    assert_eq!(report["ingest"]["excluded_maintenance"], 0);
    assert_eq!(
        report["refusals"][0]["refused"], "it was announced too late",
        "{report}"
    );
    std::fs::write(
        running.folder.path().join("journeys/acme/agreement.toml"),
        agreement,
    )
    .unwrap();
    until("what both sides agreed counts", async || {
        let report = running.json("writer-acme", slo).await;
        report["ingest"]["excluded_maintenance"] == 4
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_site_writes_nothing() {
    let running = with_two_customers().await;
    let token = "writer-acme";
    let (_, page) = running.get(Some(token), "/written/acme").await;
    let guard = page.split("name=\"guard\" value=\"").nth(1).unwrap();
    let guard = guard.split('"').next().unwrap().to_owned();
    let host = running.hub.web.to_string();
    let form = |guard: &str| {
        let time = "from=2026-11-20T10%3A00&to=2026-11-20T11%3A00";
        let time = match jiff::Timestamp::from_second(slot(40)) {
            Ok(at) => time.replace("2026-11-20", &at.strftime("%Y-%m-%d").to_string()),
            Err(_) => time.to_owned(),
        };
        format!(
            "guard={guard}&what=felt&customer=acme&journey=checkout&tickets=3&reason=slow&{time}"
        )
    };
    let send = async |body: String, origin: Option<&str>, fetched: Option<&str>| {
        let request = client().post(format!("http://{host}/entries")).body(body);
        let mut request = request.header("cookie", format!("jaunt_token={token}"));
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some(fetched) = fetched {
            request = request.header("sec-fetch-site", fetched);
        }
        request.send().await.unwrap()
    };
    let ours = format!("http://{host}");
    for (word, origin, fetched) in [
        ("", None, None),
        ("x", Some("null"), None),
        (guard.as_str(), Some("https://evil.example"), None),
        (guard.as_str(), Some("null"), Some("cross-site")),
        (
            guard.as_str(),
            Some("http://evil.example:1"),
            Some("same-origin"),
        ),
    ] {
        let answer = send(form(word), origin, fetched).await;
        assert_eq!(answer.status(), 403, "{word} {origin:?} {fetched:?}");
    }
    let none = running.json(token, "/api/v1/entries").await;
    assert_eq!(none["entries"], json!([]));
    for origin in [Some(ours.as_str()), Some("null"), None] {
        let answer = send(form(&guard), origin, Some("same-origin")).await;
        assert_eq!(
            answer.status(),
            303,
            "{origin:?}: {}",
            answer.text().await.unwrap()
        );
    }
    let (_, page) = running
        .get(Some("reader-acme"), "/slo/acme/checkout/up")
        .await;
    assert!(
        page.contains("slow, 3 tickets, written by the customer (writer-acme)"),
        "{page}"
    );
    let (status, _) = running
        .post(
            token,
            "/api/v1/entries",
            json!({ "what": "x".repeat(64 << 10) }),
        )
        .await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn what_nobody_may_write_is_refused_with_its_reason() {
    let running = with_two_customers().await;
    let felt = json!({
        "what": "felt", "customer": "acme", "journey": "checkout",
        "from": "2026-01-01T00:00Z", "to": "2026-01-02T00:00Z", "reason": "slow",
    });
    let with = |key: &str, value: Value| {
        let mut body = felt.clone();
        body[key] = value;
        body
    };
    for (token, body, expected) in [
        ("reader-acme", felt.clone(), 403),
        ("operator", felt.clone(), 403),
        ("writer-globex", felt.clone(), 404),
        ("writer-acme", with("customer", "globex".into()), 404),
        ("provider", with("customer", "nobody".into()), 404),
        ("writer-acme", with("journey", "none".into()), 404),
        ("writer-acme", with("journey", Value::Null), 400),
        ("writer-acme", with("what", "poem".into()), 400),
        ("writer-acme", with("to", "soon".into()), 400),
        ("writer-acme", with("colour", "blue".into()), 400),
        ("writer-acme", with("reason", "".into()), 400),
        ("writer-acme", party(7, "bank"), 404),
    ] {
        let (status, said) = running.post(token, "/api/v1/entries", body.clone()).await;
        assert_eq!(status, expected, "{token} {body}: {said}");
    }
    assert_eq!(
        running.json("operator", "/api/v1/entries").await["entries"],
        json!([])
    );
}
