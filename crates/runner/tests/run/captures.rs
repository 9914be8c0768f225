//! Captures: what is taken, that it keeps its type, and what is said where nothing is.

use crate::{
    carry::{carry, ending, message, step},
    server::{Sent, Server, bytes, json, reply, status},
};

const GOODS: &str = r#"{"items":[{"id":"a","price":3},{"id":"b","price":1.5},{"id":"c","price":20},{"id":"d"}],
    "text":"id=42;","b64":"aMOp","pct":"a%20b","esc":"a &amp; &eacute;","rel":"../next?x=1"}"#;

/// A step that captures `x` by this, and one that sends it on as JSON.
fn text(server: &Server, capture: &str) -> String {
    format!(
        r#"
        [[step]]
        id = "first"
        request = "GET http://{0}/shop/list"
        status = 200
        capture.x = {{ {capture} }}
        [[step]]
        id = "then"
        request = "POST http://{0}/then"
        status = 200
        body.json = {{ x = "{{{{first.x}}}}", text = "<{{{{first.x}}}}>" }}
        "#,
        server.address
    )
}

fn is_then(sent: &&Sent) -> bool {
    sent.target == "/then"
}

/// What the second step's JSON has for `x`.
async fn taken(server: &Server, capture: &str) -> String {
    let record = carry(&text(server, capture)).await;
    assert_eq!(ending(&record), "pass", "{capture}: {record:#?}");
    let sent = server.sent();
    let body = sent.iter().rfind(is_then).unwrap().text();
    let x = body.strip_prefix("{\"x\":").unwrap();
    x.rsplit_once(",\"text\":").unwrap().0.to_owned()
}

