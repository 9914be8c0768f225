//! A journey's text in, its judged record out.

use jaunt_agent::reference::{References, Tried};
use jaunt_journey::{Options, parse};
use jaunt_probe::{Network, NetworkConfig, Policy, ResolverConfig};
use jaunt_record::{Kind, Record, RunId};
use jaunt_runner::{Beside, Order, Plan, SecretAccess, Secrets, Surroundings, excuse, run};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// An agent, as far as a verdict needs one.
pub(crate) struct Agent {
    pub(crate) servers: Vec<SocketAddr>,
    pub(crate) targets: Vec<&'static str>,
    pub(crate) names: Vec<&'static str>,
    pub(crate) policy: Policy,
}

impl Agent {
    /// Without anything that could prove a thing.
    pub(crate) fn bare() -> Self {
        Self {
            // Never asked where a test names addresses alone.
            servers: vec!["127.0.0.1:9".parse().unwrap()],
            targets: Vec::new(),
            names: Vec::new(),
            policy: Policy::everything(),
        }
    }

    /// Carries out a journey of this one step; anew where a busy machine kept it waiting, twenty
    /// times at most.
    pub(crate) async fn runs(&self, step: &str) -> Record {
        for _ in 1..20 {
            let record = self.runs_once(step).await;
            if ending(&record) != "void: overloaded" {
                return record;
            }
        }
        self.runs_once(step).await
    }

    /// The same, whatever comes of it.
    pub(crate) async fn runs_once(&self, step: &str) -> Record {
        let servers = self.servers.iter().copied();
        let resolver = ResolverConfig {
            servers: servers.map(jaunt_probe::NameServer::Udp).collect(),
            hosts: false,
        };
        let network = Network::new(NetworkConfig {
            resolver,
            ..NetworkConfig::default()
        })
        .unwrap();
        let tried = Tried {
            targets: self.targets.iter().map(|it| it.parse().unwrap()).collect(),
            names: self.names.iter().map(|&name| name.to_owned()).collect(),
        };
        let (references, watch) = References::new(Arc::clone(&network), tried);
        let mut tasks = JoinSet::new();
        tasks.spawn(watch.run());
        let text = format!(
            "journey = \"of-a-test\"\n[[slo]]\nname = \"all\"\nobjective = \"99%\"\nwindow = \"28d\"\n\
             [[step]]\nid = \"go\"\ntimeout = \"1s\"\n{step}\n"
        );
        let parsed = parse(&text, &Options::default());
        let [journey] = &parsed.journeys[..] else {
            panic!("{text}\n{:#?}", parsed.diagnostics);
        };
        let journey = Arc::new(journey.clone());
        let nowhere = PathBuf::from("/nonexistent");
        let secrets = Secrets::read(&journey, &SecretAccess::Own(nowhere.clone()));
        let plan = Plan::new(journey, &Beside::Free(nowhere), &network).unwrap();
        let order = Order {
            id: RunId::from_bytes([7; 16]),
            kind: Kind::Scheduled,
            slot: Some(1_790_000_040),
            lateness: Duration::ZERO,
            region: "fra".into(),
            agent: "a".into(),
            until: None,
            pass_ratio: 1.0,
        };
        let surroundings = Surroundings {
            secrets: Arc::new(secrets),
            stop: CancellationToken::new(),
        };
        let visitor = network.visitor(&Arc::new(self.policy.clone()));
        let record = Box::pin(run(&plan, &order, &surroundings, visitor, &|_| {})).await;
        match references.proof(&record).await {
            Some(void) => excuse(&plan, record, void),
            None => record,
        }
    }

    /// What [`runs`](Self::runs) comes to, in short: `pass`, `fail: connect.refused`, `void: isolated`.
    pub(crate) async fn ends(&self, step: &str) -> String {
        ending(&self.runs(step).await)
    }
}

/// A step that asks for this.
pub(crate) fn get(url: &str) -> String {
    format!("request = \"GET {url}\"\nstatus = 200")
}

/// What a record comes to, in short.
pub(crate) fn ending(record: &Record) -> String {
    match (&record.failure, &record.void) {
        (Some(failure), None) => format!("fail: {}", failure.kind),
        (None, Some(void)) => format!("void: {}", void.cause),
        (None, None) => record.verdict.to_string(),
        (Some(_), Some(_)) => panic!("both: {record:#?}"),
    }
}

/// Answers every HTTP request at `address` with this status.
pub(crate) async fn answering(address: &str, status: u16) -> SocketAddr {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let listener = listener.into_std().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
    });
    address
}

/// Whether this process is the one that a test started again as `role`.
pub(crate) fn again(role: &str) -> bool {
    std::env::var("JAUNT_TEST_ROLE").is_ok_and(|is| is == role)
}

/// Starts the test `name` again as `role`, under a shell line that ends in `exec "$@"`.
pub(crate) fn start_again(name: &str, role: &str, line: &str) {
    let program = std::env::current_exe().unwrap();
    let ran = std::process::Command::new("sh")
        .args(["-c", line, "sh"])
        .arg(Path::new(&program))
        .args(["--exact", name, "--nocapture"])
        .env("JAUNT_TEST_ROLE", role)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{ran:?}");
}
