//! A hub with two customers, and what agents send.

use crate::servers::place::PATIENCE;
use jaunt_agent::Clock;
use jaunt_agreement::Side;
use jaunt_hub::{
    Hub,
    access::proof_of,
    config::{Config, Keep, Origin, Role, Source, Token},
};
use jaunt_otlp::{Environment, ExportConfig, Process, Resource, Sent, export};
use jaunt_record::{
    Definition, Failure, FailureKind, FailurePhase, Kind, Party, Record, RunId, Step, StepVerdict,
    Verdict,
};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

pub(crate) const MINUTE: i64 = 60;

/// A hub in a folder of its own. Tokens: `KIND-CUSTOMER`, such as `reader-acme`; `operator`.
pub(crate) struct Running {
    pub(crate) hub: Hub,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn config(folder: &Path) -> Config {
    let journeys = folder.join("journeys");
    for customer in ["acme", "globex"] {
        let dir = journeys.join(customer);
        fs::create_dir_all(&dir).unwrap();
        let text = format!(
            "journey = \"checkout\"\ncustomer = \"{customer}\"\nevery = \"60s\"\nregions = [\"fra\"]\n\
             [[step]]\nid = \"home\"\nrequest = \"GET https://{customer}.example/\"\nstatus = 200\n\
             [[slo]]\nname = \"up\"\nobjective = \"99%\"\nwindow = \"28d\"\n"
        );
        fs::write(dir.join("checkout.toml"), text).unwrap();
    }
    Config {
        data_dir: folder.join("data"),
        ingest: "127.0.0.1:0".parse().unwrap(),
        web: "127.0.0.1:0".parse().unwrap(),
        url: "http://hub.example".into(),
        tls: None,
        sources: vec![Source {
            origin: Origin::Dir(journeys),
            customer: None,
        }],
        tokens: tokens(),
        keep: Keep::default(),
        prometheus: None,
        alertmanagers: Vec::new(),
        simulated_until_ns: None,
    }
}

fn tokens() -> Vec<Token> {
    let token = |name: &str, role, customers: &[&str]| Token {
        name: name.into(),
        proof: proof_of(name),
        role,
        customers: customers.iter().map(|c| (*c).to_owned()).collect(),
        side: None,
        expires_s: None,
    };
    let writer = |name: &str, customers: &[&str], side| Token {
        side: Some(side),
        ..token(name, Role::Reader, customers)
    };
    vec![
        writer("writer-acme", &["acme"], Side::Customer),
        writer("writer-globex", &["globex"], Side::Customer),
        writer("provider", &["*"], Side::Provider),
        token("agent-acme", Role::Agent, &["acme"]),
        token("agent-globex", Role::Agent, &["globex"]),
        token("agent-all", Role::Agent, &["*"]),
        token("reader-acme", Role::Reader, &["acme"]),
        token("reader-globex", Role::Reader, &["globex"]),
        token("operator", Role::Operator, &[]),
    ]
}

impl Running {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::start(config(folder.path()), None, Clock::system())
            .await
            .unwrap();
        Self { hub, folder }
    }

    /// The URL of a path of the receiving port.
    pub(crate) fn ingest(&self, path: &str) -> String {
        format!("http://{}{path}", self.hub.ingest)
    }

    /// What is at a path of the API, as `token` sees it: status and body.
    pub(crate) async fn get(&self, token: Option<&str>, path: &str) -> (u16, String) {
        let mut request = client().get(format!("http://{}{path}", self.hub.web));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    pub(crate) async fn json(&self, token: &str, path: &str) -> serde_json::Value {
        let (status, text) = self.get(Some(token), path).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Puts a customer's agreement beside its journey, and waits until the hub holds it.
    pub(crate) async fn agreed(&self, customer: &str) {
        let text = format!(
            "agreement = \"{customer}-2026\"\ncustomer = \"{customer}\"\nprovider = \"cloud\"\n\
             in_force = 2026-01-01T00:00:00Z\n[[slo]]\njourney = \"checkout\"\nname = \"up\"\n\
             objective = \"99%\"\nwindow = \"28d\"\n"
        );
        let place = format!("journeys/{customer}/agreement.toml");
        fs::write(self.folder.path().join(place), &text).unwrap();
        until("the hub holds the agreement", async || {
            let path = format!("/api/v1/agreements?customer={customer}");
            let held = self.json("operator", &path).await;
            held["agreements"][0]["text"] == text.as_str()
        })
        .await;
    }

    /// Sends records as an agent does.
    pub(crate) async fn send(
        &self,
        token: &str,
        protocol: &str,
        records: &[Record],
    ) -> Result<Sent, jaunt_otlp::ExportError> {
        let header = format!("authorization=Bearer%20{token}");
        let environment: Environment = BTreeMap::from([
            ("OTEL_EXPORTER_OTLP_HEADERS".to_owned(), header),
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(),
                protocol.to_owned(),
            ),
            (
                "OTEL_EXPORTER_OTLP_COMPRESSION".to_owned(),
                "gzip".to_owned(),
            ),
        ])
        .into_iter()
        .collect();
        let endpoint = self.ingest("");
        let mut config = ExportConfig::from_environment(Some(&endpoint), &environment).unwrap();
        config.slots = true;
        let process = Process {
            instance: "fra-1".into(),
            ..Process::default()
        };
        let resource = Resource::detect(&environment, &process);
        export(records, &resource, &config).await
    }
}

pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

/// The slot that lies `ago` minutes back.
pub(crate) fn slot(ago: i64) -> i64 {
    let now_s = Clock::system().now().wall_ns.div_euclid(1_000_000_000);
    (now_s.div_euclid(MINUTE) - ago) * MINUTE
}

pub(crate) fn record(customer: &str, slot: i64, verdict: Verdict) -> Record {
    let start_ns = slot * 1_000_000_000 + 250_000_000;
    let mut id = [0; 16];
    let mark = format!("{customer}{slot}");
    id.iter_mut()
        .zip(mark.bytes().rev())
        .for_each(|(to, from)| *to = from);
    let failure = (verdict == Verdict::Fail).then(|| Failure {
        step: "home".into(),
        phase: FailurePhase::Wait,
        kind: FailureKind::Http5xx,
        party: Party::new("service"),
        message: format!("{customer} let its users down"),
        excerpt: None,
    });
    let step = Step {
        id: "home".into(),
        verb: "request".into(),
        verdict: match verdict {
            Verdict::Fail => StepVerdict::Fail,
            _ => StepVerdict::Pass,
        },
        always: false,
        offset: Duration::ZERO,
        duration: Duration::from_millis(120),
        attempts: 1,
        reason: None,
        failure: failure.clone(),
        exchanges: Vec::new(),
        exchanges_left_out: 0,
        expectations: Vec::new(),
        captures: Vec::new(),
    };
    Record {
        id: RunId::from_bytes(id),
        customer: customer.into(),
        journey: "checkout".into(),
        region: "fra".into(),
        agent: format!("{customer}-fra-1"),
        kind: Kind::Scheduled,
        slot: Some(slot),
        count: 1,
        every_s: 60,
        definition: Definition([3; 32]),
        start_ns,
        end_ns: start_ns + 120_000_000,
        duration: Duration::from_millis(120),
        lateness: Duration::from_millis(1),
        lag: Duration::ZERO,
        verdict,
        failure,
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: vec![step],
        slos: Vec::new(),
    }
}

/// Waits until `happened`, asking again as soon as it was answered.
pub(crate) async fn until(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let waiting = async { while !happened().await {} };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "not within {PATIENCE:?}: {what}");
}
