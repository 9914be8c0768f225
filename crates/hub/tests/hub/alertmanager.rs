//! Debian's Alertmanager and one that fails at first, and what they hear of an outage.

use crate::{
    servers::{
        place,
        process::Process,
        skip::{self, or_skip},
    },
    support::{Running, client, config, record, slot, until},
};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use jaunt_agent::Clock;
use jaunt_hub::Hub;
use jaunt_record::{Record, RunId, Verdict};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::task::JoinSet;

/// What was posted to a server, and how many posts it refuses first.
#[derive(Clone, Debug, Default)]
struct Heard {
    posts: Arc<Mutex<Vec<Value>>>,
    refusals: Arc<Mutex<u32>>,
}

impl Heard {
    fn posts(&self) -> Vec<Value> {
        self.posts.lock().unwrap().clone()
    }

    /// Serves at any path, as long as `tasks` live.
    async fn serve(&self, tasks: &mut JoinSet<()>) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(post(hear)).with_state(self.clone());
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }
}

async fn hear(State(heard): State<Heard>, Json(body): Json<Value>) -> StatusCode {
    let mut refusals = heard.refusals.lock().unwrap();
    if *refusals > 0 {
        *refusals -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    heard.posts.lock().unwrap().push(body);
    StatusCode::OK
}

struct Alertmanager {
    addr: SocketAddr,
    _dir: TempDir,
    _process: Process,
}

impl Alertmanager {
    /// Notifies `hook` at once, of each alert by itself.
    fn start(hook: SocketAddr) -> Option<Self> {
        let program = skip::program("prometheus-alertmanager")?;
        let (dir, addr) = (TempDir::new().unwrap(), place::address());
        let config = format!(
            "route: {{ receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 4h }}\n\
             receivers: [ {{ name: hook, webhook_configs: [ {{ url: 'http://{hook}/', send_resolved: true }} ] }} ]\n"
        );
        std::fs::write(dir.path().join("alertmanager.yml"), config).unwrap();
        let listen = format!("--web.listen-address={addr}");
        let args = [
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            "--cluster.listen-address=",
            &listen,
        ];
        let process = Process::start(&program, &args, dir.path());
        place::until_accepting(addr, "Alertmanager");
        Some(Self {
            addr,
            _dir: dir,
            _process: process,
        })
    }

    /// The page of the fastest burn of a customer, where it is active.
    async fn page(&self, customer: &str) -> Option<Value> {
        let url = format!("http://{}/api/v2/alerts?active=true", self.addr);
        let text = client().get(url).send().await.unwrap().text().await;
        let alerts: Vec<Value> = serde_json::from_str(&text.unwrap()).unwrap();
        alerts.into_iter().find(|alert| is_page(alert, customer))
    }
}

fn is_page(alert: &Value, customer: &str) -> bool {
    let labels = &alert["labels"];
    labels["burn_rule"] == "page-fast" && labels["jaunt_customer"] == customer
}

/// How often a hook was notified of acme's page with this status.
fn notified(hook: &Heard, status: &str) -> usize {
    let posts = hook.posts();
    let alerts = posts.iter().filter_map(|post| post["alerts"].as_array());
    let is_it = |alert: &&Value| alert["status"] == status && is_page(alert, "acme");
    alerts.flatten().filter(is_it).count()
}

/// An hour of acme's, of which the last twenty minutes were bad.
fn outage() -> Vec<Record> {
    let verdict = |ago| match ago < 20 {
        true => Verdict::Fail,
        false => Verdict::Pass,
    };
    let slots = (1..60).rev();
    slots
        .map(|ago| record("acme", slot(ago), verdict(ago)))
        .collect()
}

/// What forty more agents saw in the last three minutes: all was well.
fn recovery() -> Vec<Record> {
    let of = |agent: u8| {
        (1..=3).map(move |ago| {
            let mut record = record("acme", slot(ago), Verdict::Pass);
            let mut id = *record.id.as_bytes();
            id[15] = agent;
            record.id = RunId::from_bytes(id);
            record.agent = format!("acme-fra-{agent}");
            record
        })
    };
    (2..42).flat_map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_pages_once_across_restarts_and_is_told_to_be_over() {
    let mut tasks = JoinSet::new();
    let (hook, flaky) = (Heard::default(), Heard::default());
    *flaky.refusals.lock().unwrap() = 2;
    let manager = or_skip!(Alertmanager::start(hook.serve(&mut tasks).await));
    let flaky_at = flaky.serve(&mut tasks).await;
    let folder = TempDir::new().unwrap();
    let start = async |folder: TempDir| {
        let mut config = config(folder.path());
        let urls = [
            manager.addr.to_string(),
            format!("{flaky_at}/behind/a/prefix"),
        ];
        let urls = urls.map(|url| format!("http://{url}").parse().unwrap());
        config.alertmanagers = urls.to_vec();
        let hub = Hub::start(config, None, Clock::system()).await.unwrap();
        Running { hub, folder }
    };
    let restart = async |running: Running| {
        running.hub.drain().await;
        flaky.posts.lock().unwrap().clear();
        start(running.folder).await
    };

    let running = start(folder).await;
    running.send("agent-all", "grpc", &outage()).await.unwrap();
    // What was judged before the outage came is judged again within a minute; a new hub does at once.
    let running = restart(running).await;
    until("the page", async || manager.page("acme").await.is_some()).await;
    until("its notification", async || notified(&hook, "firing") == 1).await;
    let page = manager.page("acme").await.unwrap();
    shows_what_happened(&page, &running).await;
    assert!(manager.page("globex").await.is_none());
    until("the other one", async || !flaky.posts().is_empty()).await;
    assert_eq!(*flaky.refusals.lock().unwrap(), 0, "it was not tried again");

    let running = restart(running).await;
    until("the restarted hub's", async || !flaky.posts().is_empty()).await;
    let posts = flaky.posts();
    let mut told = posts.iter().filter_map(Value::as_array).flatten();
    let again = told.find(|alert| is_page(alert, "acme")).unwrap();
    assert_eq!(again["labels"], page["labels"]);
    // A rolling window is evaluated at minutes of its own.
    let moved = instant(&again["startsAt"]).duration_since(instant(&page["startsAt"]));
    assert!(moved.abs() < jiff::SignedDuration::from_secs(60), "{moved}");

    running
        .send("agent-all", "grpc", &recovery())
        .await
        .unwrap();
    let running = restart(running).await;
    // Without being told Alertmanager would wait for four minutes.
    until("its end", async || notified(&hook, "resolved") == 1).await;
    until("no page", async || manager.page("acme").await.is_none()).await;
    assert_eq!(notified(&hook, "firing"), 1, "it paged twice");
    running.hub.drain().await;
}

/// Labels, words and links; the incident has the same id here, on its page and in the API.
async fn shows_what_happened(page: &Value, running: &Running) {
    let labels = &page["labels"];
    for (label, value) in [
        ("alertname", "JauntBudgetBurn"),
        ("severity", "page"),
        ("burn_window", "1h"),
        ("jaunt_customer", "acme"),
        ("jaunt_journey", "checkout"),
        ("jaunt_slo", "up"),
    ] {
        assert_eq!(labels[label], value, "{labels}");
    }
    let texts = &page["annotations"];
    let summary = texts["summary"].as_str().unwrap();
    assert!(
        summary.starts_with("acme/checkout up: users are let down"),
        "{summary}"
    );
    assert!(
        summary.ends_with("times as often as 99% over 28d allows"),
        "{summary}"
    );
    let description = texts["description"].as_str().unwrap();
    for wanted in [
        "Out since",
        "fra",
        "It spent",
        "% of the budget",
        "No agreement says",
        "step `home` in `wait`",
    ] {
        assert!(description.contains(wanted), "{wanted}: {description}");
    }
    assert_eq!(texts["hub_url"], "http://hub.example/slo/acme/checkout/up");
    assert_eq!(page["generatorURL"], texts["hub_url"]);
    let incidents = running.json("operator", "/api/v1/incidents").await;
    let incident = &incidents["incidents"][0];
    assert_eq!(texts["incident"], incident["id"]);
    let url = texts["incident_url"].as_str().unwrap();
    let path = url.strip_prefix("http://hub.example").unwrap();
    let (status, shown) = running.get(Some("reader-acme"), path).await;
    assert_eq!(status, 200, "{path}");
    assert!(shown.contains(incident["id"].as_str().unwrap()), "{shown}");
}

fn instant(text: &Value) -> jiff::Timestamp {
    text.as_str().unwrap().parse().unwrap()
}
