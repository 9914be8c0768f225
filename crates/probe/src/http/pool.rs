//! The connections that a visitor has left open.

use super::{Link, link::certificate_name};
use crate::{Family, Request, TlsSetup, Version, track::Track};
use jaunt_record::{Phase, Tls};
use std::net::SocketAddr;

/// So many are kept; a page's worth of origins, as a browser would.
const MOST: usize = 16;

/// What a connection is good for.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    scheme: String,
    host: String,
    port: u16,
    version: Version,
    family: Family,
    proxy: Option<String>,
    tls: Option<(TlsSetup, String)>,
}

/// A connection that was left open, and what is known of it.
#[derive(Debug)]
pub(crate) struct Kept {
    key: Key,
    pub(crate) link: Link,
    remote: Option<SocketAddr>,
    tls: Option<Tls>,
}

/// The connections that a visitor has left open. They go when the visitor goes.
#[derive(Debug, Default)]
pub(crate) struct Pool(Vec<Kept>);

impl Key {
    pub(crate) fn of(request: &Request, track: &Track) -> Self {
        let over_tls = request.url.scheme() == "https";
        let proxy = request.proxy.as_ref().map(|proxy| proxy.url.to_string());
        let by_tls = || (request.tls.clone(), certificate_name(request));
        Self {
            scheme: request.url.scheme().into(),
            host: track.facts.host.clone(),
            port: track.facts.port,
            version: request.version,
            family: request.family,
            proxy,
            tls: over_tls.then(by_tls),
        }
    }

    fn fits(&self, other: &Self) -> bool {
        let tls = match (&self.tls, &other.tls) {
            (None, None) => true,
            (Some((setup, name)), Some((other, its))) => setup.is(other) && name == its,
            (None, Some(_)) | (Some(_), None) => false,
        };
        tls && self.host == other.host
            && self.port == other.port
            && self.scheme == other.scheme
            && self.version == other.version
            && self.family == other.family
            && self.proxy == other.proxy
    }
}

impl Kept {
    pub(super) fn new(request: &Request, link: Link, track: &Track) -> Self {
        Self {
            key: Key::of(request, track),
            link,
            remote: track.facts.remote,
            tls: track.facts.tls.clone(),
        }
    }

    /// Another exchange begins on it, in phase `send`.
    pub(crate) fn begin(&self, track: &mut Track) {
        track.facts.reused = true;
        track.facts.remote = self.remote;
        track.facts.tls.clone_from(&self.tls);
        track.metered_by(self.link.meter());
        track.begin(Phase::Send);
    }
}

impl Pool {
    /// An open connection that fits; one that was closed meanwhile is forgotten.
    pub(crate) async fn take(&mut self, key: &Key) -> Option<Kept> {
        while let Some(place) = self.0.iter().position(|kept| kept.key.fits(key)) {
            let mut kept = self.0.swap_remove(place);
            if kept.link.is_open().await {
                return Some(kept);
            }
        }
        None
    }

    /// Keeps a connection whose last response was read to its end, if it can be used again.
    pub(crate) async fn put(&mut self, mut kept: Kept) {
        if !kept.link.is_open().await {
            return;
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(kept);
    }
}
