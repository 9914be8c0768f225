//! The one table and the parser agree: every name of it is read, and a slip of one is told its name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_journey::{
    Options, parse,
    spec::{self, Key, OPERATORS, OperatorTakes, SUBJECTS, SubjectSpec, SubjectValue, VERBS},
};
use jaunt_text::{Colour, Diagnostic, Severity, Source, code, render};

/// A table of the language, and a sound file in which it stands.
struct Place {
    name: &'static str,
    keys: Vec<&'static str>,
    /// Makes the file from the lines of this table.
    file: Box<dyn Fn(&str) -> String>,
    /// The lines that make this key sound, its own among them.
    lines: fn(&str) -> &'static str,
}

fn place(
    name: &'static str,
    keys: &[Key],
    file: impl Fn(&str) -> String + 'static,
    lines: fn(&str) -> &'static str,
) -> Place {
    Place {
        name,
        keys: spec::key_names(keys),
        file: Box::new(file),
        lines,
    }
}

const LAST: &str = "[[step]]\nrequest = \"GET https://a.example/\"\nstatus = 200\n";

/// Lines under a header of their own, before one step.
fn under(header: &'static str) -> impl Fn(&str) -> String {
    move |lines| format!("journey = \"a\"\n{header}\n{lines}\n{LAST}")
}

/// Lines of a lone step that requests something.
fn in_request(lines: &str) -> String {
    format!("journey = \"a\"\n{LAST}{lines}\n")
}

/// Lines of a table below a lone step.
fn in_step(table: &'static str) -> impl Fn(&str) -> String {
    move |lines| in_request(&format!("[step.{table}]\n{lines}"))
}

fn places() -> Vec<Place> {
    let mut places = vec![
        place(
            "the file",
            spec::TOP,
            |lines| match lines.contains("[[step]]") {
                true => lines.to_owned(),
                false => format!("journey = \"a\"\n{lines}\n{LAST}"),
            },
            top,
        ),
        place("defaults", &defaults(), under("[defaults]"), step),
        place("secrets", spec::SECRET, under("[secrets.a]"), secret),
        place(
            "slo",
            spec::SLO,
            under("weights = { fra = \"1\" }\nregions = [\"fra\"]\n[[slo]]"),
            slo,
        ),
        place(
            "maintenance",
            spec::MAINTENANCE,
            under("[[maintenance]]"),
            maintenance,
        ),
        place(
            "maintenance_policy",
            spec::MAINTENANCE_POLICY,
            under("[maintenance_policy]"),
            policy,
        ),
        place(
            "correction",
            spec::CORRECTION,
            under("[[correction]]"),
            correction,
        ),
        place("felt", spec::FELT, under("[[felt]]"), felt),
        place("when", spec::WHEN, when_file, when),
        place("poll", spec::POLL, in_step("poll"), poll),
        place("tls", spec::TLS, in_step("tls"), tls),
        place("auth", spec::AUTH, in_step("auth"), auth),
        place("body", spec::BODY, in_step("body"), body),
        place(
            "multipart",
            spec::MULTIPART,
            in_step_list("body.multipart"),
            part,
        ),
        place("exchange", spec::EXCHANGE, exchange_file, exchange),
        place("capture", spec::CAPTURE, in_step("capture.a"), capture),
    ];
    for verb in VERBS {
        let line = match verb.name {
            "request" => "request = \"GET https://a.example/\"\nstatus = 200",
            "resolve" => "resolve = \"a.example\"",
            "connect" => "connect = \"a.example:25\"",
            "handshake" => "handshake = \"a.example:443\"",
            "wait" => "wait = \"1s\"",
            other => panic!("`{other}` is not tested"),
        };
        let keys: Vec<Key> = spec::COMMON.iter().chain(verb.keys).copied().collect();
        let own = move |lines: &str| {
            // An expectation or capture needs a subject, and `wait` shows none.
            let lines = if verb.subjects.is_empty() && lines.contains("latency") {
                ""
            } else {
                lines
            };
            let earlier = "[[step]]\nid = \"z\"\nrequest = \"GET https://a.example/\"\nstatus = 200\ncapture.y = { body = \"text\" }\n";
            let id = if lines.starts_with("id ") {
                ""
            } else {
                "id = \"own\"\n"
            };
            let line = if lines.starts_with("status") {
                "request = \"GET https://a.example/\""
            } else {
                line
            };
            format!("journey = \"a\"\n{earlier}[[step]]\n{id}{line}\n{lines}\n")
        };
        places.push(place(verb.name, &keys, own, step));
    }
    places
}

