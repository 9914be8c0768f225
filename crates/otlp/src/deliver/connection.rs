//! A connection to one endpoint that is made anew when its certificates or its addresses change.

use super::FreshHeaders;
use crate::{
    Target,
    batch::Batch,
    transport::{Refusal, Taken, Transport, Why},
};
use std::{
    collections::BTreeSet,
    net::IpAddr,
    path::PathBuf,
    time::{Duration, SystemTime},
};
use tokio::{net::lookup_host, time::Instant};

/// How often the endpoint's name is looked up, so that a kept connection follows it.
const LOOK_UP: Duration = Duration::from_secs(60);
/// How long looking up may take; a slow resolver keeps nothing up but this once.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Connection {
    target: Target,
    headers: Option<FreshHeaders>,
    transport: Option<Transport>,
    files: Vec<Stamp>,
    /// Why the files of TLS cannot be used, until it is asked for.
    trouble: Option<String>,
    looked_up: Option<Instant>,
    addresses: BTreeSet<IpAddr>,
}

/// What tells one version of a file from another.
type Stamp = Option<(SystemTime, u64)>;

impl Connection {
    pub(crate) const fn new(target: Target, headers: Option<FreshHeaders>) -> Self {
        Self {
            target,
            headers,
            transport: None,
            files: Vec::new(),
            trouble: None,
            looked_up: None,
            addresses: BTreeSet::new(),
        }
    }

    /// Sends `batch` once, with the headers and certificates that hold now.
    pub(crate) async fn send(&mut self, batch: &Batch) -> Result<Taken, Refusal> {
        if let Some(headers) = &self.headers {
            self.target.headers = headers();
        }
        self.follow_name().await;
        self.follow_files();
        match &mut self.transport {
            Some(transport) => transport.send(&self.target, batch).await,
            None => Err(Refusal {
                why: Why::Endpoint,
                code: "tls".to_owned(),
                words: "its TLS settings cannot be used".to_owned(),
            }),
        }
    }

    /// The `Date` of the last answer, Unix seconds; once, and where it bore one.
    pub(crate) fn date(&mut self) -> Option<i64> {
        self.transport.as_mut()?.date()
    }

    /// Why the files of TLS cannot be used; told once for each change.
    pub(crate) const fn tls_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    /// Reads certificates anew where their files changed; what cannot be used leaves the old ones.
    fn follow_files(&mut self) {
        let tls = &self.target.tls;
        let paths = [&tls.ca, &tls.cert, &tls.key].into_iter().flatten();
        let files: Vec<Stamp> = paths.map(stamp).collect();
        if self.transport.is_some() && files == self.files {
            return;
        }
        let is_new = files != self.files || self.transport.is_none();
        match Transport::new(&self.target) {
            Ok(transport) => self.transport = Some(transport),
            Err(error) if is_new => self.trouble = Some(crate::transport::chain(&error)),
            Err(_) => {}
        }
        self.files = files;
    }

    /// Drops a kept connection to an address that the name no longer has.
    async fn follow_name(&mut self) {
        let Some(url::Host::Domain(host)) = self.target.url.host() else {
            return;
        };
        if self.looked_up.is_some_and(|at| at.elapsed() < LOOK_UP) {
            return;
        }
        self.looked_up = Some(Instant::now());
        let port = self.target.url.port_or_known_default().unwrap_or(4318);
        let found = tokio::time::timeout(LOOK_UP_TIMEOUT, lookup_host((host, port))).await;
        let Ok(Ok(found)) = found else {
            return;
        };
        let found: BTreeSet<IpAddr> = found.map(|address| address.ip()).collect();
        if !self.addresses.is_subset(&found) {
            self.transport = None;
        }
        self.addresses = found;
    }
}

fn stamp(path: &PathBuf) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
