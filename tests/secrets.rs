//! What must not be seen is not seen: in no output, in no form, and by no receiver.

use crate::support::{
    jaunt::{Jaunt, Ran, calmly, jaunt, run},
    otlp::Receiver,
    scripted::{Act, Scripted, answer, ok},
    skip::or_skip,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};

/// Marks that each encoding writes differently.
const PLANTED: &str = "corr&ct\"h<rse/battery+staple";
const FORMATS: [&str; 4] = ["human", "json", "junit", "tap"];

/// What the service itself hands out.
const HANDED_OUT: &str = "t0ken-0f-the-s3rvice";

/// The part of base64 that `secret` alone decides, `before` bytes into a text.
fn aligned(secret: &str, before: usize) -> String {
    let text = [&vec![b'~'; before][..], secret.as_bytes()].concat();
    let (from, to) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
    BASE64.encode(&text)[from..to].to_owned()
}

fn percent(secret: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    secret.bytes().map(one).collect()
}

fn json(secret: &str) -> String {
    secret.replace('"', "\\\"").replace('/', "\\/")
}

fn html(secret: &str) -> String {
    let secret = secret.replace('&', "&amp;").replace('"', "&quot;");
    secret.replace('<', "&lt;")
}

/// The secret as it is, and in each form that may not be seen either.
fn forms(secret: &str) -> Vec<String> {
    let mut forms: Vec<String> = (0..3).map(|before| aligned(secret, before)).collect();
    forms.extend([
        secret.to_owned(),
        percent(secret),
        json(secret),
        html(secret),
        // A report escapes once more what it was given.
        serde_json::to_string(secret)
            .unwrap()
            .trim_matches('"')
            .to_owned(),
    ]);
    forms
}

/// An echo of `secret` in every form, as text.
fn echo(secret: &str) -> String {
    format!(
        "plain {secret} base64 {} shifted {} {} url {} json {} html {} unpadded {}",
        BASE64.encode(secret.as_bytes()),
        BASE64.encode(format!("~{secret}~").as_bytes()),
        BASE64.encode(format!("~~{secret}").as_bytes()),
        percent(secret),
        json(secret),
        html(secret),
        BASE64URL_NOPAD.encode(secret.as_bytes()),
    )
}

/// Its last step fails on a body that echoes both secrets, behind a redirect that names one.
fn journey(server: &Scripted) -> String {
    let url = server.url("");
    format!(
        "journey = 'secrets'
[secrets]
planted = {{ from = 'env:PLANTED' }}
[[step]]
id = 'login'
request = 'POST {url}/login'
status = 200
body.text = '{{{{secrets.planted}}}}'
capture.token = {{ json = '$.token', secret = true }}
[[step]]
id = 'echo'
request = 'GET {url}/echo'
status = 200
redirects = 1
header.x-token = '{{{{login.token}}}}'
capture.shown = {{ header = 'x-echo' }}
expect = [
  {{ body = 'text', contains = 'what is not there' }},
  {{ header = 'x-echo', eq = 'other' }},
]
"
    )
}

fn echoing() -> Scripted {
    let token = format!(r#"{{"token":"{HANDED_OUT}"}}"#);
    let mut script: Vec<Act> = answer(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{token}",
        token.len()
    ));
    script.extend(answer(format!(
        "HTTP/1.1 302 Found\r\nlocation: /next?a={}&b={HANDED_OUT}\r\ncontent-length: 0\r\n\r\n",
        percent(PLANTED)
    )));
    let body = format!("{}\n{}", echo(PLANTED), echo(HANDED_OUT));
    script.extend(ok(&format!("x-echo: {HANDED_OUT} {PLANTED}\r\n"), body));
    Scripted::start([script])
}

/// Without what JSON, XML and HTML escape, however often one was put into another: a report that
/// escapes what it shows hides nothing from here.
fn peeled(text: &str) -> String {
    let mut text = text.replace('\\', "");
    for (escaped, mark) in [("&quot;", "\""), ("&lt;", "<")] {
        text = text.replace(escaped, mark);
    }
    match text.contains("&amp;") {
        true => peeled(&text.replace("&amp;", "&")),
        false => text,
    }
}

fn holds_none(place: &str, seen: &str) {
    let peeled = peeled(seen);
    for secret in [PLANTED, HANDED_OUT] {
        for form in forms(secret) {
            let found = seen.contains(&form) || peeled.contains(&form);
            assert!(!found, "{form} in {place}:\n{seen}");
        }
    }
}

/// That the service itself got both secrets, and that its echo failed the run.
fn was_echoed(ran: &Ran, server: &Scripted) {
    ran.calm();
    assert_eq!(ran.code, 1, "{ran}");
    let requests = server.requests();
    assert_eq!(requests[0].text(), PLANTED, "the service itself gets it");
    assert_eq!(requests[1].header("x-token"), Some(HANDED_OUT));
}

/// Behaviours 39 and 48: in no format of a run, echoed by the server in each encoding.
#[test]
fn a_secret_is_in_no_output_of_any_format() {
    calmly(|| {
        for format in FORMATS {
            let server = echoing();
            let ran = jaunt(["run", "--verbose", "--format", format])
                .journey(&journey(&server))
                .env("PLANTED", PLANTED)
                .go();
            was_echoed(&ran, &server);
            assert!(ran.stdout.contains("***"), "nothing was shown:\n{ran}");
            holds_none(format, &format!("{}{}", ran.stdout, ran.stderr));
        }
    });
}

