//! A visitor of tests, and the requests it makes.

use jaunt_probe::{
    Connection, Exchange, Family, Fault, Named, Network, NetworkConfig, Outcome, Policy, Request,
    Response, TlsConfig, TlsSetup, Version, Visitor,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The network of this test.
pub(crate) fn network() -> Arc<Network> {
    Network::new(NetworkConfig::default()).unwrap()
}

/// A visitor who may go everywhere.
pub(crate) fn visitor() -> Visitor {
    network().visitor(&Arc::new(Policy::everything()))
}

/// A GET of `url`, five seconds allowed.
pub(crate) fn get(url: &str) -> Request {
    let tls = TlsConfig {
        roots: Some(super::certs::CA.pem()),
        ..TlsConfig::default()
    };
    Request {
        method: http::Method::GET,
        url: url.parse().unwrap(),
        named: Named::Journey,
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        version: Version::Auto,
        tls: TlsSetup::new(&network(), tls).unwrap(),
        server_name: None,
        family: Family::Any,
        proxy: None,
        connection: Connection::Keep,
        max_body: 8 << 20,
        deadline: Instant::now() + Duration::from_secs(5),
    }
}

/// A POST of `body` to `url`.
pub(crate) fn post(url: &str, body: impl Into<bytes::Bytes>) -> Request {
    Request {
        method: http::Method::POST,
        body: body.into(),
        ..get(url)
    }
}

/// `request` with so long until its time is up.
pub(crate) fn within(request: Request, milliseconds: u64) -> Request {
    Request {
        deadline: Instant::now() + Duration::from_millis(milliseconds),
        ..request
    }
}

/// Makes `request` as a first visit.
pub(crate) async fn visit(request: &Request) -> Exchange<Response> {
    jaunt_probe::request(&mut visitor(), request).await
}

/// The response; its absence fails the test with what came instead.
pub(crate) fn answer(exchange: &Exchange<Response>) -> &Response {
    match &exchange.outcome {
        Outcome::Answered(response) => response,
        other => panic!("{other:?}"),
    }
}

/// The fault; its absence fails the test.
pub(crate) fn fault<T: std::fmt::Debug>(exchange: &Exchange<T>) -> &Fault {
    match &exchange.outcome {
        Outcome::Failed(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// `kind in phase` of the fault, as it is written in records.
pub(crate) fn failure<T: std::fmt::Debug>(exchange: &Exchange<T>) -> String {
    let fault = fault(exchange);
    format!("{} in {}", fault.kind, fault.phase)
}

/// The names of the phases that happened.
pub(crate) fn phases<T>(exchange: &Exchange<T>) -> Vec<&'static str> {
    let happened = exchange.facts.phases.iter();
    happened.map(|(phase, _)| phase.as_str()).collect()
}
