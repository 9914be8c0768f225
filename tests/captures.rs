//! What a journey takes out of an answer and hands on: types, references, and what is not there.

use crate::support::{
    jaunt::{calmly, check, run},
    scripted::{Scripted, answer, ok},
};

/// A journey that captures from one answer and sends what it took with a second request.
fn pass_on(url: &str, captures: &str, body: &str) -> String {
    format!(
        "journey = 'pass-on'
[[step]]
id = 'take'
request = 'GET {url}/take'
status = 200
{captures}
[[step]]
id = 'give'
request = 'POST {url}/give'
status = 200
{body}
"
    )
}

/// A journey of one request with these expectations.
fn expecting(url: &str, expect: &str) -> String {
    format!("journey = 'types'\n[[step]]\nrequest = 'GET {url}/'\nstatus = 200\n{expect}\n")
}

/// Behaviour 14.
#[test]
fn a_capture_keeps_its_type_and_its_exact_text() {
    calmly(|| {
        let document = r#"{"padded":"007","large":1e5,"word":"true","most":9223372036854775807,"tenth":0.1,"yes":true,"none":null,"list":[1,"1"]}"#;
        let server = Scripted::start([ok("content-type: application/json\r\n", document)]);
        let names = [
            "padded", "large", "word", "most", "tenth", "yes", "none", "list",
        ];
        let captures: String = names
            .iter()
            .map(|name| format!("capture.{name} = {{ json = '$.{name}' }}\n"))
            .collect();
        let fields: Vec<String> = names
            .iter()
            .map(|name| format!("{name} = '{{{{take.{name}}}}}'"))
            .collect();
        let body = format!("body.json = {{ {} }}", fields.join(", "));
        run(&pass_on(&server.url(""), &captures, &body))
            .go()
            .judged("pass");
        let sent = server.requests()[1].text().to_owned();
        for exact in [
            r#""padded":"007""#,
            r#""word":"true""#,
            r#""most":9223372036854775807"#,
            r#""tenth":0.1"#,
            r#""yes":true"#,
            r#""none":null"#,
            r#""list":[1,"1"]"#,
        ] {
            assert!(sent.contains(exact), "{exact} in {sent}");
        }
        assert!(
            sent.to_lowercase()
                .replace("e+", "e")
                .contains(r#""large":1e5"#),
            "{sent}"
        );
    });
}

/// Behaviour 14: in text as well as in JSON.
#[test]
fn a_capture_in_a_url_is_the_text_that_it_was() {
    calmly(|| {
        let server = Scripted::start([ok("", r#"{"id":"007","n":9223372036854775807}"#)]);
        let url = server.url("");
        let journey = format!(
            "journey = 'url'
[[step]]
id = 'take'
request = 'GET {url}/take'
status = 200
capture.id = {{ json = '$.id' }}
capture.n = {{ json = '$.n' }}
[[step]]
id = 'give'
request = 'GET {url}/items/{{{{take.id}}}}/{{{{take.n}}}}'
status = 200
"
        );
        run(&journey).go().judged("pass");
        assert_eq!(
            server.requests()[1].target,
            "/items/007/9223372036854775807"
        );
    });
}

/// Behaviour 15.
#[test]
fn a_number_never_equals_a_string_and_both_are_told_as_what_they_are() {
    calmly(|| {
        for (document, expect, told) in [
            (
                r#"{"n":"1"}"#,
                "{ json = '$.n', eq = 1 }",
                r#"expected eq 1, seen string "1""#,
            ),
            (
                r#"{"n":1}"#,
                "{ json = '$.n', eq = '1' }",
                r#"expected eq "1", seen number 1"#,
            ),
        ] {
            let server = Scripted::start([ok("", document)]);
            let journey = expecting(&server.url(""), &format!("expect = [{expect}]"));
            let record = run(&journey).go().failed("expect", "expect.json");
            let message = record["failure"]["message"].as_str().unwrap();
            assert!(message.contains(told), "{told} in: {message}");
        }
        let server = Scripted::start([ok("", r#"{"n":1.0}"#)]);
        let journey = expecting(&server.url(""), "expect = [{ json = '$.n', eq = 1 }]");
        run(&journey).go().judged("pass");
    });
}

/// Behaviour 16.
#[test]
fn a_capture_that_finds_nothing_shows_its_query_and_a_bounded_piece_of_the_body() {
    calmly(|| {
        let document = format!(r#"{{"near":"marker","far":"{}"}}"#, "x".repeat(100_000));
        let server = Scripted::start([ok("", &document)]);
        let journey = pass_on(&server.url(""), "capture.id = { json = '$.missing' }", "");
        let ran = run(&journey).go();
        let record = ran.failed("capture", "capture.none");
        let failure = &record["failure"];
        assert_eq!(failure["step"], "take");
        assert!(
            failure["message"].as_str().unwrap().contains("$.missing"),
            "{failure}"
        );
        assert!(
            failure["excerpt"].as_str().unwrap().contains("marker"),
            "{failure}"
        );
        assert!(ran.stdout.len() < 20_000, "{} bytes", ran.stdout.len());
        assert_eq!(record["steps"][1]["verdict"], "skipped");
        assert_eq!(server.only_request().target, "/take");
    });
}

/// Behaviour 17.
#[test]
fn an_unknown_reference_is_refused_and_nothing_is_sent() {
    let server = Scripted::start([ok("", "{}")]);
    let url = server.url("");
    for body in [
        "header.x = '{{take.missing}}'",
        "body.text = '{{nobody.knows}}'",
        "body.json = { a = ['{{vars.unset}}'] }",
        "header.x = '{{secrets.unset}}'",
        "header.x = '{{run.unset}}'",
    ] {
        let captures = "capture.id = { json = '$.id' }";
        let ran = run(&pass_on(&url, captures, body)).go();
        assert_eq!(ran.code, 2, "{body}\n{ran}");
        assert!(ran.stderr.contains("reference"), "{body}\n{ran}");
    }
    assert!(server.connections().is_empty());
}

/// Behaviour 17: what is meant literally is written with four braces, and sent with two.
#[test]
fn four_braces_send_two() {
    calmly(|| {
        let server = Scripted::start([ok("", "{}")]);
        let body = "body.text = '{{{{x}}'";
        run(&pass_on(&server.url(""), "", body)).go().judged("pass");
        assert_eq!(server.requests()[1].text(), "{{x}}");
    });
}

/// Behaviour 18.
#[test]
fn marks_in_a_captured_value_are_data_and_reveal_no_secret() {
    calmly(|| {
        let document = r#"{"evil":"{{secrets.token}} {{vars.a}} {{run.uuid}}"}"#;
        let server = Scripted::start([ok("", document)]);
        let journey = format!(
            "{}\n[vars]\na = 'expanded'\n[secrets]\ntoken = {{ from = 'env:TOKEN' }}\n",
            pass_on(
                &server.url(""),
                "capture.evil = { json = '$.evil' }",
                "body.text = '<{{take.evil}}>'\nheader.x-token = '{{secrets.token}}'"
            )
        );
        let ran = run(&journey).env("TOKEN", "correct-horse-battery").go();
        ran.judged("pass");
        let given = &server.requests()[1];
        assert_eq!(given.header("x-token"), Some("correct-horse-battery"));
        assert_eq!(given.text(), "<{{secrets.token}} {{vars.a}} {{run.uuid}}>");
        assert!(!format!("{ran}").contains("correct-horse"), "{ran}");
    });
}

/// Behaviour 19.
#[test]
fn what_a_json_path_meets_are_findings_of_their_own() {
    calmly(|| {
        let document = r#"{"null":null,"empty":[],"list":[1,2,3]}"#;
        let actual = |document: &str, expect: &str| {
            let server = Scripted::start([ok("", document)]);
            let ran = run(&expecting(&server.url(""), &format!("expect = [{expect}]"))).go();
            let record = ran.failed("expect", "expect.json");
            let one = &record["steps"][0]["expectations"];
            let judged = one
                .as_array()
                .unwrap()
                .iter()
                .find(|it| it["holds"] == false);
            judged.unwrap()["actual"].as_str().unwrap().to_owned()
        };
        let findings = [
            actual(document, "{ json = '$.missing', eq = 1 }"),
            actual(document, "{ json = '$.null', eq = 1 }"),
            actual(document, "{ json = '$.empty', eq = 1 }"),
            actual("<html>", "{ json = '$.missing', eq = 1 }"),
            actual(document, "{ json = '$.list[*]', eq = 1 }"),
            actual(document, "{ json = '$.empty[*]', of = 'each', eq = 1 }"),
        ];
        let distinct: std::collections::BTreeSet<&String> = findings.iter().collect();
        assert_eq!(distinct.len(), findings.len(), "{findings:#?}");
    });
}

/// Behaviour 19: a root array and an index from its end are paths like others.
#[test]
fn a_root_array_and_a_negative_index_are_found() {
    calmly(|| {
        let server = Scripted::start([ok("", r#"[{"n":1},{"n":2}]"#)]);
        let expect = "expect = [{ json = '$[-1].n', eq = 2 }, { json = '$', count_eq = 2 }, { json = '$[-3]', exists = false }]";
        run(&expecting(&server.url(""), expect)).go().judged("pass");
    });
}

/// Behaviour 20.
#[test]
fn what_cannot_be_right_is_refused_with_its_line_and_column() {
    for (line, code) in [
        (
            "capture.a = { body = 'text', matches = '[0-9]+' }",
            "one-group",
        ),
        (
            "capture.a = { body = 'text', matches = '([0-9]+' }",
            "bad-regex",
        ),
        ("capture.a = { json = '$.[' }", "bad-path"),
        ("timeout = '-1s'", "duration-range"),
        ("timeout = '5'", "duration-unit"),
    ] {
        let ran = check(&expecting("http://127.0.0.1:1", line)).go();
        ran.refused(code);
        // The line after `status`, and a column in it.
        assert!(ran.stderr.contains(".toml:5:"), "{line}\n{ran}");
    }
}

/// Behaviours 14 and 20: an answer's own parts are captured, too.
#[test]
fn a_group_of_a_header_is_captured() {
    calmly(|| {
        let bytes = "HTTP/1.1 200 OK\r\nx-page: page=17; last\r\ncontent-length: 0\r\n\
                     connection: close\r\n\r\n";
        let server = Scripted::start([answer(bytes), ok("", "")]);
        let captures = "capture.page = { header = 'x-page', matches = 'page=([0-9]+)' }";
        let record = run(&pass_on(
            &server.url(""),
            captures,
            "header.x-page = '{{take.page}}'",
        ))
        .go()
        .judged("pass");
        assert_eq!(record["steps"][0]["captures"]["page"], "17");
        assert_eq!(server.requests()[1].header("x-page"), Some("17"));
    });
}