fn in_step_list(table: &'static str) -> impl Fn(&str) -> String {
    move |lines| in_request(&format!("[[step.{table}]]\n{lines}"))
}

fn when_file(lines: &str) -> String {
    format!(
        "journey = \"a\"\n[[step]]\nid = \"z\"\nrequest = \"GET https://a.example/\"\nstatus = 200\ncapture.y = {{ body = \"text\" }}\n[[step]]\nid = \"own\"\nwait = \"1s\"\n[step.when]\n{lines}\n"
    )
}

fn exchange_file(lines: &str) -> String {
    format!("journey = \"a\"\n[[step]]\nconnect = \"a.example:25\"\n[[step.exchange]]\n{lines}\n")
}

fn defaults() -> Vec<Key> {
    let all = VERBS.iter().flat_map(|verb| verb.keys).chain(spec::COMMON);
    let mut keys: Vec<Key> = all
        .filter(|key| spec::DEFAULTS.contains(&key.name))
        .copied()
        .collect();
    keys.sort_by_key(|key| key.name);
    keys.dedup_by_key(|key| key.name);
    assert_eq!(keys.len(), spec::DEFAULTS.len());
    keys
}

fn top(key: &str) -> &'static str {
    match key {
        "journey" => "",
        "customer" => "customer = \"acme\"",
        "title" => "title = \"A shopper\"",
        "every" => "every = \"60s\"",
        "deadline" => "deadline = \"10s\"",
        "slow" => "slow = \"2s\"",
        "regions" => "regions = [\"fra\"]",
        "quorum" => "quorum = 2",
        "weights" => "regions = [\"fra\"]\nweights = { fra = \"2\" }",
        "vars" => "[vars]\na = 1",
        "secrets" => "[secrets]\na = { from = \"env:A\" }",
        "matrix" => "[matrix]\na = [1, 2]",
        "defaults" => "[defaults]\ntimeout = \"1s\"",
        "step" => "journey = \"a\"\n[[step]]\nwait = \"1s\"",
        "slo" => "[[slo]]\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\"",
        "maintenance" => "[[maintenance]]\non = \"Sun 02:00-04:00 Europe/Berlin\"",
        "maintenance_policy" => "[maintenance_policy]\ncap = \"1h\"",
        "correction" => {
            "[[correction]]\nfrom = 2026-11-20T10:02:00Z\nto = 2026-11-20T10:40:00Z\nat = 2026-11-21T09:00:00Z\nparty = \"n\"\nauthor = \"a\"\napproved_by = \"b\"\nreason = \"c\""
        }
        "felt" => "[[felt]]\nfrom = 2026-11-20T10:02:00Z\nto = 2026-11-20T10:40:00Z",
        other => panic!("`{other}` is not tested"),
    }
}

fn secret(key: &str) -> &'static str {
    match key {
        "from" => "from = \"file:a\"",
        "totp" => "from = \"file:a\"\ntotp = true",
        other => panic!("`{other}` is not tested"),
    }
}

fn slo(key: &str) -> &'static str {
    match key {
        "name" | "objective" | "window" => SLO_LEAST,
        "under" => "under = \"1s\"\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\"",
        "of" => {
            "of = \"passed\"\nunder = \"1s\"\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\""
        }
        "good" => "good = \"pass\"\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\"",
        "step" => "step = \"request\"\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\"",
        "weighting" => {
            "weighting = \"regions\"\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\""
        }
        "slice" => "slice = \"5m\"\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\"",
        "since" => {
            "since = 2026-11-20T10:00:00Z\nname = \"b\"\nobjective = \"99%\"\nwindow = \"28d\""
        }
        other => panic!("`{other}` is not tested"),
    }
}

const SLO_LEAST: &str = "name = \"b\"\nobjective = \"99%\"\nwindow = \"28d\"";
const MAINTENANCE: &str = "from = 2026-12-01T02:00:00Z\nto = 2026-12-01T04:00:00Z\nannounced = 2026-11-29T09:00:00Z\nby = \"a\"\napproved_by = \"b\"\nreason = \"c\"";

