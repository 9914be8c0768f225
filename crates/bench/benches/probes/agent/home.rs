//! The agent's folder and process.

use super::plan::Load;
use crate::{Trouble, kind::Kind, process::Running, server::Site};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};
use tempfile::TempDir;

/// A folder with a configuration and journeys.
pub(super) struct Home(TempDir);

/// A running agent.
pub(super) struct Agent {
    running: Running,
    loaded: mpsc::Receiver<()>,
}

/// Reading ten thousand files takes a few seconds; a debug build a minute.
const PATIENCE: Duration = Duration::from_secs(120);

impl Home {
    /// `load` against `site`, exporting to `sink`.
    pub(super) fn new(site: &Site, load: Load, sink: SocketAddr) -> Result<Self, Trouble> {
        let folder = TempDir::new()?;
        let journeys = folder.path().join("journeys");
        fs::create_dir(&journeys)?;
        for n in 0..load.journeys {
            let file = journeys.join(format!("j{n}.toml"));
            fs::write(file, journey(site, n, load.steps))?;
        }
        let config = config(site, load, sink);
        fs::write(folder.path().join("agent.toml"), config)?;
        Ok(Self(folder))
    }

    /// Starts `jaunt agent` in it.
    pub(super) fn start(&self, jaunt: &Path) -> Result<Agent, Trouble> {
        let mut running = Running::start(
            Command::new(jaunt)
                .args(["agent", "--config", "agent.toml"])
                .current_dir(self.0.path())
                .env_clear()
                .stderr(Stdio::piped()),
        )?;
        let said = running.take_stderr().ok_or("no standard error")?;
        let (tell, loaded) = mpsc::channel();
        // Read to its end: an agent whose pipe is full would wait.
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if line.contains("journeys loaded") {
                    let _ = tell.send(());
                }
            }
        });
        Ok(Agent { running, loaded })
    }
}

impl Agent {
    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.running.id()
    }

    /// Comes back when it has loaded its journeys.
    pub(super) fn until_loaded(&self) -> Result<(), Trouble> {
        let loaded = self.loaded.recv_timeout(PATIENCE);
        loaded.map_err(|_| "the agent has not loaded its journeys within two minutes".into())
    }
}

fn config(site: &Site, load: Load, sink: SocketAddr) -> String {
    let (ca, journeys) = (site.ca(), load.journeys);
    let ca = ca.display();
    format!(
        "region = \"bench\"\ndata_dir = \"state\"\nlisten = \"127.0.0.1:0\"\ndrain = \"5s\"\n\
         ca = \"{ca}\"\n\
         [[source]]\ndir = \"journeys\"\n\
         [[export]]\nendpoint = \"http://{sink}\"\n\
         [customers.bench]\negress = [\"127.0.0.0/8\"]\n\
         limits = {{ journeys = {journeys}, runs = 2000, per_host = 2000, series = 100000000 }}\n\
         [limits]\nseries = 100000000\n"
    )
}

/// A journey with an objective; of several steps, the later ones use what the first has shown.
fn journey(site: &Site, n: u32, steps: u32) -> String {
    let at = site.target(Kind::Https).address;
    let mut text = format!(
        "journey = \"j{n}\"\ncustomer = \"bench\"\nevery = \"60s\"\ndeadline = \"30s\"\n\
         [[slo]]\nname = \"up\"\nobjective = \"99.9%\"\nwindow = \"28d\"\n"
    );
    for step in 1..=steps {
        let path = if step == 1 { "" } else { "{{s1.id}}" };
        text += &format!(
            "[[step]]\nid = \"s{step}\"\nrequest = \"GET https://{at}/{path}\"\nstatus = 200\n"
        );
        if steps > 1 {
            text += "expect = [{ json = \"$.status\", eq = \"confirmed\" }]\n";
            if step == 1 {
                text += "capture.id = { json = \"$.id\" }\n";
            }
        }
    }
    text
}
