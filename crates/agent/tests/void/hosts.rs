//! Two hosts of a test's own, joined by a cable that can be pulled.

use std::{
    fs::File,
    os::fd::AsFd as _,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

static MADE: AtomicU32 = AtomicU32::new(0);

/// `here` (10.78.0.1), where runs take place, and `there` (10.78.0.2 to 10.78.0.4), where servers
/// are. There drops what comes for 10.78.0.9, and says of 10.78.0.8 that it cannot be reached.
pub(crate) struct Hosts {
    here: String,
    there: String,
}

impl Hosts {
    /// Two joined hosts; `None`, said aloud, where the machine does not grant them.
    pub(crate) fn join() -> Option<Self> {
        let count = MADE.fetch_add(1, Ordering::Relaxed);
        let name = |side| format!("jaunt-void-{}-{count}-{side}", std::process::id());
        let hosts = Self {
            here: name("here"),
            there: name("there"),
        };
        if !ip(&format!("netns add {}", hosts.here)) || !ip(&format!("netns add {}", hosts.there)) {
            eprintln!("skipped: network namespaces are not granted here");
            assert!(
                std::env::var_os("JAUNT_TEST_STRICT").is_none(),
                "tests/run needs network namespaces"
            );
            return None;
        }
        let (here, there) = (&hosts.here, &hosts.there);
        let mut lines = vec![
            format!("link add jaunt0 netns {here} type veth peer name jaunt0 netns {there}"),
            format!("-n {here} addr add 10.78.0.1/24 dev jaunt0"),
            format!("-n {here} link set lo up"),
            format!("-n {there} link set lo up"),
            format!("-n {here} link set jaunt0 up"),
            format!("-n {there} link set jaunt0 up"),
            format!("-n {there} route add blackhole 10.78.0.9/32"),
            format!("-n {there} route add unreachable 10.78.0.8/32"),
            format!("netns exec {there} sysctl -qw net.ipv4.ip_forward=1"),
            format!("netns exec {there} sysctl -qw net.ipv4.conf.all.proxy_arp=1"),
        ];
        for last in 2..=4 {
            lines.push(format!("-n {there} addr add 10.78.0.{last}/24 dev jaunt0"));
        }
        for line in lines {
            assert!(ip(&line), "ip {line}");
        }
        let mac = hosts.mac_there();
        for last in [8, 9] {
            let neighbour = format!("-n {here} neigh add 10.78.0.{last} lladdr {mac} dev jaunt0");
            assert!(ip(&neighbour), "ip {neighbour}");
        }
        Some(hosts)
    }

    /// Nothing gets through any more.
    pub(crate) fn pull_the_cable(&self) {
        assert!(ip(&format!("-n {} link set jaunt0 down", self.there)));
    }

    /// Does `work` on the near host, to its end.
    pub(crate) fn here<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        on(&self.here, work)
    }

    /// Does `work` on the far host until the test's process ends.
    pub(crate) fn there(&self, work: impl Future<Output = ()> + Send + 'static) {
        let name = self.there.clone();
        std::thread::spawn(move || on(&name, work));
    }

    fn mac_there(&self) -> String {
        let mut show = Command::new("ip");
        show.args(["-n", &self.there, "-j", "link", "show", "jaunt0"]);
        let links: serde_json::Value =
            serde_json::from_slice(&show.output().unwrap().stdout).unwrap();
        links[0]["address"].as_str().unwrap().into()
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.here));
        ip(&format!("netns del {}", self.there));
    }
}

/// A thread of its own, moved into the namespace, with a runtime of its own: every socket that it
/// opens is that host's.
fn on<T: Send>(name: &str, work: impl Future<Output = T> + Send) -> T {
    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    let path = format!("/run/netns/{name}");
    std::thread::scope(|scope| {
        let inside = scope.spawn(move || {
            let space = File::open(path).unwrap();
            move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(work)
        });
        inside.join().unwrap()
    })
}

fn ip(line: &str) -> bool {
    let done = Command::new("ip").args(line.split(' ')).output();
    done.is_ok_and(|out| out.status.success())
}