fn maintenance(key: &str) -> &'static str {
    match key {
        "from" | "to" | "announced" | "by" | "approved_by" | "reason" => MAINTENANCE,
        "on" => "on = \"Sun 02:00-04:00 Europe/Berlin\"",
        other => panic!("`{other}` is not tested"),
    }
}

fn policy(key: &str) -> &'static str {
    match key {
        "notice" => "notice = \"24h\"",
        "cap" => "cap = \"8h\"",
        other => panic!("`{other}` is not tested"),
    }
}

fn correction(key: &str) -> &'static str {
    match key {
        "from" | "to" | "at" | "party" | "author" | "approved_by" | "reason" => {
            "from = 2026-11-20T10:02:00Z\nto = 2026-11-20T10:40:00Z\nat = 2026-11-21T09:00:00Z\nparty = \"n\"\nauthor = \"a\"\napproved_by = \"b\"\nreason = \"c\""
        }
        "leave_out" => {
            "from = 2026-11-20T10:02:00Z\nto = 2026-11-20T10:40:00Z\nat = 2026-11-21T09:00:00Z\nleave_out = \"runs\"\nauthor = \"a\"\napproved_by = \"b\"\nreason = \"c\""
        }
        other => panic!("`{other}` is not tested"),
    }
}

fn felt(key: &str) -> &'static str {
    match key {
        "from" | "to" | "tickets" | "note" => {
            "from = 2026-11-20T10:02:00Z\nto = 2026-11-20T10:40:00Z\ntickets = 1\nnote = \"d\""
        }
        other => panic!("`{other}` is not tested"),
    }
}

fn when(key: &str) -> &'static str {
    match key {
        "captured" => "captured = [\"z.y\"]",
        other => panic!("`{other}` is not tested"),
    }
}

fn poll(key: &str) -> &'static str {
    match key {
        "every" | "for" => "every = \"1s\"\nfor = \"5s\"",
        "stop" => {
            "every = \"1s\"\nfor = \"5s\"\nstop = [{ body = \"text\", contains = \"failed\" }]"
        }
        other => panic!("`{other}` is not tested"),
    }
}

fn tls(key: &str) -> &'static str {
    match key {
        "cert" | "key" => "cert = \"a.pem\"\nkey = \"b.pem\"",
        "ca" => "ca = \"a.pem\"",
        "server_name" => "server_name = \"b.example\"",
        "min" => "min = \"1.3\"",
        "insecure" => "insecure = true",
        other => panic!("`{other}` is not tested"),
    }
}

fn auth(key: &str) -> &'static str {
    match key {
        "basic" => "basic = { user = \"u\", password = \"p\" }",
        "bearer" => "bearer = \"t\"",
        "oauth2" => {
            "oauth2 = { url = \"https://a.example/token\", client = \"c\", secret = \"s\", scope = \"r\", style = \"body\" }"
        }
        "sigv4" => {
            "sigv4 = { region = \"r\", service = \"s\", key = \"k\", secret = \"s\", session = \"t\" }"
        }
        other => panic!("`{other}` is not tested"),
    }
}

fn body(key: &str) -> &'static str {
    match key {
        "json" => "json = { a = 1 }",
        "text" => "text = \"a\"",
        "form" => "form = { a = [\"1\", \"2\"] }",
        "file" => "file = \"a.bin\"",
        "graphql" => "graphql = { query = \"{ a }\", variables = { b = 1 }, operation = \"c\" }",
        "multipart" => "multipart = [{ name = \"a\", text = \"b\" }]",
        "type" => "type = \"text/csv\"\ntext = \"a\"",
        other => panic!("`{other}` is not tested"),
    }
}

fn part(key: &str) -> &'static str {
    match key {
        "name" | "text" => "name = \"a\"\ntext = \"b\"",
        "json" => "name = \"a\"\njson = { b = 1 }",
        "file" => "name = \"a\"\nfile = \"b.bin\"",
        "filename" => "name = \"a\"\nfile = \"b.bin\"\nfilename = \"c\"",
        "type" => "name = \"a\"\nfile = \"b.bin\"\ntype = \"image/png\"",
        other => panic!("`{other}` is not tested"),
    }
}

