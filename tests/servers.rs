//! The servers that tests stand on: a test is worth what its servers are worth. Held against curl
//! and openssl, which know nothing of us.

use crate::support::{
    dns::{Dns, Reply},
    httpbin::Httpbin,
    nginx::{Nginx, Site},
    otlp::Receiver,
    pki::{Authority, Chain, Leaf},
    scripted::{Act, Scripted, answer, ok},
    shop::Shop,
    skip::or_skip,
    space::Pair,
    unbound::Unbound,
};
use std::{process::Command, time::Duration};

/// What `program` printed, standard error after standard output.
fn say(program: &str, args: &[&str]) -> String {
    let out = Command::new(program)
        .args(args)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}

#[test]
fn nginx_serves_http2_over_tls_and_its_log_says_so() {
    let authority = Authority::new();
    let at = crate::support::place::address();
    let identity = authority.sound(&[&at.ip().to_string()]);
    let site = Site {
        tls: Some(&identity),
        http2: true,
        at: Some(at),
        ..Site::default()
    };
    let nginx = or_skip!(Nginx::start(site));
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), authority.pem()).unwrap();
    let ca = ca.path().to_str().unwrap();
    let seen = say(
        "curl",
        &[
            "-sS",
            "--http2",
            "--cacert",
            ca,
            "-w",
            "%{http_version}",
            &nginx.url("/"),
        ],
    );
    assert_eq!(seen, "<title>home</title>\n2");
    let log = nginx.log(1);
    assert_eq!(
        (&log[0]["protocol"], &log[0]["status"]),
        (&"HTTP/2.0".into(), &200.into())
    );
}

#[test]
fn httpbin_answers_and_counts() {
    let httpbin = or_skip!(Httpbin::shared());
    assert!(say("curl", &["-sS", &httpbin.url("/get?mark=fixture")]).contains("fixture"));
    assert_eq!(httpbin.answered("mark=fixture"), 1);
}

#[test]
fn unbound_answers_refuses_and_fails_as_its_zone_says() {
    let unbound = or_skip!(Unbound::start(&["shop.test. 300 IN A 127.9.9.9"]));
    let ip = unbound.ip().to_string();
    for (name, expected) in [
        ("shop.test", "127.9.9.9"),
        ("nobody.test", "NXDOMAIN"),
        ("refused.test", "REFUSED"),
        ("broken.test", "SERVFAIL"),
    ] {
        let server = format!("@{ip}");
        let seen = say("python3", &["-c", DIG, &server, name]);
        assert!(seen.contains(expected), "{name}: {seen}");
    }
}

/// A question as bytes, an answer as words: no library of ours in between.
const DIG: &str = r#"
import socket, struct, sys
server, name = sys.argv[1][1:], sys.argv[2]
q = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(30); s.sendto(q, (server, 53))
a = s.recv(4096)
print({0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}[a[3] & 15], ".".join(map(str, a[-4:])))
"#;

#[test]
fn the_scripted_name_server_answers_what_it_was_told_and_remembers_who_asked() {
    let dns = or_skip!(Dns::start([("shop.test", Reply::at(["127.8.8.8"]))]));
    let server = format!("@{}", dns.ip());
    assert!(say("python3", &["-c", DIG, &server, "shop.test"]).contains("NOERROR 127.8.8.8"));
    assert!(say("python3", &["-c", DIG, &server, "other.test"]).contains("NXDOMAIN"));
    assert_eq!(
        dns.asked(),
        [("shop.test".into(), 1), ("other.test".into(), 1)]
    );
}

#[test]
fn a_scripted_server_remembers_every_request_and_every_byte() {
    let server = Scripted::start([ok("x-a: 1\r\n", "hello")]);
    let (one, two) = (server.url("/one?a=b"), server.url("/two"));
    assert_eq!(
        say("curl", &["-sS", "-d", "body", &one, &two]),
        "hellohello"
    );
    let seen = server.finished();
    assert_eq!(seen.len(), 1);
    let requests = &seen[0].requests;
    assert_eq!(
        (requests[0].target.as_str(), requests[0].text()),
        ("/one?a=b", "body")
    );
    assert_eq!(requests[1].target, "/two");
    let answer = "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 5\r\n\r\nhello".len();
    assert_eq!(seen[0].bytes_out, 2 * answer);
    assert!(seen[0].bytes_in > 100);
}

