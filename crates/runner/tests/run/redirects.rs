//! Redirects: how many, how they are followed, and what goes with them.

use crate::{
    carry::{carry, ending, message, step},
    server::{Server, reply, status},
};

fn to(status: u16, location: &str) -> crate::server::Reply {
    reply(status, &[&format!("Location: {location}")], "moved")
}

/// `/N` leads to `/N-1`, and `/0` is the end.
async fn countdown() -> Server {
    Server::new(
        |sent, _| match sent.target.trim_start_matches('/').parse() {
            Ok(0) | Err(_) => status(200),
            Ok(left) => to(302, &format!("/{}", left - 1_u32)),
        },
    )
    .await
}

fn get(server: &Server, path: &str, rest: &str) -> String {
    format!(
        "[[step]]\nid = \"go\"\nrequest = \"GET http://{}{path}\"\nstatus = 200\n{rest}",
        server.address
    )
}

#[tokio::test]
async fn as_many_redirects_as_allowed_are_followed_and_not_one_more() {
    let server = countdown().await;
    let expect = r#"expect = [
        { redirects = "count", eq = 3 },
        { url = "final", ends_with = "/0" },
    ]"#;
    let record = carry(&get(&server, "/3", &format!("redirects = 3\n{expect}"))).await;
    assert_eq!(ending(&record), "pass", "{record:#?}");
    assert_eq!(server.lines(), ["GET /3", "GET /2", "GET /1", "GET /0"]);
    let hops: Vec<_> = step(&record, "go")
        .exchanges
        .iter()
        .map(|e| (e.hop, e.status, e.status_expected, e.reused))
        .collect();
    assert_eq!(
        hops,
        [
            (0, Some(302), true, false),
            (1, Some(302), true, true),
            (2, Some(302), true, true),
            (3, Some(200), true, true),
        ]
    );
    let record = carry(&get(&server, "/3", "redirects = 2")).await;
    assert_eq!(ending(&record), "redirect.limit in receive at go");
    assert_eq!(server.sent().len(), 4 + 3);
    assert!(message(&record).contains("the 2 that are followed"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_others_where_none_is_asked_for() {
    let server = countdown().await;
    let record = carry(&get(&server, "/1", "")).await;
    assert_eq!(ending(&record), "http.3xx in expect at go");
    let text = get(
        &server,
        "/1",
        r#"expect = [{ header = "location", eq = "/0" }]"#,
    );
    let record = carry(&text.replace("status = 200", "status = 302")).await;
    assert_eq!(ending(&record), "pass");
    assert_eq!(server.lines(), ["GET /1", "GET /1"]);
}

#[tokio::test]
async fn the_method_and_body_that_go_on_are_those_of_the_standard() {
    for (code, method, then) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "PATCH", "PATCH"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (308, "DELETE", "DELETE"),
    ] {
        let server = Server::new(move |sent, _| match sent.target.as_str() {
            "/end" => status(200),
            _ => to(code, "/end"),
        })
        .await;
        let text = format!(
            "[[step]]\nid = \"go\"\nrequest = \"{method} http://{}/\"\nstatus = 200\n\
             redirects = 1\nbody.text = \"content\"\nheader.x-own = \"kept\"\n\
             header.content-language = \"de\"",
            server.address
        );
        let record = carry(&text).await;
        assert_eq!(ending(&record), "pass", "{code} {method}: {record:#?}");
        let sent = server.sent();
        let end = &sent[1];
        assert_eq!(end.method, then, "{code} {method}");
        assert_eq!(end.header("x-own"), Some("kept"));
        let body = (
            end.text(),
            end.header("content-type"),
            end.header("content-language"),
        );
        if then == method {
            let kind = Some("text/plain; charset=utf-8");
            assert_eq!(body, ("content", kind, Some("de")), "{code} {method}");
        } else {
            assert_eq!(body, ("", None, None), "{code} {method}");
            assert_eq!(end.header("content-length"), None, "{code} {method}");
        }
    }
}

#[tokio::test]
async fn a_location_leads_where_browsers_would_go() {
    for (location, then) in [
        ("next", "/a/b/next"),
        ("../next?q=1", "/a/next?q=1"),
        ("/next#part", "/next"),
        ("?q=2", "/a/b/c?q=2"),
        ("//HOST/next", "/next"),
        ("http://HOST/next", "/next"),
        ("HTTP://HOST", "/"),
        ("/caf\u{e9} au", "/caf%C3%A9%20au"),
    ] {
        let server = Server::new(move |sent, before| match before {
            0 => to(302, &location.replace("HOST", sent.header("host").unwrap())),
            _ => status(200),
        })
        .await;
        let record = carry(&get(&server, "/a/b/c", "redirects = 1")).await;
        assert_eq!(ending(&record), "pass", "{location}: {record:#?}");
        assert_eq!(server.sent()[1].target, then, "{location}");
    }
    for lines in [
        &[][..],
        &["Location: ftp://a.example/"],
        &["Location: http://"],
    ] {
        let server = Server::new(move |_, _| reply(302, lines, "")).await;
        let record = carry(&get(&server, "/", "redirects = 5")).await;
        assert_eq!(
            ending(&record),
            "redirect.location in receive at go",
            "{lines:?}"
        );
        assert_eq!(server.sent().len(), 1);
    }
}

#[tokio::test]
async fn a_cookie_set_on_a_hop_is_sent_on_the_next() {
    let server = Server::new(|sent, _| match sent.target.as_str() {
        "/login" => reply(
            303,
            &[
                "Location: /home",
                "Set-Cookie: sid=s-1; Path=/",
                "Set-Cookie: away=x; Path=/other",
            ],
            "",
        ),
        _ => status(200),
    })
    .await;
    let record = carry(&get(&server, "/login", "redirects = 1")).await;
    assert_eq!(ending(&record), "pass");
    let sent = server.sent();
    assert_eq!(sent[0].header("cookie"), None);
    assert_eq!(sent[1].header("cookie"), Some("sid=s-1"));
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_an_origin_the_file_does_not_name() {
    let away = Server::new(|_, _| status(200)).await;
    let target = format!("http://{}/", away.address);
    let home = Server::new(move |_, _| to(307, &target)).await;
    for own in [
        r#"auth.basic = { user = "probe", password = "correct-horse" }"#,
        r#"auth.bearer = "token-of-mine""#,
        r#"header.authorization = "Bearer token-of-mine""#,
        r#"header.cookie = "sid=token-of-mine""#,
    ] {
        let before = home.sent().len();
        let record = carry(&get(&home, "/", &format!("redirects = 5\n{own}"))).await;
        assert_eq!(ending(&record), "auth.origin in expect at go", "{own}");
        assert_eq!(home.sent().len(), before + 1, "{own}");
        assert_eq!(away.sent().len(), 0, "{own}");
    }
    let record = carry(&get(&home, "/", "redirects = 5")).await;
    assert_eq!(
        ending(&record),
        "pass",
        "without credentials nothing stays home"
    );
    assert_eq!(away.sent()[0].header("authorization"), None);
}

#[tokio::test]
async fn credentials_go_where_origins_lists_it() {
    let away = Server::new(|_, _| status(200)).await;
    let target = format!("http://{}/", away.address);
    let home = Server::new(move |_, _| to(307, &target)).await;
    let rest = format!(
        "redirects = 5\nauth.bearer = \"token-of-mine\"\norigins = [\"http://{}\"]",
        away.address
    );
    let record = carry(&get(&home, "/", &rest)).await;
    assert_eq!(ending(&record), "pass", "{record:#?}");
    assert_eq!(
        away.sent()[0].header("authorization"),
        Some("Bearer token-of-mine")
    );
}

#[tokio::test]
async fn credentials_do_not_go_where_a_capture_leads() {
    let away = Server::new(|_, _| status(200)).await;
    let url = format!("http://{}/pay", away.address);
    let home =
        Server::new(move |_, _| crate::server::json(&format!(r#"{{"next":"{url}"}}"#))).await;
    let text = |own: &str| {
        format!(
            r#"
            [[step]]
            id = "first"
            request = "GET http://{}/"
            status = 200
            capture.next = {{ json = "$.next" }}
            [[step]]
            id = "then"
            request = "GET {{{{first.next}}}}"
            status = 200
            {own}
            "#,
            home.address
        )
    };
    let record = carry(&text(r#"auth.bearer = "token-of-mine""#)).await;
    assert_eq!(ending(&record), "auth.origin in expect at then");
    assert_eq!(away.sent().len(), 0);
    let record = carry(&text("")).await;
    assert_eq!(ending(&record), "pass");
    assert_eq!(away.lines(), ["GET /pay"]);
}
