//! Bodies of responses: decoded, bounded, whole, and read as what they claim to be.

use super::get;
use crate::support::{
    httpbin::Httpbin,
    jaunt::{Ran, calmly, run},
    nginx::{Nginx, Site},
    scripted::{Act, Scripted, answer, ok},
    skip::or_skip,
};
use std::{io::Write, time::Duration};

const LOOKS: &str = "status = 200\nexpect = [{ json = \"$.a\", eq = \"é\" }]";
const BODY: &str = "{\"a\":\"é\"}";

/// A run against a server that sends `body` as `coding`.
fn coded(coding: &str, body: &[u8], rest: &str) -> Ran {
    let server = Scripted::start([ok(&format!("content-encoding: {coding}\r\n"), body)]);
    run(&get(&server.url("/"), rest)).go()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    encoder.write_all(bytes).unwrap();
    encoder.into_inner()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Behaviour 9: held against encoders that nobody here wrote.
#[test]
fn what_httpbin_and_nginx_compress_is_decoded_before_anything_looks() {
    calmly(|| {
        let httpbin = or_skip!(Httpbin::shared());
        for (path, member) in [
            ("/gzip", "gzipped"),
            ("/deflate", "deflated"),
            ("/brotli", "brotli"),
        ] {
            let rest = format!("status = 200\nexpect = [{{ json = \"$.{member}\", eq = true }}]");
            run(&get(&httpbin.url(path), &rest)).go().judged("pass");
        }
        let site = Site {
            server: "gzip on; gzip_types *; gzip_min_length 1;",
            ..Site::default()
        };
        let nginx = or_skip!(Nginx::start(site));
        nginx.put("big.txt", "0123456789".repeat(10_000));
        let rest = "status = 200\nexpect = [{ size = \"bytes\", eq = 100000 }, { header = \"content-encoding\", eq = \"gzip\" }]";
        run(&get(&nginx.url("/big.txt"), rest)).go().judged("pass");
        assert!(nginx.log(1)[0]["bytes"].as_u64().unwrap() < 10_000);
    });
}

/// Behaviour 9.
#[test]
fn every_coding_is_decoded_alone_and_one_upon_another() {
    calmly(|| {
        let body = BODY.as_bytes();
        let twice = gzip(&brotli(body));
        for (coding, bytes) in [
            ("gzip", gzip(body)),
            ("X-GZip", gzip(body)),
            ("br", brotli(body)),
            ("zstd", zstd::encode_all(body, 3).unwrap()),
            ("deflate", zlib(body)),
            ("identity", body.to_vec()),
            ("br, gzip", twice),
        ] {
            coded(coding, &bytes, LOOKS).judged("pass");
        }
    });
}

/// Behaviour 9.
#[test]
fn a_body_that_is_not_what_its_header_says_is_a_failure() {
    calmly(|| {
        let cut = |mut bytes: Vec<u8>| {
            bytes.truncate(bytes.len() - 5);
            bytes
        };
        let body = "a body of some length, so that cutting it hurts".as_bytes();
        for (coding, bytes) in [
            ("gzip", body.to_vec()),
            ("br", body.to_vec()),
            ("zstd", body.to_vec()),
            ("deflate", body.to_vec()),
            ("gzip", cut(gzip(body))),
            ("br", cut(brotli(body))),
            ("zstd", cut(zstd::encode_all(body, 3).unwrap())),
            ("deflate", cut(zlib(body))),
            ("gzip", Vec::new()),
            ("rot13", body.to_vec()),
        ] {
            coded(coding, &bytes, "status = 200").failed("receive", "http.encoding");
        }
    });
}

/// Behaviour 10.
#[test]
fn exactly_the_cap_passes_and_one_byte_more_has_its_own_kind() {
    calmly(|| {
        let rest = "status = 200\nmax_body = \"4KiB\"";
        for (coding, encode) in [
            ("identity", <[u8]>::to_vec as fn(&[u8]) -> Vec<u8>),
            ("gzip", gzip),
            ("br", brotli),
        ] {
            coded(coding, &encode(&[b'x'; 4096]), rest).judged("pass");
            coded(coding, &encode(&[b'x'; 4097]), rest).failed("receive", "http.body-too-large");
        }
    });
}

/// Behaviour 11.
#[test]
fn a_body_short_of_its_length_or_cut_in_a_chunk_fails_in_the_receive_phase() {
    calmly(|| {
        for bytes in [
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        ] {
            let server = Scripted::start([answer(bytes)]);
            let record = run(&get(&server.url("/"), "status = 200"))
                .go()
                .failed("receive", "http.truncated");
            assert_eq!(record["steps"][0]["exchanges"][0]["status"], 200);
            assert_eq!(server.finished().len(), 1);
        }
    });
}

/// Behaviour 12: the same slow end, whether or not an expectation looks at the body.
#[test]
fn a_body_is_read_to_its_end_also_where_nobody_looks() {
    calmly(|| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec();
        let pause = Act::Pause(Duration::from_millis(300));
        let script = vec![
            Act::Read,
            Act::Send(head),
            pause,
            Act::Send(b"world".into()),
        ];
        for rest in [
            "status = 200",
            "status = 200\nexpect = [{ body = \"text\", eq = \"helloworld\" }]",
        ] {
            let server = Scripted::start([script.clone()]);
            let record = run(&get(&server.url("/"), rest)).go().judged("pass");
            let receive = record["steps"][0]["exchanges"][0]["phases_ms"]["receive"]
                .as_f64()
                .unwrap();
            assert!(receive >= 290.0, "{receive} ms");
        }
    });
}

/// Behaviour 13.
#[test]
fn the_charset_is_honoured_and_what_cannot_be_decoded_fails_clearly() {
    calmly(|| {
        let looks = "status = 200\nexpect = [{ body = \"text\", eq = \"café\" }]";
        for (kind, body) in [
            ("text/plain; charset=ISO-8859-1", &b"caf\xe9"[..]),
            ("text/plain; charset=\"utf-16le\"", b"c\0a\0f\0\xe9\0"),
            ("text/plain", b"caf\xc3\xa9"),
        ] {
            let server = Scripted::start([ok(&format!("content-type: {kind}\r\n"), body)]);
            run(&get(&server.url("/"), looks)).go().judged("pass");
        }
        for kind in ["text/plain; charset=utf-8", "text/plain; charset=klingon"] {
            let server = Scripted::start([ok(&format!("content-type: {kind}\r\n"), b"caf\xe9")]);
            let record = run(&get(&server.url("/"), looks)).go().judged("fail");
            assert_eq!(record["failure"]["kind"], "http.charset", "{record}");
        }
    });
}