#[test]
fn a_scripted_server_can_reset_lie_and_close_in_silence() {
    let short = answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello");
    let reset = vec![
        Act::Read,
        Act::Send(b"HTTP/1.1 200 OK\r\n".into()),
        Act::Reset,
    ];
    for (script, expected) in [
        (short, "transfer closed with 4 bytes remaining"),
        (reset, "Connection reset by peer"),
        (vec![Act::Read], "Empty reply from server"),
    ] {
        let server = Scripted::start([script]);
        let seen = say("curl", &["-sS", &server.url("/")]);
        assert!(seen.contains(expected), "{expected}: {seen}");
        assert_eq!(server.finished().len(), 1);
    }
}

#[test]
fn a_drip_ends_when_its_reader_goes_and_the_log_has_the_moment() {
    let drip = Act::Drip(b"x".into(), Duration::from_millis(20));
    let server = Scripted::start([vec![
        Act::Read,
        Act::Send(b"HTTP/1.1 200 OK\r\n\r\n".into()),
        drip,
    ]]);
    assert!(say("curl", &["-sS", "--max-time", "1", &server.url("/")]).contains("timed out"));
    let seen = server.finished().remove(0);
    let lasted =
        Duration::from_nanos(u64::try_from(seen.ended.unwrap() - seen.accepted_ns).unwrap());
    assert!(lasted >= Duration::from_millis(800), "{lasted:?}");
}

#[test]
fn certificates_have_the_one_fault_they_were_asked_for() {
    let authority = Authority::new();
    let sound = Leaf::of(&["shop.test"]);
    for (leaf, expected) in [
        (sound.clone(), "Verify return code: 0 (ok)"),
        (
            Leaf {
                from_day: -30,
                until_day: -1,
                ..sound.clone()
            },
            "certificate has expired",
        ),
        (
            Leaf {
                from_day: 2,
                ..sound.clone()
            },
            "certificate is not yet valid",
        ),
        (Leaf::of(&["other.test"]), "hostname mismatch"),
        (
            Leaf {
                chain: Chain::LeafOnly,
                ..sound
            },
            "unable to",
        ),
    ] {
        let server = Scripted::start_tls(&authority.issue(&leaf), &[], [vec![Act::Hold]]);
        let ca = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(ca.path(), authority.pem()).unwrap();
        let (at, ca) = (
            server.addr().to_string(),
            ca.path().to_str().unwrap().to_owned(),
        );
        let seen = say(
            "openssl",
            &[
                "s_client",
                "-connect",
                &at,
                "-CAfile",
                &ca,
                "-servername",
                "shop.test",
                "-verify_hostname",
                "shop.test",
            ],
        );
        assert!(seen.contains(expected), "{expected}: {seen}");
        assert_eq!(server.connections()[0].sni.as_deref(), Some("shop.test"));
    }
}

#[test]
fn the_receiver_of_otlp_is_up() {
    let receiver = or_skip!(Receiver::start());
    let url = format!("{}/v1/traces", receiver.http());
    let kind = "content-type: application/x-protobuf";
    // An empty message is a message.
    let seen = say(
        "curl",
        &[
            "-sS",
            "-w",
            "%{http_code}",
            "-H",
            kind,
            "--data-binary",
            "",
            &url,
        ],
    );
    assert_eq!(seen, "200");
    assert_eq!(receiver.of("traces").len(), 1);
    assert!(receiver.grpc().starts_with("http://127.") && receiver.bytes().is_empty());
}

#[test]
fn a_pair_of_hosts_sees_each_other_and_falls_silent_at_a_black_hole() {
    let pair = or_skip!(Pair::join());
    let at = "[fd77::2]:8080".parse().unwrap();
    let site = Site {
        at: Some(at),
        space: Some(&pair.there),
        ..Site::default()
    };
    let _nginx = or_skip!(Nginx::start(site));
    let mut curl = pair.here.runner();
    curl.extend(["curl", "-sS", "--max-time", "2"].map(Into::into));
    let from_here = |url: &str| {
        let words: Vec<&str> = curl[1..].iter().map(String::as_str).chain([url]).collect();
        say(&curl[0], &words)
    };
    assert_eq!(from_here("http://[fd77::2]:8080/"), "<title>home</title>\n");
    assert!(from_here("http://10.77.0.2:8080/").contains("connect to server"));
    for hole in ["http://[fd77::9]:8080/", "http://10.77.0.9:8080/"] {
        assert!(from_here(hole).contains("timed out"), "{}", from_here(hole));
    }
    pair.here.name_servers(&["10.77.0.2"]);
}

#[test]
fn the_shop_is_open() {
    let shop = Shop::open(jaunt_shop::Config::default());
    assert!(say("curl", &["-sS", &shop.url()]).contains("The corner shop"));
    assert_eq!(shop.visits().len(), 1);
}
