//! What a bomb costs: the peak of the memory of a process that does nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a scripted server that fails is a failed test"
)]

use jaunt_probe::{
    Connection, Family, Named, Network, NetworkConfig, Outcome, Policy, Request, TlsConfig,
    TlsSetup, Version,
};
use jaunt_record::FailureKind;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

/// As a step's `max_body` is by default.
const CAP: u64 = 8 << 20;

/// Codings, with the logarithm of the window that is asked for.
const CODINGS: [(&str, u32); 6] = [
    ("gzip", 15),
    ("deflate", 15),
    ("br", 18),
    ("br", 22),
    ("br", 24),
    ("zstd", 23),
];

/// So many zeros, coded.
fn zeros(coding: &str, window: u32, count: u64) -> Vec<u8> {
    let mut zeros = std::io::repeat(0).take(count);
    let best = flate2::Compression::best();
    match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), best);
            std::io::copy(&mut zeros, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), best);
            std::io::copy(&mut zeros, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut bytes = Vec::new();
            let mut encoder = brotli::CompressorWriter::new(&mut bytes, 4096, 5, window);
            std::io::copy(&mut zeros, &mut encoder).unwrap();
            drop(encoder);
            bytes
        }
        _ => {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
            encoder.window_log(window).unwrap();
            std::io::copy(&mut zeros, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
    }
}

/// Serves these answers, one a connection, from a thread.
fn serve(answers: [Vec<u8>; 2]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            // The other side hangs up as soon as it has had enough.
            let _ = stream.write_all(&answer);
        }
    });
    address
}

fn answer(coding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A field of this process's status, KiB.
fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.unwrap().trim_start_matches(':').trim();
    number.trim_end_matches(" kB").parse().unwrap()
}

/// Where the bomb lies, in a process that is there to be hit by it.
const TARGET: &str = "JAUNT_TEST_TARGET";

#[test]
fn a_bomb_costs_at_most_the_cap_and_a_mebibyte() {
    if let Some(address) = std::env::var_os(TARGET) {
        return hit(address.to_str().unwrap());
    }
    for (coding, window) in CODINGS {
        let body = zeros(coding, window, 64 << 20);
        assert!(body.len() < 1 << 20, "{coding}: {}", body.len());
        // First one that is harmless: what a first visit costs is not the bomb's.
        let harmless = answer(coding, &zeros(coding, window, 1_000));
        let address = serve([harmless, answer(coding, &body)]);
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_bomb_costs_at_most_the_cap_and_a_mebibyte"])
            .env(TARGET, address.to_string())
            .output()
            .unwrap();
        let said = [done.stdout, done.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(done.status.success(), "{coding} {window}: {said}");
    }
}

/// Visits the bomb, and says no to it at a price.
fn hit(address: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let network = Network::new(NetworkConfig::default()).unwrap();
    let request = Request {
        method: http::Method::GET,
        url: format!("http://{address}/").parse().unwrap(),
        named: Named::Journey,
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        version: Version::Auto,
        tls: TlsSetup::new(&network, TlsConfig::default()).unwrap(),
        server_name: None,
        family: Family::Any,
        proxy: None,
        connection: Connection::New,
        max_body: CAP,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    let visit = || {
        let mut visitor = network.visitor(&Arc::new(Policy::everything()));
        runtime.block_on(jaunt_probe::request(&mut visitor, &request))
    };
    let exchange = visit();
    assert!(
        matches!(exchange.outcome, Outcome::Answered(_)),
        "{exchange:?}"
    );
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS");
    let exchange = visit();
    let cost = status("VmHWM").saturating_sub(before);
    let Outcome::Failed(fault) = exchange.outcome else {
        panic!("{:?}", exchange.outcome);
    };
    assert_eq!(fault.kind, FailureKind::HttpBodyTooLarge);
    assert!(cost <= CAP / 1024 + 1024, "{cost} KiB");
}
