//! What a flood costs the built `jaunt`: at most `max_body` and 1 MiB more memory than the same
//! journey to the same server when that answers little. Over HTTP/1.1 and HTTP/2, in every coding.
//!
//! The step before the flood and the one behind it ask servers that do not answer. While the first
//! waits, the kernel's high-water mark is set back, so that what starting cost hides nothing; while
//! the last waits, it is read, so that nothing is left to sampling.

use crate::support::{
    jaunt::{calmly, run, within},
    nginx::{Nginx, Site},
    place,
    scripted::{Act, Script, Scripted, answer},
    skip::or_skip,
};
use serde_json::Value;
use std::io::Read;

/// How much memory a step took over what was held before it, KiB, and what became of it.
struct Visit {
    grew_kib: u64,
    step: Value,
}

/// Gets `small`, so that what a first visit costs is no flood's, and then `url`, by this version of
/// HTTP; `rest` is of the latter step. A step that waits until it is let go stands before and behind.
fn visit(small: &str, url: &str, version: &str, rest: &str) -> Visit {
    let [first, last] = [(); 2].map(|()| Scripted::start([vec![Act::Read, Act::Hold]]));
    let journey = format!(
        "journey = \"flood\"\ndeadline = \"50s\"\n\
         [defaults]\nversion = \"{version}\"\nconnection = \"new\"\n\
         [[step]]\nid = \"small\"\nrequest = \"GET {small}\"\nstatus = 200\n\
         [[step]]\nid = \"first\"\nrequest = \"GET {}\"\nversion = \"1.1\"\nstatus = 200\n\
         [[step]]\nid = \"flood\"\nalways = true\nrequest = \"GET {url}\"\nstatus = 200\n{rest}\n\
         [[step]]\nid = \"last\"\nalways = true\nrequest = \"GET {}\"\nversion = \"1.1\"\nstatus = 200\n",
        first.url("/"),
        last.url("/")
    );
    let running = run(&journey).start();
    let waits_for = |server: &Scripted| {
        place::until("the step that waits", || !server.requests().is_empty());
        running.peak_kib()
    };
    waits_for(&first);
    running.forget_peak();
    let before = waits_for(&first);
    drop(first);
    let grew_kib = waits_for(&last) - before;
    drop(last);
    let record = running.end().record();
    Visit {
        grew_kib,
        step: record["steps"][2].clone(),
    }
}

impl Visit {
    /// What it costs where it was answered, and all that came was read.
    fn quiet(self) -> u64 {
        assert_eq!(self.step["verdict"], "pass", "{}", self.step);
        self.grew_kib
    }

    /// That it was cut with this kind, at the price of `cap_mib` and 1 MiB over `quiet` at most.
    fn cut(self, what: &str, kind: &str, quiet: u64, cap_mib: u64) {
        let cost = self.grew_kib.saturating_sub(quiet);
        eprintln!("{what}: {cost} KiB over {quiet} KiB");
        let failed = &self.step["exchanges"][0]["failed"]["kind"];
        assert_eq!(failed, kind, "{what}: {}", self.step);
        assert!(
            cost <= (cap_mib + 1) * 1024,
            "{what}: {cost} KiB over {quiet} KiB"
        );
    }
}

/// So many zeros in these codings, the one applied first named first; never held here as such.
fn zeros(codings: &str, count: u64) -> Vec<u8> {
    let mut names = codings.split('+');
    let mut bytes = coded(names.next().unwrap(), &mut std::io::repeat(0).take(count));
    for name in names {
        bytes = coded(name, &mut &bytes[..]);
    }
    bytes
}

fn coded(coding: &str, what: &mut dyn Read) -> Vec<u8> {
    let (name, window) = coding.split_once('-').unwrap_or((coding, "0"));
    let window = window.parse().unwrap();
    match name {
        "gzip" => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::copy(what, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, window);
            std::io::copy(what, &mut encoder).unwrap();
            encoder.into_inner()
        }
        "zstd" => {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
            encoder.window_log(window).unwrap();
            std::io::copy(what, &mut encoder).unwrap();
            encoder.finish().unwrap()
        }
        _ => panic!("{coding}"),
    }
}

/// Codings with the base 2 logarithm of their window: the widest that their RFCs allow, what servers
/// choose, and one upon another.
const CODINGS: [&str; 9] = [
    "gzip",
    "br-18",
    "br-22",
    "br-24",
    "zstd-19",
    "zstd-23",
    "gzip+gzip",
    "br-22+zstd-19",
    "zstd-23+br-19",
];

