//! A hub that is killed under load: what it acknowledged is there, once.
//!
//! The hub is this test's own binary, started again as a process of its own.

use crate::support::{config, record, slot};
use jaunt_agent::Clock;
use jaunt_hub::{Hub, config::Config, store::Store};
use jaunt_otlp::{Environment, ExportConfig, Process, Resource, export};
use jaunt_record::Verdict;
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Where the child keeps its store; without it `a_hub_of_its_own` is no child.
const FOLDER: &str = "JAUNT_HUB_CHILD";
/// How often a hub is killed: the gate's few, or as many as this variable says.
const KILLS: &str = "JAUNT_HUB_KILLS";

/// The child: a hub that goes on until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_of_its_own() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let hub = Hub::start(open(folder), None, Clock::system())
        .await
        .unwrap();
    let (beside, port) = (folder.join("port.new"), folder.join("port"));
    fs::write(&beside, hub.ingest.to_string()).unwrap();
    fs::rename(beside, port).unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
}

fn open(folder: &Path) -> Config {
    Config {
        tokens: Vec::new(),
        ..config(folder)
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn child(folder: &Path) -> (Killed, String) {
    let port = folder.join("port");
    let _ = fs::remove_file(&port);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::a_hub_of_its_own"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let child = Killed(child);
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(address) = fs::read_to_string(&port) {
            return (child, format!("http://{address}"));
        }
        assert!(Instant::now() < deadline, "the hub did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_hub_acknowledged_is_there_and_once() {
    let kills = std::env::var(KILLS)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3_u64);
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeSet<i64> = BTreeSet::new();
    let mut next = slot(80_000);
    for round in 0..kills {
        let (mut hub, endpoint) = child(folder.path());
        let environment = Environment::default();
        let mut config = ExportConfig::from_environment(Some(&endpoint), &environment).unwrap();
        config.slots = true;
        let resource = Resource::detect(&environment, &Process::default());
        let load = async {
            loop {
                let slots: Vec<i64> = (0..20).map(|n| next + n * 60).collect();
                next += 20 * 60;
                let records: Vec<_> = slots
                    .iter()
                    .map(|slot| record("acme", *slot, Verdict::Pass))
                    .collect();
                match export(&records, &resource, &config).await {
                    Ok(sent) => {
                        assert_eq!(sent.rejected, 0);
                        acknowledged.extend(slots);
                    }
                    Err(_) => return,
                }
            }
        };
        // Another moment of a commit each time.
        let moment = tokio::time::sleep(Duration::from_millis(300 + round * 37 % 400));
        let killer = async {
            moment.await;
            hub.0.kill().unwrap();
            hub.0.wait().unwrap();
        };
        tokio::join!(load, killer);
    }
    assert!(acknowledged.len() >= 20, "{}", acknowledged.len());
    let store = Store::open(&folder.path().join("data")).unwrap();
    let mut found = Vec::new();
    let each = |event: jaunt_slo::Event| found.extend(event.slot);
    store
        .events("acme", "checkout", 0..i64::from(u32::MAX), each)
        .unwrap();
    let once: BTreeSet<i64> = found.iter().copied().collect();
    assert_eq!(once.len(), found.len(), "a slot is there twice");
    let lost: Vec<_> = acknowledged.difference(&once).collect();
    assert!(
        lost.is_empty(),
        "{} of {} lost",
        lost.len(),
        acknowledged.len()
    );
    for at in &acknowledged {
        let id = record("acme", *at, Verdict::Pass).id;
        assert!(
            store.run(id).unwrap().is_some(),
            "the run of slot {at} is lost"
        );
    }
}
