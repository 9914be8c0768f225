//! Secrets: used on the wire, and in no text of a record.

use crate::{
    carry::{Carry, ending},
    server::{Server, reply, status},
};
use jaunt_record::Record;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What each escaping changes, and a text that base64 spreads over all its alignments.
const PLANTED: &str = "pl<an>&\"ted'/+ s\u{e9}cret\\7";
const CAPTURED: &str = "caught-<&\"'>/+=\u{e9} token";

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Every form in which an echo may bring a secret back.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap();
    let base64 = |before: &str| {
        let text = format!("{before}{secret}zz");
        data_encoding::BASE64.encode(text.as_bytes())
    };
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    vec![
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        html(secret),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        form,
        base64(""),
        base64("a"),
        base64("ab"),
        data_encoding::BASE64URL_NOPAD.encode(secret.as_bytes()),
    ]
}

/// What must not be found: each form, of base64 the part that is the secret's alone, and each of
/// them once more as `Debug` would write it.
fn needles(secret: &str) -> Vec<String> {
    let base64 = |before: &str| {
        let text = format!("{before}{secret}");
        let bytes = text.as_bytes();
        let whole = data_encoding::BASE64.encode(&bytes[..bytes.len() / 3 * 3]);
        whole[before.len().min(1) * 4..].to_owned()
    };
    let mut needles = forms(secret)[..5].to_vec();
    needles.extend([base64(""), base64("a"), base64("ab")]);
    let debug = needles
        .iter()
        .map(|needle| format!("{needle:?}").trim_matches('"').to_owned());
    let debug: Vec<String> = debug.collect();
    needles.extend(debug);
    needles
}

fn hides(record: &Record, secret: &str) {
    let text = format!("{record:?}");
    for needle in needles(secret) {
        assert!(!text.contains(&needle), "`{needle}` in {record:#?}");
    }
}

/// A folder with the secret that the journeys of these tests name.
fn folder(secret: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("password"), format!("{secret}\n")).unwrap();
    home
}

#[tokio::test]
async fn a_secret_that_a_server_echoes_in_any_form_is_in_no_text_of_the_record() {
    let home = folder(PLANTED);
    for (place, form) in forms(PLANTED).into_iter().enumerate() {
        let line = format!("X-Echo: {}", form.replace('\u{e9}', "e"));
        let server = Server::new(move |_, _| {
            let body = format!("<p>{form}</p> and {form}");
            reply(500, &[&line, "Content-Type: text/html"], &body)
        })
        .await;
        let text = format!(
            r#"
            secrets.password = {{ from = "file:password" }}
            [[step]]
            id = "login"
            request = "POST http://{}/"
            status = 200
            body.json = {{ password = "{{{{secrets.password}}}}" }}
            expect = [
              {{ body = "text", eq = "else" }},
              {{ css = "p", eq = "{{{{secrets.password}}}}", else = "warn" }},
              {{ header = "x-echo", eq = "nothing", else = "warn" }},
              {{ json = "$.a", exists = true }},
            ]
            capture.all = {{ body = "text" }}
            capture.lost = {{ css = "b" }}
            "#,
            server.address
        );
        let record = Carry::beside(&text, home.path().into()).out().await;
        assert_eq!(ending(&record), "http.5xx in expect at login", "{place}");
        let sent: serde_json::Value = serde_json::from_slice(&server.sent()[0].body).unwrap();
        assert_eq!(sent["password"], PLANTED, "it was really sent");
        assert!(
            format!("{record:?}").contains("***"),
            "{place}: {record:#?}"
        );
        hides(&record, PLANTED);
    }
}

