//! What the program tells systemd that started it, heard at a socket of the test's own: the words of
//! sd_notify(3), as `Type=notify` and `Type=notify-reload` want them.

use crate::{
    agent::each_second,
    support::{
        agent::Home,
        place::{PATIENCE, until},
        scripted::{Act, Scripted, ok},
        skip::{self, or_skip},
    },
};
use std::{
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
    process::Command,
    sync::mpsc,
    time::{Duration, Instant},
};

/// The end of systemd that listens: always, since a socket whose queue is full loses words.
struct Manager {
    at: SocketAddr,
    heard: mpsc::Receiver<String>,
}

/// What the test says to itself, so as to know that it has heard all before it.
const END: &str = "END";

impl Manager {
    fn new(socket: UnixDatagram) -> Self {
        let at = socket.local_addr().unwrap();
        let (say, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length) = socket.recv(&mut bytes) {
                let words = String::from_utf8(bytes[..length].to_vec()).unwrap();
                if say.send(words).is_err() {
                    return;
                }
            }
        });
        Self { at, heard }
    }

    /// The next words, one datagram.
    fn next(&self) -> String {
        let words = self.heard.recv_timeout(PATIENCE);
        words.expect("a word within the patience")
    }

    /// The next words that are no sign of life alone.
    fn next_state(&self) -> String {
        loop {
            let words = self.next();
            if words != "WATCHDOG=1" {
                return words;
            }
        }
    }

    /// Everything that was said and not yet heard. Nobody else is to speak any more.
    fn rest(&self) -> Vec<String> {
        let end = UnixDatagram::unbound().unwrap();
        end.connect_addr(&self.at).unwrap();
        end.send(END.as_bytes()).unwrap();
        std::iter::from_fn(|| Some(self.next()).filter(|words| words != END)).collect()
    }
}

/// The clock that systemd holds `MONOTONIC_USEC` against, as a reader that is not ours reads it.
fn monotonic_us(python: &std::path::Path) -> u64 {
    let read = "import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)";
    let ran = Command::new(python).args(["-c", read]).output().unwrap();
    String::from_utf8(ran.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn systemd_hears_readiness_life_reloads_and_the_end_each_at_its_time() {
    let python = or_skip!(skip::program("python3"));
    // One run hangs, so that a drain takes a while.
    let target = Scripted::start([vec![Act::Read, Act::Hold]]);
    let home = Home::new("");
    let text = each_second("home", &target.url("/")).replace("\"1s\"", "\"10s\"");
    home.journey("home", &text.replace("900ms", "9s"));
    let path = home.path().join("notify");
    let manager = Manager::new(UnixDatagram::bind(&path).unwrap());
    let home = home
        .env("NOTIFY_SOCKET", path.to_str().unwrap())
        .env("WATCHDOG_USEC", "600000");
    let agent = home.start();

    assert_eq!(manager.next(), "READY=1\nSTATUS=measuring");
    assert!(agent.ask("/livez").starts_with("HTTP/1.0 200"));
    // Twice within the limit: a sign of life every 300 ms. The first comes at once.
    assert_eq!(manager.next(), "WATCHDOG=1");
    let begun = Instant::now();
    for _ in 0..4 {
        assert_eq!(manager.next(), "WATCHDOG=1");
    }
    assert!(begun.elapsed() >= Duration::from_millis(900), "no flood");

    let before = monotonic_us(&python);
    agent.signal("HUP");
    let words = manager.next_state();
    let told = words.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    let told: u64 = told.parse().unwrap();
    assert!((before..=monotonic_us(&python)).contains(&told), "{told}");
    assert_eq!(manager.next_state(), "READY=1\nSTATUS=measuring");

    until("the request", || !target.requests().is_empty());
    agent.signal("TERM");
    assert_eq!(
        manager.next_state(),
        "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=6000000"
    );
    // Four seconds of grace for the run that hangs, in which nobody is to take the agent for dead.
    assert_eq!(agent.ended(), Some(0));
    let rest = manager.rest();
    assert!(rest.iter().all(|words| words == "WATCHDOG=1"), "{rest:?}");
    assert!(rest.len() >= 6, "{rest:?}");
}

#[test]
fn a_socket_without_a_file_is_spoken_to_and_without_a_watchdog_no_life_is_told() {
    let name = format!("jaunt-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let manager = Manager::new(UnixDatagram::bind_addr(&address).unwrap());
    let home = Home::new("").env("NOTIFY_SOCKET", &format!("@{name}"));
    let target = Scripted::start([ok("", "well")]);
    home.journey("home", &each_second("home", &target.url("/")));
    let agent = home.start();
    assert!(manager.next_state().starts_with("READY=1\n"));
    until("some runs", || target.requests().len() >= 2);
    assert_eq!(agent.drain(), Some(0));
    let rest = manager.rest();
    let states: Vec<&String> = rest.iter().filter(|it| *it != "WATCHDOG=1").collect();
    assert_eq!(states.len(), 1, "{rest:?}");
    assert!(states[0].starts_with("STOPPING=1\n"), "{rest:?}");
    assert!(rest.len() <= 2, "{rest:?}");
}

#[test]
fn one_whom_systemd_cannot_hear_does_not_start_and_says_why() {
    let home = Home::new("").env("NOTIFY_SOCKET", "/nonexistent/notify");
    let agent = home.start();
    agent.until_says("cannot speak to systemd");
    assert_eq!(agent.ended(), Some(1));
}

#[test]
fn a_configuration_that_is_refused_is_told_to_nobody_as_ready() {
    let home = Home::new("nonsense = 1\n");
    let path = home.path().join("notify");
    let manager = Manager::new(UnixDatagram::bind(&path).unwrap());
    let home = home.env("NOTIFY_SOCKET", path.to_str().unwrap());
    assert_eq!(home.start().ended(), Some(2));
    assert_eq!(manager.rest(), [] as [&str; 0]);
}