fn exchange(key: &str) -> &'static str {
    match key {
        "send" => "send = \"QUIT\\r\\n\"",
        "send_hex" => "send_hex = \"0d 0a\"",
        "expect" => "expect = \"220\"",
        "expect_regex" => "expect_regex = \"^220\"",
        "starttls" => "starttls = true",
        other => panic!("`{other}` is not tested"),
    }
}

fn capture(key: &str) -> &'static str {
    match key {
        "pick" => "pick = { min = \"$.price\" }\njson = \"$.a[*]\"",
        "then" => "then = \"$.id\"\njson = \"$.a\"",
        "matches" => "matches = \"id=([0-9]+)\"\nbody = \"text\"",
        "decode" => "decode = \"base64\"\nbody = \"text\"",
        "as" => "as = \"url\"\nheader = \"location\"",
        "secret" => "secret = true\nbody = \"text\"",
        other => panic!("`{other}` is not tested"),
    }
}

/// Keys of a step, whatever its verb.
fn step(key: &str) -> &'static str {
    match key {
        "id" => "id = \"another\"",
        "timeout" => "timeout = \"5s\"",
        "expect" => "expect = [{ latency = \"total\", lt = \"1s\" }]",
        "capture" => "capture.a = { latency = \"total\" }",
        "always" => "always = true",
        "when" => "when = { captured = [\"z.y\"] }",
        "party" => "party = \"provider:payments\"",
        "family" => "family = \"6\"",
        "status" => "status = [200, 204]",
        "header" => "header.accept = [\"text/html\", \"text/plain\"]",
        "query" => "query = { a = 1, b = [\"c\", \"d\"] }",
        "body" => "body.text = \"a\"",
        "auth" => "auth.bearer = \"t\"",
        "tls" => "tls = { insecure = true }",
        "version" => "version = \"2\"",
        "redirects" => "redirects = 5",
        "proxy" => "proxy = \"http://proxy.example:3128\"",
        "poll" => "poll = { every = \"1s\", for = \"5s\" }",
        "connection" => "connection = \"new\"",
        "max_body" => "max_body = \"1MiB\"",
        "origins" => "origins = [\"https://api.example\"]",
        "traceparent" => "traceparent = \"off\"",
        "server" => "server = \"9.9.9.9\"",
        "dnssec" => "dnssec = false",
        "exchange" => "exchange = [{ send = \"a\" }]",
        "alpn" => "alpn = [\"h2\"]",
        "starttls" => "starttls = \"smtp\"",
        other => panic!("`{other}` is not tested"),
    }
}

fn errors(text: &str) -> Vec<Diagnostic> {
    let mut all = parse(text, &Options::default()).diagnostics;
    all.retain(|one| one.severity == Severity::Error);
    all
}

fn told(text: &str, diagnostics: &[Diagnostic]) -> String {
    let source = Source {
        name: "a.toml",
        text,
    };
    format!("{text}\n{}", render(&source, diagnostics, Colour::Never))
}

fn is_sound(text: &str, of: &str) {
    let errors = errors(text);
    assert!(errors.is_empty(), "{of}:\n{}", told(text, &errors));
}

/// The slip of `name` is refused where it stands, and `name` is offered.
fn is_offered(text: &str, slip: &str, name: &str, of: &str) {
    let errors = errors(text);
    let help = format!("did you mean `{name}`?");
    let offered = errors.iter().any(|one| {
        one.code == code::UNKNOWN_KEY
            && text.get(one.span.clone()) == Some(slip)
            && one.help.as_deref() == Some(help.as_str())
    });
    assert!(offered, "{of}: no `{help}`:\n{}", told(text, &errors));
}

/// A slip of `name` that no other name of these is as near to: one letter too many.
fn slip(name: &str, names: &[&str]) -> String {
    let slip = format!("z{name}");
    assert!(!names.contains(&slip.as_str()));
    slip
}

#[test]
fn every_key_of_every_table_is_read() {
    for place in places() {
        assert!(!place.keys.is_empty(), "{}", place.name);
        for key in &place.keys {
            let of = format!("`{key}` in {}", place.name);
            is_sound(&(place.file)((place.lines)(key)), &of);
        }
    }
}