#[tokio::test]
async fn what_was_captured_as_secret_is_hidden_from_then_on_and_before() {
    for form in forms(CAPTURED) {
        let server = Server::new(move |sent, _| match sent.target.as_str() {
            "/login" => {
                let json = serde_json::json!({ "csrf": CAPTURED, "echo": form });
                reply(200, &["Content-Type: application/json"], &json.to_string())
            }
            _ => reply(404, &[], &format!("no such thing: {form}")),
        })
        .await;
        let text = format!(
            r#"
            [[step]]
            id = "login"
            request = "POST http://{0}/login"
            status = 200
            expect = [{{ json = "$.echo", eq = "else", else = "warn" }}]
            capture.early = {{ json = "$.echo" }}
            capture.csrf = {{ json = "$.csrf", secret = true }}
            [[step]]
            id = "then"
            request = "GET http://{0}/then"
            header.x-csrf = "{{{{login.csrf}}}}"
            status = 200
            "#,
            server.address
        );
        let record = Carry::new(&text).out().await;
        assert_eq!(ending(&record), "http.4xx in expect at then");
        assert_eq!(record.steps[0].captures[1], ("csrf".into(), "***".into()));
        hides(&record, CAPTURED);
    }
}

#[tokio::test]
async fn a_run_without_its_secret_is_void_and_sends_nothing() {
    let server = Server::new(|_, _| status(200)).await;
    let text = format!(
        r#"
        secrets.password = {{ from = "file:password" }}
        [[step]]
        id = "login"
        request = "POST http://{0}/"
        status = 200
        body.text = "{{{{secrets.password}}}}"
        [[step]]
        id = "logout"
        always = true
        request = "POST http://{0}/logout"
        status = 200
        "#,
        server.address
    );
    let empty = tempfile::tempdir().unwrap();
    let record = Carry::beside(&text, empty.path().into()).out().await;
    assert_eq!(ending(&record), "void: secret-missing");
    let said = &record.void.as_ref().unwrap().message;
    assert!(said.contains("`password`"), "{said}");
    let short = folder("12345");
    let record = Carry::beside(&text, short.path().into()).out().await;
    assert_eq!(ending(&record), "void: secret-missing");
    let said = &record.void.as_ref().unwrap().message;
    assert!(
        said.contains("shorter than 6 bytes") && !said.contains("12345"),
        "{said}"
    );
    assert_eq!(server.sent().len(), 0);
    let enough = folder("123456");
    let record = Carry::beside(&text, enough.path().into()).out().await;
    assert_eq!(ending(&record), "pass");
    assert_eq!(server.sent()[0].text(), "123456");
}

#[tokio::test]
async fn a_header_that_holds_a_secret_does_not_leave_with_a_redirect() {
    let home = folder(&"s3cret-".repeat(3));
    let away = Server::new(|_, _| status(200)).await;
    let location = format!("Location: http://{}/", away.address);
    let server = Server::new(move |_, _| reply(302, &[&location], "")).await;
    let text = format!(
        r#"
        secrets.password = {{ from = "file:password" }}
        [[step]]
        id = "go"
        request = "GET http://{}/"
        status = 200
        redirects = 2
        header.x-api-key = "key {{{{secrets.password}}}}"
        "#,
        server.address
    );
    let record = Carry::beside(&text, home.path().into()).out().await;
    assert_eq!(ending(&record), "auth.origin in expect at go");
    assert_eq!((server.sent().len(), away.sent().len()), (1, 0));
    assert_eq!(server.sent()[0].header("x-api-key").unwrap().len(), 4 + 21);
}

#[tokio::test]
async fn a_credential_that_no_header_can_hold_fails_its_step_instead_of_going_missing() {
    let home = folder("token-on\ntwo-lines");
    let server = Server::new(|_, _| status(200)).await;
    for own in [
        r#"auth.bearer = "{{secrets.password}}""#,
        r#"auth.sigv4 = { region = "r", service = "s", key = "{{secrets.password}}", secret = "abcdefgh" }"#,
        r#"auth.sigv4 = { region = "r", service = "s", key = "k", secret = "abcdefgh", session = "{{secrets.password}}" }"#,
        r#"header.x-key = "{{secrets.password}}""#,
        "body.text = \"x\"\nbody.type = \"{{secrets.password}}\"",
    ] {
        let text = format!(
            "secrets.password = {{ from = \"file:password\" }}\n[[step]]\nid = \"go\"\n\
             request = \"POST http://{}/\"\nstatus = 200\n{own}",
            server.address
        );
        let record = Carry::beside(&text, home.path().into()).out().await;
        assert_eq!(ending(&record), "capture.type in capture at go", "{own}");
        hides(&record, "token-on\ntwo-lines");
    }
    assert_eq!(server.sent().len(), 0);
}
