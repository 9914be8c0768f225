//! What a request carries: headers, query and body, as the server got them.

use crate::{
    carry::{Carry, carry, ending},
    server::{Sent, Server, status},
};

/// What came of one POST with these keys.
async fn post(rest: &str) -> Sent {
    let server = Server::new(|_, _| status(200)).await;
    let record = carry(&format!(
        "[[step]]\nid = \"go\"\nrequest = \"POST http://{}/to?a=1\"\nstatus = 200\n{rest}",
        server.address
    ))
    .await;
    assert_eq!(ending(&record), "pass", "{rest}: {record:#?}");
    server.sent().remove(0)
}

#[tokio::test]
async fn a_steps_header_replaces_the_defaults_whatever_its_case() {
    let server = Server::new(|_, _| status(200)).await;
    let record = carry(&format!(
        r#"
        [defaults]
        header.accept = "application/json"
        header.x-default = "kept"
        header.user-agent = "a-browser"
        [[step]]
        id = "go"
        request = "GET http://{}/"
        status = 200
        header.Accept = "text/html"
        header.X-Own = "{{{{run.region}}}} {{{{run.slot}}}}"
        "#,
        server.address
    ))
    .await;
    assert_eq!(ending(&record), "pass");
    let sent = &server.sent()[0];
    assert_eq!(sent.header("accept"), Some("text/html"));
    assert_eq!(sent.header("x-default"), Some("kept"));
    assert_eq!(sent.header("user-agent"), Some("a-browser"));
    assert_eq!(sent.header("x-own"), Some("fra 1790000040"));
    assert_eq!(
        sent.header("accept-encoding"),
        Some("gzip, br, zstd, deflate")
    );
    assert_eq!(sent.header("host"), Some(&*server.address.to_string()));
    let parent = sent.header("traceparent").unwrap();
    assert!(parent.starts_with(&format!("00-{}-", record.id)) && parent.ends_with("-01"));
}

#[tokio::test]
async fn a_default_that_needs_a_capture_applies_from_the_step_after_it() {
    let server = Server::json(r#"{"csrf":"c-1"}"#).await;
    let record = carry(&format!(
        r#"
        [defaults]
        header.x-csrf-token = "{{{{login.csrf}}}}"
        [[step]]
        id = "login"
        request = "GET http://{0}/login"
        status = 200
        capture.csrf = {{ json = "$.csrf" }}
        [[step]]
        id = "then"
        request = "GET http://{0}/then"
        status = 200
        "#,
        server.address
    ))
    .await;
    assert_eq!(ending(&record), "pass");
    let sent = server.sent();
    assert_eq!(sent[0].header("x-csrf-token"), None);
    assert_eq!(sent[1].header("x-csrf-token"), Some("c-1"));
}

#[tokio::test]
async fn traceparent_can_be_unsampled_or_off() {
    let unsampled = post("traceparent = \"unsampled\"").await;
    assert!(unsampled.header("traceparent").unwrap().ends_with("-00"));
    assert_eq!(
        post("traceparent = \"off\"").await.header("traceparent"),
        None
    );
    let own = "header.traceparent = \"00-11111111111111111111111111111111-2222222222222222-01\"";
    assert!(
        post(own)
            .await
            .header("traceparent")
            .unwrap()
            .contains("-2222")
    );
}

#[tokio::test]
async fn a_query_is_encoded_and_added_to_the_urls_own() {
    let sent =
        post(r#"query = { q = "a b&c=é", n = 5, yes = true, of = ["x", "y"], p = 0.10 }"#).await;
    assert_eq!(
        sent.target,
        "/to?a=1&q=a+b%26c%3D%C3%A9&n=5&yes=true&of=x&of=y&p=0.10"
    );
}

#[tokio::test]
async fn each_kind_of_body_has_its_content_type() {
    let of = |sent: &Sent| {
        let kind = sent.header("content-type").unwrap_or_default().to_owned();
        (kind, sent.text().to_owned())
    };
    let pair = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
    let sent = post(r#"body.json = { a = 1, b = "x", c = [true, 1.50], d = {} }"#).await;
    assert_eq!(
        of(&sent),
        pair(
            "application/json",
            r#"{"a":1,"b":"x","c":[true,1.50],"d":{}}"#
        )
    );
    let sent = post("body.text = \"grüße\"").await;
    assert_eq!(of(&sent), pair("text/plain; charset=utf-8", "grüße"));
    assert_eq!(sent.header("content-length"), Some("7"));
    let sent = post(r#"body.form = { user = "a b", pass = "é&", n = 1 }"#).await;
    let form = "application/x-www-form-urlencoded";
    assert_eq!(of(&sent), pair(form, "user=a+b&pass=%C3%A9%26&n=1"));
    let sent = post(r#"body.graphql = { query = "query Q($i: Int) { a }", variables = { i = 1 }, operation = "Q" }"#).await;
    let graphql = r#"{"query":"query Q($i: Int) { a }","variables":{"i":1},"operationName":"Q"}"#;
    assert_eq!(of(&sent), pair("application/json", graphql));
    let sent = post("body.json = [1]\nbody.type = \"application/vnd.acme+json\"").await;
    assert_eq!(of(&sent), pair("application/vnd.acme+json", "[1]"));
    let sent = post("body.json = [1]\nbody.type = \"a/b\"\nheader.Content-Type = \"c/d\"").await;
    assert_eq!(of(&sent), pair("c/d", "[1]"));
    let sent = post("").await;
    assert_eq!(
        (sent.header("content-type"), sent.header("content-length")),
        (None, Some("0"))
    );
}

#[tokio::test]
async fn files_and_multipart_are_sent_byte_for_byte() {
    let home = tempfile::tempdir().unwrap();
    let bytes = [0_u8, 255, 13, 10, b'-', b'-'];
    std::fs::write(home.path().join("blob.bin"), bytes).unwrap();
    let server = Server::new(|_, _| status(200)).await;
    let text = |body: &str| {
        format!(
            "[[step]]\nid = \"go\"\nrequest = \"POST http://{}/\"\nstatus = 200\n{body}",
            server.address
        )
    };
    let carry = async |body: &str| {
        let record = Carry::beside(&text(body), home.path().into()).out().await;
        assert_eq!(ending(&record), "pass", "{record:#?}");
        server.sent().pop().unwrap()
    };
    let sent = carry("body.file = \"blob.bin\"").await;
    assert_eq!(
        sent.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(sent.body, bytes);
    let parts = r#"body.multipart = [
        { name = "title", text = "a \"b\"" },
        { name = "of\"x", json = { n = 1 } },
        { name = "file", file = "blob.bin", filename = "é.bin", type = "image/png" },
    ]"#;
    let sent = carry(parts).await;
    let kind = sent.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let mut expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na \"b\"\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"of%22x\"\r\n\
         Content-Type: application/json\r\n\r\n{{\"n\":1}}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"é.bin\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    expected.extend_from_slice(&bytes);
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert_eq!(
        sent.body,
        expected,
        "{}",
        String::from_utf8_lossy(&sent.body)
    );
}
