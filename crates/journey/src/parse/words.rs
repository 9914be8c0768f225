//! What other tools call our keys: a newcomer writes those, and is told ours.

use jaunt_text::{Item, Table};

/// What was meant by another tool's word.
enum Meant {
    /// A key of ours.
    Key(&'static str),
    /// Something that is said differently here: how.
    Otherwise(&'static str),
}

use Meant::{Key, Otherwise};

/// Other tools' words for what stands at the top of a file.
const TOP: &[(&[&str], Meant)] = &[
    (&["name"], Key("journey")),
    (&["description", "summary"], Key("title")),
    (
        &["interval", "frequency", "period", "schedule", "cron"],
        Key("every"),
    ),
    (&["location", "locations", "probes"], Key("regions")),
    (&["env", "environment", "variables", "globals"], Key("vars")),
    (&["tests", "requests", "checks"], Key("step")),
    (&["retry", "retries", "attempts"], RETRY),
];

/// Other tools' words for what a step has.
const STEP: &[(&[&str], Meant)] = &[
    (&["name", "title", "label"], Key("id")),
    (
        &[
            "status_code",
            "statuscode",
            "expect_status",
            "expected_status",
            "code",
        ],
        Key("status"),
    ),
    (&["url", "uri", "method", "endpoint", "http"], REQUEST),
    (&["params", "parameters", "args"], Key("query")),
    (
        &["data", "payload", "json", "text", "form", "graphql"],
        Otherwise("what is sent stands in `body`: `body.json = { … }` or `body.text = \"…\"`"),
    ),
    (
        &[
            "assert",
            "asserts",
            "assertions",
            "check",
            "checks",
            "validate",
            "tests",
        ],
        Key("expect"),
    ),
    (
        &["extract", "save", "store", "export", "outputs"],
        Key("capture"),
    ),
    (&["retry", "retries", "attempts"], RETRY),
    (
        &["sleep", "delay", "pause"],
        Otherwise("a pause is a step of its own: `wait = \"2s\"`"),
    ),
    (
        &["follow_redirects", "max_redirects", "allow_redirects"],
        Otherwise("`redirects = 5` follows up to five; none are followed unless it says so"),
    ),
    (
        &["insecure", "verify", "verify_ssl", "skip_verify"],
        Otherwise("`tls.insecure = true` accepts any certificate"),
    ),
    (
        &[
            "username",
            "password",
            "basic_auth",
            "basic",
            "bearer",
            "token",
        ],
        Otherwise(
            "credentials stand in `auth`: `auth.bearer = \"{{secrets.token}}\"` or `auth.basic = { user = \"…\", password = \"{{secrets.password}}\" }`",
        ),
    ),
    (
        &["cookie", "cookies"],
        Otherwise(
            "cookies that a service sets are sent back by later steps without a word; another goes into `header.cookie`",
        ),
    ),
];

/// A step that is tried again until it passes would hide what a user met.
const RETRY: Meant =
    Otherwise("a step is tried once, as a user would; `[step.poll]` waits for what takes its time");

/// A request is one line.
const REQUEST: Meant = Otherwise(
    "method and URL are the value of `request`: `request = \"GET https://shop.example.net/\"`",
);

/// How to say what an unknown key at the top of a file was meant for.
pub(super) fn top(item: &Item<'_>, table: &Table<'_>) -> Option<String> {
    // A journey that has its name was meant to have a title as well.
    if item.key() == "name" && table.has("journey") {
        return Some(said(&Key("title")));
    }
    find(TOP, item.key())
}

/// How to say what an unknown key of a step was meant for.
pub(super) fn step(item: &Item<'_>) -> Option<String> {
    find(STEP, item.key())
}

/// Other tools' words for verbs.
const VERB: &[(&[&str], &str)] = &[
    (&["dns", "lookup"], "resolve"),
    (&["tcp", "udp", "port", "socket"], "connect"),
    (&["ssl", "certificate"], "handshake"),
    (&["sleep", "delay", "pause"], "wait"),
];

/// The key of a step without a verb that tells which was meant, and how to write it.
pub(super) fn verb<'d>(table: &Table<'d>) -> Option<(Item<'d>, String)> {
    let value = |key: &str| table.item(key).and_then(|item| item.as_text());
    for key in ["url", "uri", "endpoint", "http", "get", "post"] {
        let Some(item) = table.item(key) else {
            continue;
        };
        let method = match key {
            "get" | "post" => key,
            _ => value("method").unwrap_or("get"),
        };
        let method = method.to_ascii_uppercase();
        let url = item.as_text().unwrap_or("https://shop.example.net/");
        // An address that has its method already.
        let line = match url.split_once(' ') {
            Some((word, _)) if word.bytes().all(|byte| byte.is_ascii_uppercase()) => url.to_owned(),
            _ => format!("{method} {url}"),
        };
        let help = format!("the verb holds method and URL: `request = \"{line}\"`");
        return Some((item, help));
    }
    table.items().find_map(|item| {
        let (_, verb) = VERB
            .iter()
            .find(|(theirs, _)| theirs.contains(&item.key()))?;
        Some((item, format!("did you mean `{verb}`?")))
    })
}

fn find(words: &[(&[&str], Meant)], key: &str) -> Option<String> {
    let key = key.to_ascii_lowercase().replace('-', "_");
    let (_, meant) = words
        .iter()
        .find(|(theirs, _)| theirs.contains(&key.as_str()))?;
    Some(said(meant))
}

fn said(meant: &Meant) -> String {
    match meant {
        Key(ours) => format!("did you mean `{ours}`?"),
        Otherwise(how) => (*how).to_owned(),
    }
}
