//! Bodies are decoded before anything looks, capped after decoding, and what they claim to be.

use super::{
    server::Server,
    visit::{answer, failure, fault, get, visit},
};
use jaunt_probe::{Exchange, Request, Response};
use std::io::Write;

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    bytes.extend(body);
    bytes
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn br(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    brotli::CompressorWriter::new(&mut bytes, 4096, 5, 22)
        .write_all(text)
        .unwrap();
    bytes
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).unwrap()
}

type Encoder = fn(&[u8]) -> Vec<u8>;
const CODINGS: [(&str, Encoder); 5] = [
    ("gzip", gzip),
    ("deflate", zlib),
    ("deflate", raw_deflate),
    ("br", br),
    ("zstd", zstd),
];

async fn answered_with(bytes: Vec<u8>, max_body: u64) -> Exchange<Response> {
    let server = Server::answering(bytes).await;
    let request = Request {
        max_body,
        ..get(&server.url("/"))
    };
    visit(&request).await
}

#[tokio::test]
async fn every_coding_is_undone() {
    let text = "a line of text that repeats\n".repeat(2000);
    for (coding, encode) in CODINGS {
        let exchange = answered_with(coded(coding, &encode(text.as_bytes())), 1 << 20).await;
        assert_eq!(answer(&exchange).body, text, "{coding}");
    }
    let plain = answered_with(coded("identity", text.as_bytes()), 1 << 20).await;
    assert_eq!(answer(&plain).body, text);
}

#[tokio::test]
async fn stacked_codings_are_undone_in_turn() {
    let twice = br(&gzip(b"under two coats"));
    let exchange = answered_with(coded("gzip, br", &twice), 100).await;
    assert_eq!(answer(&exchange).body, "under two coats");
    let deep = answered_with(coded("gzip, gzip, gzip, gzip, gzip", b""), 100).await;
    assert_eq!(failure(&deep), "http.encoding in receive");
}

#[tokio::test]
async fn exactly_the_cap_passes_and_one_byte_more_fails() {
    let text = vec![b'x'; 100_000];
    for (coding, encode) in CODINGS {
        let bytes = coded(coding, &encode(&text));
        let exact = answered_with(bytes.clone(), 100_000).await;
        assert_eq!(answer(&exact).body.len(), 100_000, "{coding}");
        let beyond = answered_with(bytes, 99_999).await;
        assert_eq!(
            failure(&beyond),
            "http.body-too-large in receive",
            "{coding}"
        );
    }
    let plain = coded("identity", &text);
    assert_eq!(
        answer(&answered_with(plain.clone(), 100_000).await)
            .body
            .len(),
        100_000
    );
    let beyond = answered_with(plain, 99_999).await;
    assert_eq!(failure(&beyond), "http.body-too-large in receive");
}

#[tokio::test]
async fn a_bomb_ends_at_the_cap() {
    // 64 MiB of zeros in a few KiB, and once more around it.
    let bomb = gzip(&vec![0; 64 << 20]);
    for (coding, bytes) in [("gzip", bomb.clone()), ("gzip, gzip", gzip(&bomb))] {
        let exchange = answered_with(coded(coding, &bytes), 1 << 20).await;
        assert_eq!(failure(&exchange), "http.body-too-large in receive");
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_its_header_says_is_a_failure() {
    for (coding, _) in CODINGS {
        let exchange = answered_with(coded(coding, b"\xffnothing of the kind"), 1000).await;
        assert_eq!(failure(&exchange), "http.encoding in receive", "{coding}");
        let empty = answered_with(coded(coding, b""), 1000).await;
        assert_eq!(
            failure(&empty),
            "http.encoding in receive",
            "empty {coding}"
        );
    }
    let unknown = answered_with(coded("rot13", b"uryyb"), 1000).await;
    assert_eq!(failure(&unknown), "http.encoding in receive");
    assert!(fault(&unknown).message.contains("`rot13`"));
}

#[tokio::test]
async fn a_coded_body_that_ends_too_early_is_a_failure_wherever_it_ends() {
    let text: Vec<u8> = (0..2000_u32).flat_map(u32::to_be_bytes).collect();
    for (coding, encode) in CODINGS {
        let whole = encode(&text);
        for cut in [1, 2, 3, whole.len() / 2, whole.len() - 1] {
            let exchange = answered_with(coded(coding, &whole[..cut]), 1 << 20).await;
            assert_eq!(
                failure(&exchange),
                "http.encoding in receive",
                "{coding} cut at {cut}"
            );
        }
    }
}

#[tokio::test]
async fn what_has_no_body_is_not_decoded() {
    for status in ["204 No Content", "304 Not Modified"] {
        let bytes = format!("HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\n\r\n");
        let exchange = answered_with(bytes.into_bytes(), 1000).await;
        assert_eq!(answer(&exchange).body, "");
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 512\r\n\r\n";
    let server = Server::answering(head).await;
    let request = Request {
        method: http::Method::HEAD,
        ..get(&server.url("/"))
    };
    let exchange = visit(&request).await;
    assert_eq!(answer(&exchange).body, "");
    assert_eq!(answer(&exchange).headers["content-length"], "512");
}
