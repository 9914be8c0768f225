//! What a journey may ask for beside a plain request, each in a whole run, as its server saw it.

use crate::support::{
    jaunt::{calmly, run},
    nginx::{Nginx, Site},
    pki::Authority,
    place,
    scripted::{Act, Scripted, now_ns, ok},
    skip::or_skip,
};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
};

fn get(url: &str, rest: &str) -> String {
    format!("journey = \"t\"\n[[step]]\nrequest = \"GET {url}\"\nstatus = 200\n{rest}\n")
}

/// RFC 6238, by SHA-1 and 30 s, worked out here once more.
fn code(seed: &[u8], moment: i64) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = aws_lc_rs::hmac::sign(&key, &(moment / 30).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[test]
fn a_totp_seed_is_sent_as_the_code_of_the_moment_and_shown_nowhere() {
    calmly(|| {
        let server = Scripted::start([ok("", "")]);
        let journey = format!(
            "{}[secrets]\nseed = {{ from = \"env:SEED\", totp = true }}\n",
            get(&server.url("/"), "header.x-code = \"{{secrets.seed}}\"")
        );
        let before = now_ns() / 1_000_000_000;
        let seed = data_encoding::BASE32.encode(b"12345678901234567890");
        let ran = run(&journey).env("SEED", &seed).go();
        ran.judged("pass");
        let after = now_ns() / 1_000_000_000;
        let request = server.only_request();
        let sent = request.header("x-code").unwrap();
        let possible = [before, after].map(|moment| code(b"12345678901234567890", moment));
        assert!(possible.contains(&sent.to_owned()), "{sent} {possible:?}");
        assert!(!ran.to_string().contains(&seed), "{ran}");
    });
}

#[test]
fn a_matrix_is_a_run_for_each_combination() {
    calmly(|| {
        let server = Scripted::start([ok("", ""), ok("", ""), ok("", ""), ok("", "")]);
        let url = server.url("/{{matrix.lang}}/{{matrix.tier}}");
        let journey = format!(
            "{}[matrix]\nlang = [\"de\", \"es\"]\ntier = [\"free\", \"paid\"]\n",
            get(&url, "")
        );
        let ran = run(&journey).go();
        let mut named: Vec<String> = ran
            .lines()
            .iter()
            .map(|record| record["journey"].as_str().unwrap().to_owned())
            .collect();
        named.sort();
        let expected = [
            "de,tier=free",
            "de,tier=paid",
            "es,tier=free",
            "es,tier=paid",
        ];
        assert_eq!(named, expected.map(|one| format!("t[lang={one}]")), "{ran}");
        let mut seen: Vec<String> = server
            .requests()
            .into_iter()
            .map(|one| one.target)
            .collect();
        seen.sort();
        assert_eq!(seen, ["/de/free", "/de/paid", "/es/free", "/es/paid"]);
    });
}

#[test]
fn every_fact_of_tls_and_of_the_certificate_can_be_expected_by_http_2() {
    let (authority, at) = (Authority::new(), place::address());
    let host = at.ip().to_string();
    let identity = authority.sound(&[&host, "shop.test"]);
    let nginx = or_skip!(Nginx::start(Site {
        tls: Some(&identity),
        http2: true,
        server: "ssl_protocols TLSv1.3;",
        at: Some(at),
        ..Site::default()
    }));
    let expect = format!(
        "expect = [
  {{ version = \"http\", contains = \"2\" }},
  {{ tls = \"version\", eq = \"1.3\" }},
  {{ tls = \"alpn\", eq = \"h2\" }},
  {{ tls = \"cipher\", starts_with = \"TLS_\" }},
  {{ tls = \"resumed\", eq = false }},
  {{ tls = \"group\", exists = true }},
  {{ cert = \"expires_in\", ge = \"80d\" }},
  {{ cert = \"expires_at\", gt = 2026-01-01T00:00:00Z }},
  {{ cert = \"subject\", contains = \"{host}\" }},
  {{ cert = \"issuer\", contains = \"jaunt test intermediate\" }},
  {{ cert = \"names\", of = \"any\", eq = \"shop.test\" }},
  {{ cert = \"serial\", exists = true }},
  {{ cert = \"sha256\", matches = \"^[0-9a-f]{{64}}$\" }},
  {{ cert = \"chain\", eq = 2 }},
  {{ cert = \"key\", eq = \"P-256\" }},
  {{ address = \"ip\", eq = \"{host}\" }},
]"
    );
    calmly(|| {
        let ran = run(&get(&nginx.url("/"), &expect))
            .trusting(&authority)
            .go();
        let record = ran.judged("pass");
        let held = record["steps"][0]["expectations"].as_array().unwrap();
        assert!(held.iter().all(|one| one["holds"] == true), "{ran}");
        assert_eq!(held.len(), 17, "the status is one too: {ran}");
    });
    assert_eq!(nginx.log(1)[0]["protocol"], "HTTP/2.0");
}

/// A proxy for one connection: what it was asked for first.
fn proxy() -> (std::net::SocketAddr, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let work = std::thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let lines = BufReader::new(near.try_clone().unwrap()).lines();
        let asked: Vec<String> = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        let target = asked[0].split(' ').nth(1).unwrap();
        let mut far = TcpStream::connect(target).unwrap();
        near.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let onward = std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        let _ = std::io::copy(&mut far, &mut near);
        let _ = near.shutdown(std::net::Shutdown::Both);
        onward.join().unwrap();
        asked
    });
    (address, work)
}

#[test]
fn by_a_proxy_the_origin_is_spoken_to_in_private() {
    let (authority, at) = (Authority::new(), place::address());
    let identity = authority.sound(&[&at.ip().to_string()]);
    let nginx = or_skip!(Nginx::start(Site {
        tls: Some(&identity),
        at: Some(at),
        ..Site::default()
    }));
    calmly(|| {
        let (address, work) = proxy();
        let journey = get(&nginx.url("/"), &format!("proxy = \"http://{address}\""));
        let ran = run(&journey).trusting(&authority).go();
        let asked = work.join().unwrap();
        ran.judged("pass");
        assert_eq!(asked[0], format!("CONNECT {at} HTTP/1.1"), "{ran}");
    });
    assert_eq!(nginx.log(1)[0]["uri"], "/");
}

#[test]
fn cookies_go_back_in_the_order_of_paths_and_of_their_coming() {
    calmly(|| {
        let cookies = "set-cookie: b=1; Path=/\r\nset-cookie: a=2; Path=/\r\n\
                   set-cookie: deep=3; Path=/in\r\nset-cookie: b=4; Path=/\r\n";
        let first = format!("HTTP/1.1 200 OK\r\n{cookies}content-length: 0\r\n\r\n");
        let second = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        let turns = [first.as_str(), second];
        let script = turns
            .into_iter()
            .flat_map(|bytes| [Act::Read, Act::Send(bytes.as_bytes().to_vec())]);
        let server = Scripted::start([script.collect()]);
        let journey = format!(
            "journey = \"t\"\n[[step]]\nid = \"set\"\nrequest = \"GET {}\"\nstatus = 200\n\
         [[step]]\nid = \"sent\"\nrequest = \"GET {}\"\nstatus = 200\n",
            server.url("/"),
            server.url("/in/side")
        );
        run(&journey).go().judged("pass");
        let sent = &server.requests()[1];
        assert_eq!(sent.header("cookie"), Some("deep=3; b=4; a=2"));
    });
}
