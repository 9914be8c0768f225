//! Ways around the egress policy that a stranger's journey may try, each carried out as a whole run
//! in a network namespace of its own, where every address is this machine and a listener hears all
//! of them. Each is refused, with the verdict that is due, and the listener hears nothing; and each
//! is tried once more with everything allowed, when the listener must hear it: what leads nowhere
//! proves nothing.

mod stage;

use crate::carry::{Carry, ending};
use jaunt_probe::Policy;
use stage::{HOME, Stage};

/// The journey's own text spells the address out.
const OWN: &str = "void: egress-denied";
/// DNS brought it.
const DNS: &str = "resolve.not-public in resolve at go";
/// A redirect brought it.
const MOVED: &str = "redirect.not-public in resolve at go";
/// A capture brought it.
const CAPTURED: &str = "capture.not-public in resolve at go";

/// One way, as the steps of a journey of which `go` leads astray; and how its run must end.
struct Way {
    what: String,
    steps: String,
    ends: &'static str,
}

fn way(ends: &'static str, what: impl Into<String>, steps: impl Into<String>) -> Way {
    Way {
        what: what.into(),
        steps: steps.into(),
        ends,
    }
}

fn get(url: &str) -> String {
    format!("[[step]]\nid = \"go\"\nrequest = 'GET {url}'\nstatus = \"any\"\nredirects = 3\n")
}

/// A step `first` at home, whose answer holds `text` for `{{first.next}}`.
fn captured(text: &str) -> String {
    let hex = data_encoding::HEXLOWER.encode(text.as_bytes());
    format!(
        "[[step]]\nid = \"first\"\nrequest = \"GET http://{HOME}/json/{hex}\"\nstatus = 200\n\
         capture.next = {{ json = \"$.next\" }}\n"
    )
}

/// A URL at home that redirects to `location`.
fn moved(location: &str) -> String {
    let hex = data_encoding::HEXLOWER.encode(location.as_bytes());
    format!("http://{HOME}/302/{hex}")
}

/// Addresses in other words.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.255.255.254",
    "127.0.0.1.",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0177.0x0.0.01",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "127.65535",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "127\u{ff0e}0\u{ff0e}0\u{ff0e}1",
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    "\u{2460}\u{2461}\u{2466}.0.0.1",
    "127.0.0.\u{ad}1",
    "localhost",
    "LOCALHOST.",
    "shop.localhost",
    "\u{24db}ocalhost",
    "0",
    "0x0",
    "0.0.0.0",
    "0.1",
    "10.1",
    "012.0.0.1",
    "167772161",
    "172.16.1",
    "0xac.0x1f.1",
    "3232235521",
    "0300.0250.1",
    "192.168.257",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.64.1",
    "198.18.1",
    "4026531841",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:FFFF:7F00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]",
    "[2606:4700::5efe:7f00:1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fd00:ec2::254]",
    "[100::1]",
    "[4000::1]",
    "[3fff::1]",
];

/// What stands before and behind the address may mislead a reader, and parsers that disagree.
const AUTHORITIES: &[&str] = &[
    "http://example.com@127.0.0.1:PORT/",
    "http://example.com:80@127.0.0.1:PORT/",
    "http://example.com%2f@127.0.0.1:PORT/",
    "http://a%40b@127.0.0.1:PORT/",
    "http://user:pass@[::1]:PORT/",
    "http://127.0.0.1:PORT?@example.com/",
    "HTTP://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
];

/// Names of the stage's zone; `alias` and `chain` by way of CNAMEs.
const NAMES: &[&str] = &[
    "loopback.example",
    "private.example",
    "metadata.example",
    "any.example",
    "six.example",
    "mapped.example",
    "nat64.example",
    "6to4.example",
    "unique.example",
    "alias.example",
    "chain.example",
    "mixed.example",
    "families.example",
    "b\u{fc}cher.example",
    "PRIVATE.example.",
];

