//! Telling systemd how we are (`Type=notify`, sd_notify(3)): one datagram for each change of state.
//!
//! By ourselves: it is a socket and four words, and the libraries for it bring `unsafe` or a C
//! library along. Outside systemd nothing is told, and nothing fails: who started us did not ask.

use crate::{Moment, config::Around};
use std::{
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
    time::Duration,
};

/// Who is told: systemd, where it started us and asked for it.
#[derive(Debug, Default)]
pub struct Systemd {
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl Systemd {
    /// The one that `NOTIFY_SOCKET` and `WATCHDOG_USEC` tell of.
    ///
    /// # Errors
    /// There is a socket and it cannot be spoken to: systemd would wait for a word in vain, and kill
    /// us in the end.
    pub fn of(around: &dyn Around) -> io::Result<Self> {
        let Some(path) = around.variable("NOTIFY_SOCKET") else {
            return Ok(Self::default());
        };
        let address = match path.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&path)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        // A systemd that does not listen must not hold us up.
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: Some(socket),
            watchdog: watchdog(around),
        })
    }

    /// How often [`alive`](Self::alive) is to be said: half of the time after which systemd takes us
    /// for dead; `None` where it does not watch.
    pub fn every(&self) -> Option<Duration> {
        self.watchdog.map(|limit| limit / 2)
    }

    /// Measuring has begun, or goes on after a reload.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={}", line(status)));
    }

    /// Sources are looked at again; [`ready`](Self::ready) is to follow.
    pub fn reloading(&self) {
        // By the clock that systemd holds it against (Type=notify-reload).
        let now = Moment::now().awake.as_micros();
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={now}"));
    }

    /// What we are doing, in a few words that `systemctl status` shows.
    pub fn status(&self, status: &str) {
        self.tell(&format!("STATUS={}", line(status)));
    }

    /// Draining has begun, and may take this long.
    pub fn stopping(&self, grace: Duration) {
        let grace = grace.as_micros();
        self.tell(&format!(
            "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC={grace}"
        ));
    }

    /// Said by whoever has seen that runs are still scheduled.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    fn tell(&self, message: &str) {
        if let Some(socket) = &self.socket {
            // Lost words are made good: the watchdog's by the next, and a READY by systemd's timeout.
            let _ = socket.send(message.as_bytes());
        }
    }
}

/// The time after which systemd takes us for dead, if it is us that it watches.
fn watchdog(around: &dyn Around) -> Option<Duration> {
    let number = |name| around.variable(name)?.parse::<u64>().ok();
    let watched = around.variable("WATCHDOG_PID");
    if watched.is_some() && number("WATCHDOG_PID") != Some(std::process::id().into()) {
        return None;
    }
    number("WATCHDOG_USEC")
        .filter(|&limit| limit > 0)
        .map(Duration::from_micros)
}

/// A status is one line: what follows a line break would be another word of ours.
fn line(status: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    status.chars().map(plain).take(200).collect()
}
