//! Authentication, as servers meet it.

use crate::{
    carry::{carry, ending, message, step},
    server::{Sent, Server, json, reply, status},
};
use jaunt_record::Record;

async fn with(server: &Server, auth: &str) -> Record {
    carry(&format!(
        "[[step]]\nid = \"go\"\nrequest = \"POST http://{}/to?b=2&a=1\"\nstatus = 200\nbody.text = \"x\"\n{auth}",
        server.address
    ))
    .await
}

#[tokio::test]
async fn basic_and_bearer_are_sent_as_the_standards_say() {
    let server = Server::new(|_, _| status(200)).await;
    for (auth, header) in [
        (
            r#"auth.basic = { user = "Aladdin", password = "open sesame" }"#,
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        (
            r#"auth.bearer = "mF_9.B5f-4.1JqM""#,
            "Bearer mF_9.B5f-4.1JqM",
        ),
    ] {
        let record = with(&server, auth).await;
        assert_eq!(ending(&record), "pass");
        assert_eq!(
            server.sent().pop().unwrap().header("authorization"),
            Some(header)
        );
    }
}

/// A server that gives tokens at `/token` and else answers with status 200.
async fn issuer(token: &'static str) -> Server {
    Server::new(move |sent, _| match sent.target.as_str() {
        "/token" => json(&format!(
            r#"{{"access_token":"{token}","expires_in":3600}}"#
        )),
        _ => status(200),
    })
    .await
}

fn asked(server: &Server) -> Vec<Sent> {
    let sent = server.sent();
    sent.into_iter()
        .filter(|sent| sent.target == "/token")
        .collect()
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_runs_and_outside_the_measured_time() {
    let server = issuer("token-of-header-style").await;
    let auth = format!(
        r#"auth.oauth2 = {{ url = "http://{}/token", client = "cl ient", secret = "se:cret-of-it", scope = "read write", style = "header" }}"#,
        server.address
    );
    for _ in 0..2 {
        let record = with(&server, &auth).await;
        assert_eq!(ending(&record), "pass", "{record:#?}");
        assert_eq!(step(&record, "go").exchanges.len(), 1);
        let sent = server.sent().pop().unwrap();
        assert_eq!(
            sent.header("authorization"),
            Some("Bearer token-of-header-style")
        );
        assert!(!format!("{record:?}").contains("token-of-header-style"));
    }
    let asked = asked(&server);
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].text(),
        "grant_type=client_credentials&scope=read+write"
    );
    let pair = data_encoding::BASE64.encode(b"cl%20ient:se%3Acret%2Dof%2Dit");
    assert_eq!(
        asked[0].header("authorization"),
        Some(&*format!("Basic {pair}"))
    );
}

#[tokio::test]
async fn the_secret_can_go_in_the_body_and_a_refused_token_is_asked_anew() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/token" => json(r#"{"access_token":"token-of-body-style","expires_in":3600}"#),
        _ => status(401),
    })
    .await;
    let auth = format!(
        r#"auth.oauth2 = {{ url = "http://{}/token", client = "client", secret = "secret-of-it", style = "body" }}"#,
        server.address
    );
    for _ in 0..2 {
        assert_eq!(
            ending(&with(&server, &auth).await),
            "http.4xx in expect at go"
        );
    }
    let asked = asked(&server);
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0].text(),
        "grant_type=client_credentials&client_id=client&client_secret=secret-of-it"
    );
    assert_eq!(asked[0].header("authorization"), None);
}

#[tokio::test]
async fn no_token_is_a_failure_of_its_own_and_nothing_is_sent() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/token" => reply(400, &[], r#"{"error":"invalid_client"}"#),
        _ => status(200),
    })
    .await;
    let auth = format!(
        r#"auth.oauth2 = {{ url = "http://{}/token", client = "client", secret = "other-secret" }}"#,
        server.address
    );
    let record = with(&server, &auth).await;
    assert_eq!(ending(&record), "auth.token in expect at go");
    assert!(message(&record).contains("invalid_client"), "{record:#?}");
    assert_eq!(server.lines(), ["POST /token"]);
    let gone = auth.replace(&server.address.to_string(), "127.0.0.1:1");
    let record = with(&server, &gone).await;
    assert_eq!(ending(&record), "auth.token in connect at go");
}

#[tokio::test]
async fn a_signature_covers_what_was_sent() {
    let server = Server::new(|_, _| status(200)).await;
    let auth = r#"auth.sigv4 = { region = "us-east-1", service = "service", key = "AKIDEXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG", session = "session-token-of-it" }"#;
    let record = with(&server, auth).await;
    assert_eq!(ending(&record), "pass");
    let sent = server.sent().remove(0);
    let authorization = sent.header("authorization").unwrap();
    let date = sent.header("x-amz-date").unwrap();
    let start = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/us-east-1/service/aws4_request, \
         SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, \
         Signature=",
        &date[..8]
    );
    assert!(authorization.starts_with(&start), "{authorization}");
    assert_eq!(authorization.len(), start.len() + 64);
    // SHA-256 of "x".
    assert_eq!(
        sent.header("x-amz-content-sha256"),
        Some("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")
    );
    assert_eq!(
        sent.header("x-amz-security-token"),
        Some("session-token-of-it")
    );
}

#[tokio::test]
async fn user_and_password_in_a_captured_url_leave_it_and_are_not_shown() {
    let server = Server::new(|sent, _| {
        let host = sent.header("host").unwrap();
        json(&format!(
            r#"{{"next":"http://probe:correct%20horse@{host}/"}}"#
        ))
    })
    .await;
    let text = format!(
        r#"
        [[step]]
        id = "first"
        request = "GET http://{}/"
        status = 200
        capture.next = {{ json = "$.next"  }}
        [[step]]
        id = "then"
        request = "GET {{{{first.next}}}}"
        status = 200
        "#,
        server.address
    );
    let record = carry(&text).await;
    assert_eq!(
        ending(&record),
        "pass",
        "the origin is one that the file spells out"
    );
    let pair = data_encoding::BASE64.encode(b"probe:correct horse");
    let sent = server.sent().remove(1);
    assert_eq!(
        sent.header("authorization"),
        Some(&*format!("Basic {pair}"))
    );
    assert!(!sent.header("host").unwrap().contains('@'));
    let then = format!("{:?}", step(&record, "then"));
    assert!(!then.contains("horse") && !then.contains(&pair), "{then}");
}