fn ways(port: u16) -> Vec<Way> {
    let mut ways = Vec::new();
    for host in HOSTS {
        ways.push(way(OWN, *host, get(&format!("http://{host}:{port}/"))));
    }
    for url in AUTHORITIES {
        let url = url.replace("PORT", &port.to_string());
        // A journey's own URL carries no user: that is refused before it runs.
        match url.contains('@') && !url.contains('?') {
            true => ways.push(way(MOVED, format!("moved to {url}"), get(&moved(&url)))),
            false => ways.push(way(OWN, &url, get(&url))),
        }
    }
    for name in NAMES {
        ways.push(way(DNS, *name, get(&format!("http://{name}:{port}/"))));
    }
    for host in [
        "127.0.0.1",
        "2852039166",
        "[::ffff:10.0.0.1]",
        "localhost",
        "0xa9fea9fe",
    ] {
        let url = format!("http://{host}:{port}/");
        ways.push(way(MOVED, format!("moved to {host}"), get(&moved(&url))));
        let twice = moved(&moved(&format!("//{host}:{port}/")));
        ways.push(way(MOVED, format!("moved twice to {host}"), get(&twice)));
        let next = captured(&url) + &get("{{first.next}}");
        ways.push(way(CAPTURED, format!("captured {host}"), next));
        let part = captured(host) + &get(&format!("http://{{{{first.next}}}}:{port}/"));
        ways.push(way(CAPTURED, format!("captured host {host}"), part));
    }
    let named = get(&moved(&format!("http://private.example:{port}/")));
    ways.push(way(DNS, "moved to a name", named));
    ways.extend(other_verbs(port));
    ways.extend(name_servers(port));
    ways.extend(go_betweens(port));
    ways.push(rebound(port));
    ways
}

fn other_verbs(port: u16) -> Vec<Way> {
    let mut ways = Vec::new();
    let spelled = ["10.0.0.1", "169.254.169.254", "[::1]", "localhost"].map(|host| (host, OWN));
    let named = [("private.example", DNS), ("alias.example", DNS)];
    for (host, ends) in spelled.into_iter().chain(named) {
        for (verb, rest) in [
            ("connect", ""),
            ("handshake", ""),
            ("handshake", "starttls = \"smtp\"\n"),
            (
                "connect",
                "exchange = [{ expect = \"220\" }, { starttls = true }]\n",
            ),
        ] {
            let step = format!("[[step]]\nid = \"go\"\n{verb} = \"{host}:{port}\"\n{rest}");
            ways.push(way(ends, format!("{verb} {host} {rest}"), step));
        }
    }
    ways
}

fn name_servers(port: u16) -> Vec<Way> {
    let ask = |server: &str| {
        format!(
            "[[step]]\nid = \"go\"\nresolve = \"A shop.example\"\nserver = \"{server}\"\n\
             timeout = \"300ms\"\n"
        )
    };
    let mut ways = Vec::new();
    for at in [
        "127.0.0.1",
        "10.0.0.53",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        for server in [
            format!("{at}:{port}"),
            format!("tcp://{at}:{port}"),
            format!("tls://dns.example@{at}:{port}"),
            format!("https://{at}:{port}/dns-query"),
        ] {
            ways.push(way(OWN, &server, ask(&server)));
        }
    }
    for host in ["2130706433", "0x7f.1"] {
        let server = format!("https://{host}:{port}/dns-query");
        ways.push(way(OWN, &server, ask(&server)));
    }
    let doh = format!("https://private.example:{port}/dns-query");
    ways.push(way(DNS, &doh, ask(&doh)));
    let next = captured(&format!("10.0.0.53:{port}")) + &ask("{{first.next}}");
    ways.push(way(CAPTURED, "a captured name server", next));
    ways
}