/// The value of Content-Encoding for such a coding.
fn content_encoding(coding: &str) -> String {
    let names = coding.split('+').map(|one| one.split('-').next().unwrap());
    names.collect::<Vec<_>>().join(", ")
}

/// Behaviour 10, by a server that keeps to all rules: a GiB, as it is and as bombs.
#[test]
fn a_body_costs_at_most_its_cap_and_a_mebibyte() {
    calmly(|| {
        let locations: String = CODINGS
            .iter()
            .map(|coding| {
                let named = content_encoding(coding);
                format!("location /{coding}/ {{ add_header content-encoding \"{named}\"; }}\n")
            })
            .collect();
        let bombs: Vec<_> = CODINGS
            .map(|coding| (coding, zeros(coding, 64 << 20)))
            .into();
        for version in ["1.1", "2"] {
            let site = Site {
                http2: version == "2",
                server: &locations,
                ..Site::default()
            };
            let nginx = or_skip!(Nginx::start(site));
            nginx.put_folder("identity");
            nginx.put("identity/small", [0; 1000]);
            nginx.put_zeros("identity/flood", 1 << 30);
            for (coding, bomb) in &bombs {
                assert!(bomb.len() < 1 << 20, "{coding}: {}", bomb.len());
                nginx.put_folder(coding);
                nginx.put(&format!("{coding}/small"), zeros(coding, 1000));
                nginx.put(&format!("{coding}/flood"), bomb);
            }
            for coding in ["identity"].into_iter().chain(CODINGS) {
                for cap in [1, 8] {
                    let rest = format!("max_body = \"{cap}MiB\"");
                    let url = |name| nginx.url(&format!("/{coding}/{name}"));
                    let get = |name| visit(&url("small"), &url(name), version, &rest);
                    let quiet = get("small").quiet();
                    let what = format!("{coding} by HTTP/{version} under {cap} MiB");
                    get("flood").cut(&what, "http.body-too-large", quiet, cap);
                }
            }
        }
    });
}

