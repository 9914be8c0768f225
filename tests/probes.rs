//! The journeys that ship with jaunt, each against a real server; and the forms in which pipelines
//! read a run.

use crate::support::{
    jaunt::{Jaunt, calmly, jaunt},
    nginx::{Nginx, Site},
    pki::{Authority, Leaf},
    place,
    scripted::{Act, Scripted},
    shop::Shop,
    skip::{self, or_skip},
    unbound::Unbound,
};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// `jaunt run --format json probes/NAME.toml`.
fn probe(name: &str) -> Jaunt {
    jaunt(["run", "--format", "json"]).arg(file(name))
}

fn file(name: &str) -> std::path::PathBuf {
    place::workspace().join(format!("probes/{name}.toml"))
}

/// The shop's password is no secret: its default stands in its configuration.
fn password() -> String {
    jaunt_shop::Config::default().password
}

#[test]
fn every_journey_that_ships_is_sound() {
    let folder = place::workspace().join("probes");
    let count = std::fs::read_dir(&folder).unwrap().count();
    let ran = jaunt(["check", "--format", "json"]).arg(folder).go();
    assert_eq!(ran.code, 0, "{ran}");
    let files = ran.record()["files"].as_array().unwrap().clone();
    assert!(count > 0 && files.len() == count, "{count} files\n{ran}");
}