/// Proxies, and whoever hands out tokens.
fn go_betweens(port: u16) -> Vec<Way> {
    let mut ways = Vec::new();
    for (host, ends, token) in [
        ("127.1", OWN, OWN),
        ("0x7f000001", OWN, OWN),
        ("[::ffff:7f00:1]", OWN, OWN),
        ("localhost", OWN, OWN),
        ("169.254.169.254", OWN, OWN),
        ("private.example", DNS, "auth.token in resolve at go"),
    ] {
        for target in ["http", "https"] {
            let proxied = get(&format!("{target}://{HOME}/"));
            let steps = format!("{proxied}proxy = \"http://{host}:{port}\"\n");
            ways.push(way(ends, format!("{target} by proxy {host}"), steps));
        }
        let secret = "[secrets]\nkey = { from = \"env:PATH\" }\n";
        let auth = format!(
            "auth.oauth2 = {{ url = \"http://{host}:{port}/token\", client = \"us\", \
             secret = \"{{{{secrets.key}}}}\" }}\n"
        );
        let steps = format!("{secret}{}{auth}", get(&format!("http://{HOME}/")));
        ways.push(way(token, format!("token from {host}"), steps));
    }
    ways
}

/// A name that is public when it is first asked for, and private the next time.
fn rebound(port: u16) -> Way {
    let (_, public) = HOME.rsplit_once(':').unwrap();
    let first = format!(
        "[[step]]\nid = \"first\"\nrequest = \"GET http://rebound.example:{public}/\"\nstatus = 200\n"
    );
    let steps = first + &get(&format!("http://rebound.example:{port}/"));
    way(DNS, "a name that is bound anew", steps)
}

#[tokio::test]
async fn no_way_leads_around_the_policy_and_each_would_have_led_somewhere() {
    if !stage::entered("no_way_leads_around_the_policy_and_each_would_have_led_somewhere") {
        return;
    }
    let stage = Stage::set().await;
    let ways = ways(stage.port);
    assert!(ways.len() >= 60, "{}", ways.len());
    for way in &ways {
        let carry = Carry::new(&way.steps).on(&stage.network);
        let record = carry.under(Policy::public()).out().await;
        assert_eq!(ending(&record), way.ends, "{}: {record:#?}", way.what);
        assert_eq!(stage.heard(), 0, "{} was heard", way.what);
    }
    for way in &ways {
        let record = Carry::new(&way.steps).on(&stage.network).out().await;
        assert!(stage.heard() > 0, "{} was not heard: {record:#?}", way.what);
    }
}

#[tokio::test]
async fn an_exception_is_no_wider_than_it_says() {
    if !stage::entered("an_exception_is_no_wider_than_it_says") {
        return;
    }
    let stage = Stage::set().await;
    let port = stage.port;
    let open = |exception: &str| Policy::public_and(vec![exception.parse().unwrap()]);
    for (exception, host) in [
        (format!("10.20.0.0/16:{port}"), "10.20.255.1"),
        (format!("10.20.0.0/16:{}-{port}", port - 1), "10.20.0.1"),
        ("10.20.0.0/16".into(), "10.20.0.1"),
        (format!("[fd00:20::]/32:{port}"), "[fd00:20::1]"),
    ] {
        let carry = Carry::new(&get(&format!("http://{host}:{port}/"))).on(&stage.network);
        carry.under(open(&exception)).out().await;
        assert!(stage.heard() > 0, "{exception} opens {host}");
    }
    for (exception, host) in [
        (format!("10.20.0.0/16:{}", port - 1), "10.20.0.1"),
        (
            format!("10.20.0.0/16:{}-{}", port + 1, port + 2),
            "10.20.0.1",
        ),
        (format!("10.20.0.0/16:{port}"), "10.21.0.1"),
        (format!("10.20.0.0/16:{port}"), "[::ffff:10.20.0.1]"),
        (format!("10.20.0.0/16:{port}"), "[64:ff9b::10.20.0.1]"),
        (format!("10.20.0.0/16:{port}"), "[2002:a14:1::]"),
        (format!("[fd00:20::]/32:{port}"), "[fd00:21::1]"),
    ] {
        let carry = Carry::new(&get(&format!("http://{host}:{port}/"))).on(&stage.network);
        let record = carry.under(open(&exception)).out().await;
        assert_eq!(ending(&record), OWN, "{exception}: {host}: {record:#?}");
        assert_eq!(stage.heard(), 0, "{exception}: {host}");
    }
}