#[test]
fn a_slip_of_any_key_is_refused_with_the_key() {
    for place in places() {
        for key in &place.keys {
            let of = format!("`{key}` in {}", place.name);
            let slip = slip(key, &place.keys);
            let text = (place.file)(&format!("{slip} = 1"));
            is_offered(&text, &slip, key, &of);
        }
    }
}

#[test]
fn a_key_like_no_other_is_refused_with_those_there_are() {
    for place in places() {
        let text = (place.file)("zzzzzzzzz = 1");
        let errors = errors(&text);
        let told = told(&text, &errors);
        let one = errors.iter().find(|one| one.code == code::UNKNOWN_KEY);
        let help = one.and_then(|one| one.help.as_deref()).expect(&told);
        let first = format!("`{}`", place.keys.first().unwrap());
        assert!(
            help.contains(" takes ") && help.contains('`'),
            "{first}: {told}"
        );
    }
}

fn value(subject: &SubjectSpec) -> &'static str {
    match (subject.name, subject.value) {
        ("json", _) => "$.a",
        ("css", _) => "p.a",
        ("xpath", _) => "//a",
        (_, SubjectValue::OneOf(names)) => names.first().unwrap(),
        (_, SubjectValue::Name) => "a",
        (other, SubjectValue::Path) => panic!("`{other}` is not tested"),
    }
}

/// A file in which a step of this verb expects this.
fn expecting(verb: &str, expectation: &str) -> String {
    let line = match verb {
        "request" => "request = \"GET https://a.example/\"\nstatus = 200",
        "resolve" => "resolve = \"a.example\"",
        "connect" => "connect = \"a.example:25\"",
        "handshake" => "handshake = \"a.example:443\"",
        other => panic!("`{other}` is not tested"),
    };
    format!("journey = \"a\"\n[[step]]\n{line}\nexpect = [{{ {expectation} }}]\n")
}

#[test]
fn every_subject_of_every_verb_is_read_in_expectations_and_captures() {
    let mut seen = Vec::new();
    for verb in VERBS {
        for name in verb.subjects {
            let subject = SubjectSpec::named(name).expect("a subject of the table");
            let values = match subject.value {
                SubjectValue::OneOf(names) => names.to_vec(),
                SubjectValue::Name | SubjectValue::Path => vec![value(subject)],
            };
            for value in values {
                let of = format!("`{name} = {value}` in {}", verb.name);
                let text = expecting(verb.name, &format!("{name} = \"{value}\", exists = true"));
                is_sound(&text, &of);
                let text = text.replace("expect = [{", "capture.a = {");
                is_sound(&text.replace(", exists = true }]", " }"), &of);
            }
            let slip = slip(name, verb.subjects);
            let text = expecting(verb.name, &format!("{slip} = \"a\", exists = true"));
            is_offered(&text, &slip, name, verb.name);
            seen.push(*name);
        }
    }
    for subject in SUBJECTS {
        assert!(
            seen.contains(&subject.name),
            "no verb shows `{}`",
            subject.name
        );
    }
}

#[test]
fn every_operator_is_read_and_its_slip_offered() {
    let names: Vec<_> = OPERATORS.iter().map(|operator| operator.name).collect();
    for operator in OPERATORS {
        let operands: &[&str] = match operator.takes {
            OperatorTakes::Operand => &["1", "1.5"],
            OperatorTakes::Piece => &["\"a\"", "1"],
            OperatorTakes::Text | OperatorTakes::Regex => &["\"a\""],
            OperatorTakes::Operands => &["[1, \"a\"]"],
            OperatorTakes::Boolean => &["true", "false"],
            OperatorTakes::OneOf(names) => {
                assert!(!names.is_empty());
                &["\"string\"", "\"null\""]
            }
            OperatorTakes::Count => &["0", "3"],
        };
        let name = operator.name;
        for operand in operands {
            let text = expecting("request", &format!("json = \"$.a\", {name} = {operand}"));
            is_sound(&text, name);
        }
        let slip = slip(name, &names);
        let text = expecting("request", &format!("json = \"$.a\", {slip} = 1"));
        is_offered(&text, &slip, name, "an expectation");
    }
}