#[tokio::test]
async fn one_of_several_nodes_is_taken_as_pick_says() {
    let server = Server::json(GOODS).await;
    for (capture, x) in [
        (r#"json = "$.items[*].id", pick = "first""#, r#""a""#),
        (r#"json = "$.items[*].id", pick = "last""#, r#""d""#),
        (
            r#"json = "$.items[*]", pick = { min = "$.price" }, then = "$.id""#,
            r#""b""#,
        ),
        (
            r#"json = "$.items[*]", pick = { max = "$.price" }, then = "$.id""#,
            r#""c""#,
        ),
        (r#"json = "$.items[*].price", pick = { min = "$" }"#, "1.5"),
        (r#"json = "$.text", matches = "id=([0-9]+);""#, r#""42""#),
        (r#"json = "$.b64", decode = "base64""#, r#""hé""#),
        (r#"json = "$.pct", decode = "url""#, r#""a b""#),
        (r#"json = "$.esc", decode = "html""#, r#""a & é""#),
        (r#"status = "code""#, "200"),
        (r#"header = "content-type""#, r#""application/json""#),
        (r#"size = "bytes""#, &GOODS.len().to_string()),
    ] {
        assert_eq!(taken(&server, capture).await, x, "{capture}");
    }
    let random = taken(&server, r#"json = "$.items[*].id", pick = "random""#).await;
    assert!(
        [r#""a""#, r#""b""#, r#""c""#, r#""d""#].contains(&&*random),
        "{random}"
    );
    let url = taken(&server, r#"json = "$.rel", as = "url""#).await;
    assert_eq!(url, format!("\"http://{}/next?x=1\"", server.address));
}

#[tokio::test]
async fn a_captured_value_keeps_its_type_and_exact_text() {
    for value in [
        r#""007""#,
        "1e5",
        "1E+5",
        "9223372036854775807",
        "0.1",
        "1.10",
        "-0.0",
        "123456789012345678901234567890.5",
        "true",
        r#""true""#,
        "false",
        "null",
        "[1,1.0]",
        r#"{"a":1e5}"#,
        r#""""#,
        r#""{{first.x}} {{{{""#,
    ] {
        let server = Server::new(move |_, _| json(&format!("{{\"v\":{value}}}"))).await;
        assert_eq!(taken(&server, r#"json = "$.v""#).await, value);
    }
}

#[tokio::test]
async fn a_capture_that_finds_nothing_or_several_fails_and_shows_what_was_searched() {
    let server = Server::json(GOODS).await;
    for (capture, kind, said) in [
        (r#"json = "$.none""#, "capture.none", "found nothing"),
        (
            r#"json = "$.items[*].id""#,
            "capture.several",
            "found 4 nodes",
        ),
        (
            r#"json = "$.items[*]", pick = "first", then = "$.none""#,
            "capture.none",
            "`$.none`",
        ),
        (
            r#"json = "$.items[*]", pick = "first", then = "$.*""#,
            "capture.several",
            "`$.*`",
        ),
        (
            r#"json = "$.text", matches = "no=(.)""#,
            "capture.none",
            "does not match",
        ),
        (
            r#"json = "$.text", decode = "base64""#,
            "capture.type",
            "not valid base64",
        ),
        (
            r#"json = "$.items", decode = "base64""#,
            "capture.type",
            "needs a text",
        ),
        (
            r#"json = "$.items[*]", pick = { min = "$.id" }"#,
            "capture.type",
            "`$.id`",
        ),
        (r#"cookie = "sid""#, "capture.none", "found nothing"),
    ] {
        let record = carry(&text(&server, capture)).await;
        assert_eq!(
            ending(&record),
            format!("{kind} in capture at first"),
            "{capture}"
        );
        assert!(
            message(&record).contains(said),
            "{capture}: {}",
            message(&record)
        );
        assert!(message(&record).contains("capture `x`"));
        let excerpt = record.failure.as_ref().unwrap().excerpt.as_ref();
        if !capture.starts_with("cookie") {
            assert!(
                excerpt.unwrap().contains("\"price\":20"),
                "{capture}: {record:#?}"
            );
        }
        assert_eq!(step(&record, "first").captures, []);
    }
    assert!(!server.sent().iter().any(|sent| is_then(&sent)));
}

#[tokio::test]
async fn captures_are_taken_by_every_kind_of_subject() {
    let html = "<html><body><a class='n' href='/next'> go <b>on</b> </a></body></html>";
    let server = Server::new(move |_, _| {
        let lines = [
            "Content-Type: text/html",
            "Set-Cookie: sid=s-1; Path=/; Max-Age=60",
        ];
        reply(200, &lines, html)
    })
    .await;
    for (capture, x) in [
        (r#"css = "a.n""#, r#""go on""#),
        (r#"css = "a.n", attribute = "href""#, r#""/next""#),
        (r#"cookie = "sid""#, r#""s-1""#),
        (r#"xpath = "//a/@href""#, r#""/next""#),
    ] {
        let (capture, html) = (capture.to_owned(), capture.starts_with("xpath"));
        assert_eq!(taken(&server, &capture).await, x, "{capture} {html}");
    }
    let latin = Server::new(|_, _| {
        let mut latin = bytes(
            200,
            &["Content-Type: text/plain; charset=iso-8859-1"],
            "caf#",
        );
        *latin.last_mut().unwrap() = 0xe9;
        crate::server::Reply::With(latin)
    })
    .await;
    assert_eq!(taken(&latin, r#"body = "text""#).await, r#""café""#);
}

#[tokio::test]
async fn a_captured_pieces_marks_and_slashes_stay_data_in_a_url() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/" => json(r#"{"v":"a{{b}}c"}"#),
        _ => status(200),
    })
    .await;
    let record = carry(&format!(
        r#"
        [[step]]
        id = "first"
        request = "GET http://{0}/"
        status = 200
        capture.x = {{ json = "$.v" }}
        [[step]]
        id = "then"
        request = "GET http://{0}/then"
        status = 200
        query.q = "{{{{first.x}}}}"
        header.x-own = "{{{{{{{{ {{{{first.x}}}}"
        "#,
        server.address
    ))
    .await;
    assert_eq!(ending(&record), "pass", "{record:#?}");
    let then = server.sent().remove(1);
    assert_eq!(then.target, "/then?q=a%7B%7Bb%7D%7Dc");
    assert_eq!(then.header("x-own"), Some("{{ a{{b}}c"));
}
