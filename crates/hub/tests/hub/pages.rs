//! The pages as readers get them: right figures, safe headers, calm words.

use crate::{
    api::with_two_customers,
    support::{Running, client, slot, until},
};

#[tokio::test]
async fn pages_show_the_figures_of_the_report_and_what_was_agreed() {
    let running = with_two_customers().await;
    let agreement = "agreement = \"acme-2026\"\ncustomer = \"acme\"\nprovider = \"example cloud\"\n\
        in_force = 2026-01-01T00:00:00Z\n[parties]\nwait = \"provider\"\n[[slo]]\njourney = \"checkout\"\n\
        name = \"up\"\nobjective = \"99%\"\nwindow = \"28d\"\n[[policy]]\nat = \"1%\"\n\
        do = \"both sides meet\"\nwho = \"both\"\n";
    let folder = running.folder.path().join("journeys/acme");
    std::fs::write(folder.join("agreement.toml"), agreement).unwrap();
    let slo = "/api/v1/slos/acme/checkout/up";
    // The hub looks at its files every two seconds, and judges anew after ten.
    let mut report = serde_json::Value::Null;
    for _ in 0..600 {
        report = running.json("reader-acme", slo).await;
        if report["incidents"][0]["party"] == "provider" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (status, page) = running
        .get(Some("reader-acme"), "/slo/acme/checkout/up")
        .await;
    assert_eq!(status, 200);
    let ratio = report["sli"]["ratio"].as_f64().unwrap();
    for shown in [
        format!("{:.3} %", 100.0 * ratio),
        "4 bad".to_owned(),
        "Agreement acme-2026, proposed: nobody has signed it yet.".to_owned(),
        "both sides meet".to_owned(),
        "journey <code>checkout</code>".to_owned(),
        "provider".to_owned(),
    ] {
        assert!(page.contains(&shown), "{shown} is not in {page}");
    }
    let start_s = report["incidents"][0]["start_ns"].as_i64().unwrap() / 1_000_000_000;
    let incident = format!("/incident/acme/checkout/up/{start_s}");
    let (_, page) = running.get(Some("reader-acme"), &incident).await;
    assert!(page.contains("4 bad of 4"), "{page}");
    assert!(page.contains("acme let its users down"), "{page}");
    let (_, page) = running
        .get(Some("reader-acme"), "/journey/acme/checkout")
        .await;
    assert!(page.contains("35 pass, 0 slow, 4 fail"), "{page}");
    let (_, page) = running.get(Some("reader-acme"), "/fleet").await;
    assert!(
        page.contains("acme-fra-1") && page.contains("<td class=\"n\">35</td>"),
        "{page}"
    );
    let (_, badge) = running.get(None, "/badge/acme/checkout/up.svg").await;
    assert!(!badge.contains("<svg"), "a badge is for those who may read");
}

#[tokio::test]
async fn the_agreements_word_on_maintenance_stands_over_the_journeys() {
    let running = with_two_customers().await;
    let folder = running.folder.path().join("journeys/acme");
    let at = |ago: i64| jiff::Timestamp::from_second(slot(ago)).unwrap();
    let journey = std::fs::read_to_string(folder.join("checkout.toml")).unwrap();
    // Announced two hours ahead: too late by what holds where nothing is agreed.
    let maintenance = format!(
        "[[maintenance]]\nfrom = {}\nto = {}\nannounced = {}\nby = \"provider\"\napproved_by = \"acme\"\n",
        at(13),
        at(9),
        at(133)
    );
    std::fs::write(folder.join("checkout.toml"), journey + &maintenance).unwrap();
    let slo = "/api/v1/slos/acme/checkout/up";
    let told = async || running.json("reader-acme", slo).await;
    until("the maintenance, read and refused", async || {
        told().await["refusals"][0].is_object()
    })
    .await;
    let report = told().await;
    assert_eq!(report["ingest"]["excluded_maintenance"], 0, "{report}");
    let agreement = "agreement = \"acme-2026\"\ncustomer = \"acme\"\nprovider = \"example cloud\"\n\
        in_force = 2026-01-01T00:00:00Z\n[[slo]]\njourney = \"checkout\"\nname = \"up\"\n\
        objective = \"99%\"\nwindow = \"28d\"\n[maintenance]\nnotice = \"1h\"\ncap = \"8h\"\n";
    std::fs::write(folder.join("agreement.toml"), agreement).unwrap();
    until("the agreement's word", async || {
        told().await["ingest"]["excluded_maintenance"] == 4
    })
    .await;
    let report = told().await;
    assert_eq!(report["sli"]["bad"], 0, "{report}");
    assert_eq!(report["incidents"], serde_json::json!([]), "{report}");
}

#[tokio::test]
async fn every_answer_forbids_what_a_page_does_not_need() {
    let running = Running::start().await;
    for path in [
        "/",
        "/fleet",
        "/style.css",
        "/live.js",
        "/icon.svg",
        "/nowhere",
        "/in?t=x",
    ] {
        let request = client().get(format!("http://{}{path}", running.hub.web));
        let answer = request.bearer_auth("operator").send().await.unwrap();
        let header = |name| answer.headers()[name].to_str().unwrap();
        let policy = header("content-security-policy");
        for wanted in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(wanted), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        let kept = header("cache-control");
        assert_eq!(
            kept.contains("public"),
            path.contains('.'),
            "{path}: {kept}"
        );
    }
}

#[tokio::test]
async fn who_may_not_see_a_page_is_told_so_by_a_page() {
    let running = Running::start().await;
    for (token, path, status, words) in [
        (None, "/", 401, "for those who were invited"),
        (Some("nobody"), "/fleet", 401, "for those who were invited"),
        (Some("agent-acme"), "/", 403, "does not read"),
        (Some("operator"), "/run/1", 404, "Nothing is here"),
        (
            Some("operator"),
            "/slo/acme/checkout/none",
            404,
            "Nothing is here",
        ),
        (Some("operator"), "/report/nobody", 404, "Nothing is here"),
        (
            Some("operator"),
            "/report/acme?period=soon",
            400,
            "That is no month",
        ),
        (Some("operator"), "/nowhere", 404, "Nothing is here"),
    ] {
        let (found, page) = running.get(token, path).await;
        assert_eq!(found, status, "{path}");
        assert!(
            page.starts_with("<!DOCTYPE html>") && page.contains(words),
            "{path}: {page}"
        );
    }
}
