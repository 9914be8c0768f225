//! `jaunt run --as-agent CONFIG`: a journey by hand, with what an agent lets its customer read, dial
//! and ask for. What left the machine is read at the servers.

use crate::support::{
    dns::{Dns, Reply},
    jaunt::{Jaunt, Ran, calmly, jaunt},
    knot::Knot,
    pki::Authority,
    scripted::{Scripted, answer, ok},
    skip::or_skip,
};
use serde_json::Value;

/// An agent of `fra` that lets `acme` dial what `egress` says.
fn config(egress: &str, more: &str) -> String {
    format!(
        "region = \"fra\"\ninstance = \"fra-1\"\ndata_dir = \"state\"\n\
         [[source]]\ndir = \"journeys\"\n{more}\n\
         [customers.acme]\nsecrets = {{ env = \"ACME__\" }}\negress = [{egress}]\n\
         [customers.other]\nsecrets = {{ env = \"OTHER__\" }}\n"
    )
}

fn journey(url: &str, more: &str) -> String {
    format!(
        "journey = \"home\"\ncustomer = \"acme\"\nevery = \"60s\"\n{more}\n\
         [[step]]\nid = \"go\"\nrequest = \"GET {url}\"\nredirects = 3\nstatus = 200\n"
    )
}

/// `jaunt run --as-agent` of this configuration and journey.
fn as_agent(config: &str, journey: &str) -> Jaunt {
    jaunt(["run", "--format", "json", "--as-agent", "agent.toml"])
        .file("agent.toml", config)
        .journey(journey)
}

/// Its one run, which the machine did not disturb.
fn only(ran: &Ran) -> Value {
    ran.calm();
    let mut lines = ran.lines();
    assert_eq!(lines.len(), 1, "{ran}");
    lines.remove(0)
}

/// The configuration's text for one server's address and port.
fn exactly(server: &Scripted) -> String {
    format!("\"{}/32:{}\"", server.addr().ip(), server.addr().port())
}

#[test]
fn a_run_as_an_agent_is_told_in_its_region_and_by_its_name() {
    calmly(|| {
        let shop = Scripted::start([ok("", "well")]);
        let ran = as_agent(&config(&exactly(&shop), ""), &journey(&shop.url("/"), "")).go();
        let run = only(&ran);
        let told = ["verdict", "region", "agent", "kind"].map(|key| run[key].as_str().unwrap());
        assert_eq!(told, ["pass", "fra", "fra-1", "manual"], "{ran}");
        assert_eq!(ran.code, 0, "{ran}");
    });
}

/// Behaviour 46.
#[test]
fn a_target_that_the_text_names_is_void_where_the_agent_may_not_dial_it() {
    calmly(|| {
        let (shop, other) = (
            Scripted::start([ok("", "well")]),
            Scripted::start([ok("", "well")]),
        );
        // All is closed by default; opened for one port, another port stays closed.
        for egress in [String::new(), exactly(&other)] {
            let ran = as_agent(&config(&egress, ""), &journey(&shop.url("/"), "")).go();
            let run = only(&ran);
            assert_eq!(run["void"]["cause"], "egress-denied", "{ran}");
            assert_eq!(ran.code, 2, "{ran}");
        }
        assert!(shop.connections().is_empty(), "no byte leaves");
    });
}

/// Behaviour 46.
#[test]
fn a_redirect_into_private_space_fails_the_journey_and_no_byte_leaves() {
    calmly(|| {
        let prey = Scripted::start([ok("", "metadata")]);
        let moved = format!(
            "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            prey.url("/latest/meta-data")
        );
        let shop = Scripted::start([answer(moved)]);
        let ran = as_agent(&config(&exactly(&shop), ""), &journey(&shop.url("/"), "")).go();
        let run = only(&ran);
        assert_eq!(run["failure"]["kind"], "redirect.not-public", "{ran}");
        assert_eq!((ran.code, prey.connections().len()), (1, 0), "{ran}");
    });
}

/// Behaviour 46.
#[test]
fn an_answer_of_the_agents_own_resolver_in_private_space_fails_the_journey() {
    calmly(|| {
        let prey = Scripted::start([ok("", "well")]);
        let ip = prey.addr().ip().to_string();
        let Some(dns) = Dns::start([("shop.example", Reply::at([&ip]))]) else {
            return;
        };
        let resolver = format!("[resolver]\nservers = [\"{}\"]\n", dns.ip());
        let url = format!("http://shop.example:{}/", prey.addr().port());
        let ran = as_agent(&config("", &resolver), &journey(&url, "")).go();
        let run = only(&ran);
        assert_eq!(run["failure"]["kind"], "resolve.not-public", "{ran}");
        assert_eq!((ran.code, prey.connections().len()), (1, 0), "{ran}");
        assert!(!dns.asked().is_empty(), "the agent's resolver was asked");
        // The same name, where the policy is open for what it leads to.
        let ran = as_agent(&config(&exactly(&prey), &resolver), &journey(&url, "")).go();
        assert_eq!(only(&ran)["verdict"], "pass", "{ran}");
    });
}