/// A frame of HTTP/2 on stream 1 or, as SETTINGS are, on the connection (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let [.., a, b, c] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let stream = if kind == SETTINGS { 0 } else { 1 };
    [&[a, b, c, kind, flags, 0, 0, 0, stream], payload].concat()
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:status: 200` of HPACK's static table.
const OK: u8 = 0x88;

/// Reads a request by HTTP/2, and sends this head of an answer and then these bytes for ever.
fn h2(head: &[Vec<u8>], flood: Vec<u8>) -> Script {
    let head = [&[frame(SETTINGS, 0, &[])], head].concat().concat();
    vec![Act::ReadH2, Act::Send(head), Act::Flood(flood)]
}

/// A header's name and value as a literal of HPACK; the table may keep it where `kept`.
fn literal(kept: bool, name: &str, value: &str) -> Vec<u8> {
    let length = |length: usize| match length {
        0..127 => vec![u8::try_from(length).unwrap()],
        _ => {
            let rest = length - 127;
            let (low, high) = (rest % 128, rest / 128);
            vec![
                127,
                u8::try_from(low).unwrap() | 128,
                u8::try_from(high).unwrap(),
            ]
        }
    };
    let mut bytes = vec![if kept { 0x40 } else { 0 }];
    for text in [name, value] {
        bytes.extend(length(text.len()));
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// Reads a request by HTTP/1.1, and sends this head of an answer and then these bytes for ever.
fn h1(head: &str, flood: impl Into<Vec<u8>>) -> Script {
    let (head, flood) = (head.into(), flood.into());
    vec![Act::Read, Act::Send(head), Act::Flood(flood)]
}

/// What never ends, how, and as what it is told.
type Endless = (&'static str, Script, &'static str);

const TOO_LARGE: &str = "http.headers-too-large";

fn endless_by_http_1() -> Vec<Endless> {
    let (ok, line) = ("HTTP/1.1 200 OK\r\n", b"x-a: b\r\n".repeat(1000));
    let chunks = format!("{ok}transfer-encoding: chunked\r\n\r\n");
    let (much, early) = (vec![b'b'; 64 << 10], "HTTP/1.1 103 Early\r\n\r\n");
    let huge = [&b"x-a: "[..], &much].concat();
    let trailers = h1(&format!("{chunks}2\r\nok\r\n0\r\n"), &line[..]);
    let body = h1(&format!("{ok}\r\n"), &much[..]);
    let header = h1(&format!("{ok}x-a: "), &much[..]);
    let extension = h1(&format!("{chunks}2;a="), &much[..]);
    vec![
        ("headers", h1(ok, line), TOO_LARGE),
        ("headers of 64 KiB", h1(ok, huge), TOO_LARGE),
        ("a header", header, TOO_LARGE),
        ("a status line", h1("HTTP/1.1 200 ", much), TOO_LARGE),
        ("trailers", trailers, "http.malformed"),
        (
            "interim responses",
            h1("", early.repeat(1000)),
            "timeout.wait",
        ),
        ("a body", body, "http.body-too-large"),
        (
            "pieces of one byte",
            h1(&chunks, "1\r\nx\r\n".repeat(1000)),
            "http.body-too-large",
        ),
        ("a chunk's extension", extension, "http.malformed"),
    ]
}

/// HPACK's index of the header that its table got last, and of the one before.
const LAST: u8 = 0xbe;
const BEFORE: u8 = 0xbf;

fn endless_by_http_2() -> Vec<Endless> {
    let ok = frame(HEADERS, END_HEADERS, &[OK]);
    let begun = |more: &[u8]| frame(HEADERS, 0, &[&[OK], more].concat());
    let interim = |more: &[u8]| frame(HEADERS, END_HEADERS, &[b"\x48\x03103", more].concat());
    let literals: Vec<u8> = (0..400)
        .flat_map(|n| literal(false, &format!("x-{n}"), "some value of it"))
        .collect();
    let more = |payload: &[u8]| frame(CONTINUATION, 0, payload);
    let (large, small) = (
        literal(true, "x", &"v".repeat(4000)),
        literal(true, "x", ""),
    );
    // As many as the head of one response may have.
    let many = frame(
        HEADERS,
        END_HEADERS,
        &[&[BEFORE][..], &[LAST; 2_950]].concat(),
    );
    let trailers = [
        ok.clone(),
        frame(DATA, 0, b"ok"),
        frame(HEADERS, END_STREAM, &literals),
    ];
    let pieces = |piece: &[u8]| frame(DATA, 0, piece).repeat(4000);
    vec![
        ("headers", h2(&[begun(&[])], more(&literals)), TOO_LARGE),
        (
            "empty frames of headers",
            h2(&[begun(&[])], more(&[])),
            TOO_LARGE,
        ),
        (
            "4 KiB by a byte",
            h2(&[begun(&large)], more(&[LAST; 16_000])),
            TOO_LARGE,
        ),
        ("trailers", h2(&trailers, more(&literals)), "http.malformed"),
        (
            "interim responses",
            h2(
                &[interim(&[])],
                frame(HEADERS, END_HEADERS, &[LAST]).repeat(4000),
            ),
            "timeout.wait",
        ),
        (
            "interim responses of many headers",
            h2(&[interim(&small)], many),
            "timeout.wait",
        ),
        (
            "pieces of one byte",
            h2(std::slice::from_ref(&ok), pieces(b"x")),
            "http.body-too-large",
        ),
        ("empty pieces", h2(&[ok], pieces(b"")), "http.malformed"),
    ]
}

/// That each costs at most 1 MiB more than `small`, and is cut off in time.
fn costs_a_mebibyte(version: &str, small: Script, floods: Vec<Endless>) {
    let server = Scripted::start([small]);
    let small = server.url("/");
    for (what, script, kind) in floods {
        let server = Scripted::start([script]);
        let rest = match kind.starts_with("timeout") {
            true => "timeout = \"2s\"",
            false => "max_body = \"64KiB\"",
        };
        let quiet = visit(&small, &small, version, rest).quiet();
        let flood = visit(&small, &server.url("/"), version, rest);
        let took = flood.step["duration_ms"].as_f64().unwrap();
        flood.cut(&format!("{what} by HTTP/{version}"), kind, quiet, 0);
        if kind.starts_with("timeout") {
            within(took, 1_990.0..3_000.0);
            let sent = server.finished()[0].bytes_out;
            assert!(sent > 1 << 20, "no flood: {sent} bytes");
        }
    }
}

/// Behaviour 10: what never ends costs no more than its bound, and holds up no deadline.
#[test]
fn what_never_ends_by_http_1_costs_at_most_a_mebibyte() {
    let small = answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    calmly(|| costs_a_mebibyte("1.1", small.clone(), endless_by_http_1()));
}

/// Behaviour 10: the same in frames, where ten bytes may stand for some hundred.
#[test]
fn what_never_ends_by_http_2_costs_at_most_a_mebibyte() {
    let ok = [
        frame(HEADERS, END_HEADERS, &[OK]),
        frame(DATA, END_STREAM, b"ok"),
    ];
    let small = vec![
        Act::ReadH2,
        Act::Send(frame(SETTINGS, 0, &[])),
        Act::Send(ok.concat()),
        Act::Hold,
    ];
    calmly(|| costs_a_mebibyte("2", small.clone(), endless_by_http_2()));
}