#[test]
fn the_shopper_buys_at_the_shop() {
    calmly(|| {
        let shop = Shop::open(jaunt_shop::Config::default());
        let ran = probe("shop")
            .var("base", shop.url())
            .env("SHOP_PASSWORD", password())
            .go();
        let record = ran.judged("pass");
        let attempts: u64 = record["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["attempts"].as_u64().unwrap())
            .sum();
        assert_eq!(attempts, shop.visits().len() as u64, "{ran}");
    });
}

#[test]
fn the_shop_that_jaunt_brings_along_needs_nothing_else() {
    calmly(|| {
        let ran = jaunt(["run", "--shop", "--format", "json"]).go();
        let record = ran.judged("pass");
        assert_eq!(record["journey"], "shop");
    });
}

#[test]
fn request_and_wait_visit_a_page_of_nginx() {
    calmly(|| {
        let nginx = or_skip!(Nginx::start(Site::default()));
        probe("request")
            .var("url", nginx.url("/"))
            .go()
            .judged("pass");
        assert_eq!(nginx.log(1).len(), 1);
        let record = probe("wait").var("base", nginx.url("")).go().judged("pass");
        assert_eq!(record["steps"][1]["verb"], "wait");
        assert_eq!(nginx.log(3).len(), 3);
    });
}

#[test]
fn resolve_asks_unbound_and_tells_a_name_that_is_not_there() {
    calmly(|| {
        let unbound = or_skip!(Unbound::start(&["shop.test. 300 IN A 127.9.9.9"]));
        let ask = |name: &str| {
            probe("resolve")
                .var("name", name)
                .var("server", unbound.ip())
                .go()
        };
        ask("shop.test").judged("pass");
        ask("nobody.test").judged("fail");
    });
}

#[test]
fn handshake_looks_at_the_certificate_of_nginx() {
    let authority = Authority::new();
    let at = place::address();
    let host = at.ip().to_string();
    for (until_day, warnings) in [(90, 0), (10, 1)] {
        let leaf = Leaf {
            until_day,
            ..Leaf::of(&[&host])
        };
        let identity = authority.issue(&leaf);
        let nginx = or_skip!(Nginx::start(Site {
            tls: Some(&identity),
            at: Some(at),
            ..Site::default()
        }));
        calmly(|| {
            let ran = probe("handshake")
                .var("host", &host)
                .var("port", at.port())
                .trusting(&authority)
                .go();
            let record = ran.judged("pass");
            let warned = record["warnings"].as_array().unwrap().len();
            assert_eq!(warned, warnings, "{ran}");
            let tls = &record["steps"][0]["exchanges"][0]["tls"];
            assert!(tls["cipher"].is_string(), "{ran}");
        });
        drop(nginx);
    }
}

#[test]
fn connect_is_greeted_by_a_mail_server() {
    calmly(|| {
        let say = |text: &str| Act::Send(text.as_bytes().to_vec());
        let server = Scripted::start([vec![
            say("220 mail.test ESMTP\r\n"),
            say("250-mail.test\r\n250 SIZE 1000\r\n"),
            say("221 bye\r\n"),
            Act::Hold,
        ]]);
        let ran = probe("connect")
            .var("host", server.addr().ip())
            .var("port", server.addr().port())
            .go();
        ran.judged("pass");
        assert!(server.connections()[0].bytes_in > 0, "{ran}");
    });
}

/// JUnit as its schema wants it, with a run that failed as well.
#[test]
fn junit_is_valid_by_its_schema_for_runs_good_and_bad() {
    calmly(|| {
        let xmllint = or_skip!(skip::program("xmllint"));
        let nginx = or_skip!(Nginx::start(Site::default()));
        let schema = place::fixture("junit-10.xsd");
        for (path, code) in [("/", 0), ("/absent", 1)] {
            let ran = jaunt(["run", "--format", "junit"])
                .arg(file("request"))
                .var("url", nginx.url(path))
                .args(["--repeat", "2"])
                .go();
            ran.calm();
            assert_eq!(ran.code, code, "{ran}");
            let args = ["--noout", "--schema", schema.to_str().unwrap(), "-"];
            let (valid, said) = fed(&xmllint, &args, &ran.stdout);
            assert!(valid, "{said}\n{ran}");
        }
    });
}

#[test]
fn tap_is_taken_by_a_strict_parser_for_runs_good_and_bad() {
    calmly(|| {
        let parser = or_skip!(skip::tool("node/node_modules/tap-parser/bin/cmd.cjs"));
        let node = or_skip!(skip::program("node"));
        let nginx = or_skip!(Nginx::start(Site::default()));
        for (path, code) in [("/", 0), ("/absent", 1)] {
            let ran = jaunt(["run", "--format", "tap"])
                .arg(file("request"))
                .var("url", nginx.url(path))
                .go();
            ran.calm();
            assert_eq!(ran.code, code, "{ran}");
            let args = [parser.to_str().unwrap(), "--strict", "--json"];
            let (passed, said) = fed(&node, &args, &ran.stdout);
            assert_eq!(passed, code == 0, "{said}\n{ran}");
            assert!(
                !said.contains(r#""tapError": ""#)
                    && !said.contains(r#""extra""#)
                    && said.contains(r#""complete""#),
                "{said}\n{ran}"
            );
        }
    });
}

#[test]
fn an_editors_toml_server_takes_the_schema_and_underlines_what_jaunt_would() {
    let taplo = or_skip!(skip::tool("node/node_modules/@taplo/cli/dist/cli.js"));
    let node = or_skip!(skip::program("node"));
    let dir = tempfile::tempdir().unwrap();
    let schema = jaunt(["schema", "journey"]).go();
    std::fs::write(dir.path().join("journey.schema.json"), &schema.stdout).unwrap();
    let lint = |files: &[(&str, String)]| {
        let mut args = vec![taplo.display().to_string(), "lint".to_owned()];
        for (name, text) in files {
            let path = dir.path().join(format!("{name}.toml"));
            std::fs::write(&path, format!("#:schema ./journey.schema.json\n{text}")).unwrap();
            args.push(path.display().to_string());
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        fed(&node, &args, "")
    };
    let shipped = ["request", "resolve", "connect", "handshake", "wait", "shop"];
    let good = shipped.map(|name| (name, std::fs::read_to_string(file(name)).unwrap()));
    let (valid, said) = lint(&good);
    assert!(valid, "{said}");
    let bad = format!("every = 5\n{}", good[0].1);
    let (valid, said) = lint(&[("bad", bad)]);
    let refused = said.contains(r#"5 is not of type "string""#);
    assert!(!valid && refused, "{said}");
}

/// Runs a program with `text` as its standard input: whether it was content, and all it said.
fn fed(program: &Path, args: &[&str], text: &str) -> (bool, String) {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    let said = [out.stdout, out.stderr].concat();
    (
        out.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}
