//! Headers and bodies as the target gets them.

use super::one;
use crate::support::{
    jaunt::{calmly, check, run},
    scripted::{Request, Scripted, ok},
};

/// What a step sends.
fn sent(step: &str) -> Request {
    let server = Scripted::start([ok("", "")]);
    let step = format!(
        "request = \"POST {}\"\nstatus = 200\n{step}",
        server.url("/")
    );
    run(&one(&step))
        .file("file.bin", b"\x00\xff")
        .go()
        .judged("pass");
    server.only_request()
}

/// Behaviour 7.
#[test]
fn a_header_in_two_cases_is_refused_and_a_list_sends_several() {
    calmly(|| {
        let step = "request = \"GET http://127.0.0.1/\"\nstatus = 200\nheader.X-A = \"1\"\nheader.x-a = \"2\"";
        check(&one(step)).go().refused("duplicate-name");
        let request = sent("header.x-a = [\"1\", \"2\"]\nheader.x-empty = \"\"");
        assert_eq!(request.all("x-a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(request.header("x-empty"), Some(""));
    });
}

/// Behaviour 7: what is ours gives way, in whatever case it is written.
#[test]
fn a_given_header_takes_the_place_of_ours() {
    calmly(|| {
        let request = sent("header.USER-AGENT = \"mine\"\nheader.Accept = \"text/html\"");
        assert_eq!(request.header("user-agent"), Some("mine"));
        assert_eq!(request.header("accept"), Some("text/html"));
        let ours = sent("");
        assert!(ours.header("user-agent").unwrap().starts_with("jaunt/"));
        assert!(ours.header("traceparent").unwrap().starts_with("00-"));
    });
}

/// Behaviour 7: the length of a message is not the journey's to say.
#[test]
fn a_header_that_frames_the_message_is_refused() {
    calmly(|| {
        for name in ["Content-Length", "transfer-encoding"] {
            let step =
                format!("request = \"GET http://127.0.0.1/\"\nstatus = 200\nheader.{name} = \"5\"");
            check(&one(&step)).go().refused("bad-header");
        }
    });
}

/// Behaviour 8.
#[test]
fn each_kind_of_body_sets_its_content_type() {
    calmly(|| {
        for (body, kind, text) in [
            (
                "body.json = { a = [1, \"x\", true] }",
                "application/json",
                "{\"a\":[1,\"x\",true]}",
            ),
            ("body.text = \"é\"", "text/plain; charset=utf-8", "é"),
            (
                "body.form = { a = \"1 & 2\", b = \"ü\" }",
                "application/x-www-form-urlencoded",
                "a=1+%26+2&b=%C3%BC",
            ),
            (
                "body.graphql = { query = \"query Q { a }\", variables = { n = 1 }, operation = \"Q\" }",
                "application/json",
                "{\"query\":\"query Q { a }\",\"variables\":{\"n\":1},\"operationName\":\"Q\"}",
            ),
        ] {
            let request = sent(body);
            assert_eq!(
                (request.header("content-type"), request.text()),
                (Some(kind), text)
            );
        }
        let request = sent("body.file = \"file.bin\"");
        assert_eq!(
            request.header("content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(request.body, b"\x00\xff");
        assert_eq!(sent("").header("content-type"), None);
    });
}

/// Behaviour 8.
#[test]
fn a_multipart_body_is_framed_by_the_boundary_that_it_names() {
    calmly(|| {
        let parts = "body.multipart = [{ name = \"a\", text = \"one\" }, { name = \"f\", json = { b = 2 }, filename = \"b.json\" }]";
        let request = sent(parts);
        let kind = request.header("content-type").unwrap();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b.json\"\r\n\
         Content-Type: application/json\r\n\r\n{{\"b\":2}}\r\n--{boundary}--\r\n"
        );
        assert_eq!(request.text(), expected);
    });
}

/// Behaviour 8.
#[test]
fn an_explicit_content_type_wins() {
    calmly(|| {
        for given in [
            "header.content-type = \"application/vnd.a+json\"",
            "header.Content-TYPE = \"application/vnd.a+json\"",
            "body.type = \"application/vnd.a+json\"",
        ] {
            let request = sent(&format!("body.json = {{}}\n{given}"));
            assert_eq!(
                request.header("content-type"),
                Some("application/vnd.a+json"),
                "{given}"
            );
        }
        let both = sent("body.json = {}\nbody.type = \"text/a\"\nheader.content-type = \"text/b\"");
        assert_eq!(both.header("content-type"), Some("text/b"));
    });
}