#[test]
fn only_its_own_customers_secrets_are_there() {
    calmly(|| {
        let shop = Scripted::start([ok("", "well")]);
        for (from, verdict) in [
            ("env:TOKEN", "pass"),
            ("env:PATH", "void"),
            ("env:OTHER__TOKEN", "void"),
            ("file:agent.toml", "void"),
            ("file:/etc/hostname", "void"),
        ] {
            let before = shop.requests().len();
            let secret = format!("[secrets]\ntoken = {{ from = \"{from}\" }}");
            let text = journey(&shop.url("/"), &secret).replace(
                "redirects",
                "header.x-token = \"{{secrets.token}}\"\nredirects",
            );
            let ran = as_agent(&config(&exactly(&shop), ""), &text)
                .env("ACME__TOKEN", "of-acme-itself")
                .env("OTHER__TOKEN", "of-the-other")
                .go();
            let run = only(&ran);
            assert_eq!(run["verdict"], verdict, "{from} {ran}");
            let asked = shop.requests().len() - before;
            match verdict {
                "pass" => {
                    let token = shop.requests()[before].header("x-token").map(str::to_owned);
                    assert_eq!(token.as_deref(), Some("of-acme-itself"), "{ran}");
                }
                _ => {
                    assert_eq!(run["void"]["cause"], "secret-missing", "{from} {ran}");
                    assert_eq!((ran.code, asked), (2, 0), "{from} {ran}");
                }
            }
            for held in ["of-acme-itself", "of-the-other", "/usr/bin"] {
                assert!(!ran.stdout.contains(held) && !ran.stderr.contains(held));
            }
        }
    });
}

#[test]
fn the_customer_of_the_agents_source_is_the_journeys() {
    calmly(|| {
        let shop = Scripted::start([ok("", "well")]);
        let pinned = config(&exactly(&shop), "")
            .replace("dir = \"journeys\"", "dir = \".\"\ncustomer = \"acme\"");
        let unsaid = journey(&shop.url("/"), "").replace("customer = \"acme\"\n", "");
        let ran = as_agent(&pinned, &unsaid).go();
        let run = only(&ran);
        assert_eq!(
            (&run["customer"], &run["verdict"]),
            (&"acme".into(), &"pass".into()),
            "{ran}"
        );
        let strange = unsaid.replace("every", "customer = \"other\"\nevery");
        let ran = as_agent(&pinned, &strange).go();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
    });
}

#[test]
fn what_the_agent_would_refuse_at_load_is_refused() {
    let shop = Scripted::start([ok("", "well")]);
    let text = journey(&shop.url("/"), "");
    for (config, journey, said) in [
        (config("", ""), text.replace("60s", "2s"), "limit.every"),
        (config("", "nonsense = 1"), text.clone(), "unknown-key"),
        (
            config("", ""),
            text.replace("redirects", "body.file = \"../secret\"\nredirects")
                .replace("GET", "POST"),
            "../secret",
        ),
    ] {
        let ran = as_agent(&config, &journey).go();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        assert!(ran.stderr.contains(said), "{said}\n{ran}");
    }
    let both = as_agent(&config("", ""), &text)
        .args(["--region", "ams"])
        .go();
    assert_eq!(both.code, 2, "{both}");
    assert!(shop.connections().is_empty());
}

/// The operator's own roots hold for every journey that names none, and for no other.
#[test]
fn a_house_authority_is_trusted_where_the_agents_file_says_so() {
    calmly(|| {
        let house = Authority::new();
        let identity = house.sound(&["127.0.0.1", "shop.test"]);
        let shop = Scripted::start_tls(&identity, &["http/1.1"], [ok("", "well")]);
        let text = journey(&shop.tls_url("/"), "").replace(
            "status = 200",
            "status = 200\ntls.server_name = \"shop.test\"",
        );
        let ask = |top: &str| {
            let config = format!("{top}{}", config(&exactly(&shop), ""));
            let asks = as_agent(&config, &text).file("house.pem", house.pem());
            let ran = asks.go();
            (only(&ran), ran)
        };
        let (run, ran) = ask("ca = \"house.pem\"\n");
        assert_eq!(run["verdict"], "pass", "{ran}");
        let (run, ran) = ask("");
        assert_eq!(run["failure"]["kind"], "tls.unknown-issuer", "{ran}");
    });
}

/// A zone of the operator's own is proven from a key of the operator's own.
#[test]
fn a_zone_of_the_house_is_proven_from_the_anchor_that_the_agents_file_names() {
    let knot = or_skip!(Knot::start());
    calmly(|| {
        let text = "journey = \"home\"\ncustomer = \"acme\"\nevery = \"60s\"\n\
                    [[step]]\nid = \"go\"\nresolve = \"A www.test\"\ndnssec = true\n\
                    expect = [{ flag = \"ad\", eq = true }]\n";
        let servers = format!("servers = [\"{}\"]\n", knot.addr().ip());
        let ask = |more: &str| {
            let config = config("\"127.0.0.0/8\"", &format!("[resolver]\n{servers}{more}"));
            let ran = as_agent(&config, text)
                .file("house.key", knot.anchor())
                .go();
            (only(&ran), ran)
        };
        let (run, ran) = ask("anchors = \"house.key\"\n");
        assert_eq!(run["verdict"], "pass", "{ran}");
        let (run, ran) = ask("");
        assert_eq!(run["verdict"], "fail", "{ran}");
    });
}

#[test]
fn what_is_no_root_and_no_anchor_is_told_before_anything_is_measured() {
    let shop = Scripted::start([ok("", "well")]);
    for (top, more, code) in [
        ("ca = \"none.pem\"\n", "", "unreadable"),
        ("ca = \"agent.toml\"\n", "", "bad-value"),
        ("", "[resolver]\nanchors = \"none.key\"\n", "unreadable"),
        ("", "[resolver]\nanchors = \"agent.toml\"\n", "bad-value"),
    ] {
        let config = format!("{top}{}", config(&exactly(&shop), more));
        let ran = as_agent(&config, &journey(&shop.url("/"), "")).go();
        assert!(
            ran.code == 2 && ran.stderr.contains(&format!("\"{code}\"")),
            "{ran}"
        );
        let check =
            jaunt(["agent", "--check", "--config", "agent.toml"]).file("agent.toml", &config);
        check.go().refused(code);
    }
    assert!(shop.connections().is_empty());
}
