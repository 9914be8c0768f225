//! Network namespaces: hosts of a test's own, for what loopback cannot show.

use super::skip;
use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

static MADE: AtomicU32 = AtomicU32::new(0);

/// Two hosts joined by a cable: `here`, where `jaunt` runs, and `there`, where servers are.
///
/// Here is 10.77.0.1 and fd77::1, there 10.77.0.2 and fd77::2. 10.77.0.9 and fd77::9 are routed to
/// there, which drops what comes for them without a word: black holes.
pub(crate) struct Pair {
    /// Where `jaunt` runs.
    pub(crate) here: Space,
    /// Where servers are.
    pub(crate) there: Space,
}

/// One host.
pub(crate) struct Space {
    name: String,
}

impl Pair {
    /// Two joined hosts; `None`, said aloud, where the machine does not grant them.
    pub(crate) fn join() -> Option<Self> {
        skip::program("ip")?;
        let (Some(here), Some(there)) = (Space::make(), Space::make()) else {
            skip::aloud("network namespaces are not granted here");
            return None;
        };
        let lines = [
            format!(
                "link add jaunt0 netns {} type veth peer name jaunt0 netns {}",
                here.name, there.name
            ),
            format!("-n {} addr add 10.77.0.1/24 dev jaunt0", here.name),
            format!("-n {} addr add fd77::1/64 dev jaunt0 nodad", here.name),
            format!("-n {} addr add 10.77.0.2/24 dev jaunt0", there.name),
            format!("-n {} addr add fd77::2/64 dev jaunt0 nodad", there.name),
            format!("-n {} link set jaunt0 up", here.name),
            format!("-n {} link set jaunt0 up", there.name),
            format!("-n {} route add blackhole 10.77.0.9/32", there.name),
            format!("-n {} route add blackhole fd77::9/128", there.name),
        ];
        for line in lines {
            assert!(ip(&line), "ip {line}");
        }
        let cable = there.mac();
        for hole in ["10.77.0.9", "fd77::9"] {
            let neighbour = format!(
                "-n {} neigh add {hole} lladdr {cable} dev jaunt0",
                here.name
            );
            assert!(ip(&neighbour), "ip {neighbour}");
        }
        Some(Self { here, there })
    }
}

impl Space {
    fn make() -> Option<Self> {
        let count = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("jaunt-test-{}-{count}", std::process::id());
        if !ip(&format!("netns add {name}")) {
            return None;
        }
        let space = Self { name };
        ip(&format!("-n {} link set lo up", space.name)).then_some(space)
    }

    /// What a command is run by, so that it runs on this host.
    pub(crate) fn runner(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(Into::into).into()
    }

    /// Makes these the name servers of what runs on this host.
    pub(crate) fn name_servers(&self, servers: &[&str]) {
        std::fs::create_dir_all(self.etc()).unwrap();
        let lines: String = servers
            .iter()
            .map(|server| format!("nameserver {server}\n"))
            .collect();
        std::fs::write(self.etc().join("resolv.conf"), lines).unwrap();
    }

    fn etc(&self) -> PathBuf {
        PathBuf::from("/etc/netns").join(&self.name)
    }

    fn mac(&self) -> String {
        let mut show = Command::new("ip");
        show.args(["-n", &self.name, "-j", "link", "show", "jaunt0"]);
        let links: serde_json::Value =
            serde_json::from_slice(&show.output().unwrap().stdout).unwrap();
        links[0]["address"].as_str().unwrap().into()
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.name));
        let _ = std::fs::remove_dir_all(self.etc());
    }
}

fn ip(line: &str) -> bool {
    let done = Command::new("ip").args(line.split(' ')).output();
    done.is_ok_and(|out| out.status.success())
}
