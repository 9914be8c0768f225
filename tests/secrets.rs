//! What must not be seen is not seen: in no output, in no form, and by no receiver.

use crate::support::{
    jaunt::{calmly, jaunt, run},
    otlp::Receiver,
    scripted::{Act, Scripted, answer, ok},
    skip::or_skip,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};

/// Marks that each encoding writes differently.
const PLANTED: &str = "corr&ct\"h<rse/battery+staple";
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

fn holds_none(place: &str, seen: &str) {
    for secret in [PLANTED, HANDED_OUT] {
        for form in forms(secret) {
            assert!(!seen.contains(&form), "{form} in {place}:\n{seen}");
        }
    }
}

/// Behaviours 39 and 48: in no format of a run, echoed by the server in each encoding.
#[test]
fn a_secret_is_in_no_output_of_any_format() {
    calmly(|| {
        for format in ["human", "json", "junit", "tap"] {
            let server = echoing();
            let ran = jaunt(["run", "--verbose", "--format", format])
                .journey(&journey(&server))
                .env("PLANTED", PLANTED)
                .go();
            ran.calm();
            assert_eq!(ran.code, 1, "{ran}");
            let requests = server.requests();
            assert_eq!(requests[0].text(), PLANTED, "the service itself gets it");
            assert_eq!(requests[1].header("x-token"), Some(HANDED_OUT));
            assert!(ran.stdout.contains("***"), "nothing was shown:\n{ran}");
            holds_none(format, &format!("{}{}", ran.stdout, ran.stderr));
        }
    });
}

/// Behaviour 39: nor in what an OTLP receiver gets.
#[test]
fn a_secret_is_in_nothing_that_is_exported() {
    calmly(|| {
        let receiver = or_skip!(Receiver::start());
        let server = echoing();
        let ran = run(&journey(&server))
            .args(["--otlp", &receiver.http()])
            .env("PLANTED", PLANTED)
            .go();
        ran.judged("fail");
        assert!(
            !receiver.of("traces").is_empty() && !receiver.of("logs").is_empty(),
            "{ran}"
        );
        holds_none("bytes", &String::from_utf8_lossy(&receiver.bytes()));
        let messages = serde_json::to_string(&receiver.received()).unwrap();
        assert!(messages.contains("***"), "nothing was shown");
    });
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