/// The same journey as an agent's, with what its customer's secrets are kept in: a variable of the
/// agent's own, and a file.
fn as_agent(server: &Scripted, format: &str, from: &str) -> Jaunt {
    let target = server.addr();
    let config = format!(
        "region = 'fra'
data_dir = 'state'
[[source]]
dir = 'journeys'
[customers.acme]
secrets = {{ env = 'ACME__', dir = '.' }}
egress = ['{}/32:{}']
",
        target.ip(),
        target.port()
    );
    let owned = "customer = 'acme'\nevery = '60s'\n[secrets]";
    let journey = journey(server)
        .replace("[secrets]", owned)
        .replace("env:PLANTED", from);
    jaunt(["run", "--verbose", "--format", format])
        .args(["--as-agent", "agent.toml"])
        .file("agent.toml", &config)
        .file("planted", PLANTED)
        .journey(&journey)
        .env("ACME__PLANTED", PLANTED)
}

/// Behaviours 39, 46 and 48: nor as an agent, wherever that keeps its customer's secrets.
#[test]
fn a_secret_is_in_no_output_of_a_run_as_an_agent() {
    calmly(|| {
        for format in FORMATS {
            for from in ["env:PLANTED", "file:planted"] {
                let server = echoing();
                let ran = as_agent(&server, format, from).go();
                was_echoed(&ran, &server);
                assert!(ran.stdout.contains("***"), "nothing was shown:\n{ran}");
                let place = format!("{format} as an agent, {from}");
                holds_none(&place, &format!("{}{}", ran.stdout, ran.stderr));
            }
        }
    });
}

/// Behaviour 39: nor in what an OTLP receiver gets, over HTTP or gRPC, of a run by hand or as an agent.
#[test]
fn a_secret_is_in_nothing_that_is_exported() {
    calmly(|| {
        for transport in ["http", "grpc"] {
            for agent in [false, true] {
                let receiver = or_skip!(Receiver::start());
                let server = echoing();
                let jaunt = match agent {
                    true => as_agent(&server, "json", "env:PLANTED"),
                    false => run(&journey(&server)).env("PLANTED", PLANTED),
                };
                let to = match transport {
                    "http" => receiver.http(),
                    _ => receiver.grpc().replace("http://", "grpc://"),
                };
                let ran = jaunt.args(["--otlp", &to]).go();
                was_echoed(&ran, &server);
                for signal in ["traces", "logs", "metrics"] {
                    let came = receiver.of(signal);
                    assert!(!came.is_empty(), "no {signal}: {ran}");
                    let all = came.iter().all(|one| one["transport"] == transport);
                    assert!(all, "{signal} by {transport}: {came:?}");
                }
                let place = format!("what came by {transport}, as an agent: {agent}");
                holds_none(&place, &String::from_utf8_lossy(&receiver.bytes()));
                let requests = without_raw(&receiver);
                assert!(requests.contains("***"), "nothing was shown");
                holds_none(&place, &requests);
            }
        }
    });
}

/// The requests with their headers, but for the bytes, which stand in base64.
fn without_raw(receiver: &Receiver) -> String {
    let mut requests = receiver.received();
    for request in &mut requests {
        request.as_object_mut().unwrap().remove("raw");
    }
    serde_json::to_string(&requests).unwrap()
}

/// Behaviour 48.
#[test]
fn a_secret_too_short_to_be_redacted_is_refused_and_nothing_is_sent() {
    let server = echoing();
    let ran = run(&journey(&server)).env("PLANTED", "short").go();
    assert_eq!(ran.code, 2, "{ran}");
    assert!(server.requests().is_empty());
    assert!(format!("{ran}").contains("planted"), "it is named: {ran}");
}

/// Behaviour 48: the same of one that a service hands out.
#[test]
fn a_captured_secret_too_short_to_be_redacted_fails_its_step() {
    calmly(|| {
        let server = Scripted::start([ok("", r#"{"token":"tiny5"}"#)]);
        let ran = run(&journey(&server)).env("PLANTED", PLANTED).go();
        let record = ran.failed("capture", "capture.type");
        assert_eq!(record["failure"]["step"], "login");
        assert_eq!(server.requests().len(), 1);
    });
}

/// The control: what is no secret is found in each form, so that its absence above means something.
#[test]
fn what_is_no_secret_is_found_in_every_form() {
    calmly(|| {
        let receiver = or_skip!(Receiver::start());
        for format in FORMATS {
            let server = echoing();
            let open = journey(&server)
                .replace("[secrets]", "[vars]")
                .replace("{ from = 'env:PLANTED' }", &format!("'{PLANTED}'"))
                .replace("secrets.planted", "vars.planted")
                .replace(", secret = true", "");
            let ran = jaunt(["run", "--verbose", "--format", format])
                .args(["--otlp", &receiver.grpc().replace("http://", "grpc://")])
                .journey(&open)
                .go();
            was_echoed(&ran, &server);
            found_in_all_forms(format, &ran.stdout);
        }
        found_in_all_forms("gRPC", &String::from_utf8_lossy(&receiver.bytes()));
    });
}

fn found_in_all_forms(place: &str, seen: &str) {
    let (seen, all) = (peeled(seen), peeled(&echo(PLANTED)));
    for form in forms(PLANTED) {
        let form = peeled(&form);
        assert!(seen.contains(&form), "{form} is not in {place}:\n{seen}");
    }
    assert!(seen.contains(&all), "{all} is not in {place}:\n{seen}");
}
