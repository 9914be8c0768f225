//! Redirects.

use super::{get, one};
use crate::support::{
    httpbin::Httpbin,
    jaunt::{calmly, run},
    pki::Authority,
    scripted::{Scripted, answer, ok},
    skip::or_skip,
    unbound::Unbound,
};

fn moved(status: u16, headers: &str) -> crate::support::scripted::Script {
    answer(format!(
        "HTTP/1.1 {status} Moved\r\n{headers}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ))
}

/// Behaviour 2.
#[test]
fn the_limit_of_redirects_is_exact_and_one_too_many_names_the_chain() {
    calmly(|| {
        let httpbin = or_skip!(Httpbin::shared());
        let url = httpbin.url("/relative-redirect/3");
        let record = run(&get(
            &url,
            "status = 200\nredirects = 3\nexpect = [{ redirects = \"count\", eq = 3 }]",
        ))
        .go()
        .judged("pass");
        let hops = record["steps"][0]["exchanges"].as_array().unwrap();
        let statuses: Vec<u64> = hops
            .iter()
            .map(|hop| hop["status"].as_u64().unwrap())
            .collect();
        assert_eq!(statuses, [302, 302, 302, 200]);

        let record = run(&get(&url, "status = 200\nredirects = 2"))
            .go()
            .failed("receive", "redirect.limit");
        let message = record["failure"]["message"].as_str().unwrap();
        for piece in [
            "/relative-redirect/3",
            "/relative-redirect/2",
            "/relative-redirect/1",
        ] {
            assert!(message.contains(piece), "{message}");
        }
        assert_eq!(record["steps"][0]["exchanges"].as_array().unwrap().len(), 3);
    });
}

/// Behaviours 2 and 3.
#[test]
fn a_redirect_that_nobody_asked_to_follow_is_judged_itself() {
    calmly(|| {
        let server = Scripted::start([moved(302, "Location: /next")]);
        let rest = "status = 302\nexpect = [{ header = \"location\", eq = \"/next\" }]";
        run(&get(&server.url("/"), rest)).go().judged("pass");
        assert_eq!(server.only_request().target, "/");
        run(&get(&server.url("/"), "status = 200"))
            .go()
            .failed("expect", "http.3xx");
        assert_eq!(server.requests().len(), 2);
    });
}

/// Behaviour 2: methods and bodies as browsers carry them on.
#[test]
fn a_303_becomes_a_get_without_a_body_and_a_307_stays_what_it_was() {
    calmly(|| {
        for (status, method, body) in [
            (303, "GET", ""),
            (302, "GET", ""),
            (307, "POST", "{\"a\":1}"),
            (308, "POST", "{\"a\":1}"),
        ] {
            let server = Scripted::start([moved(status, "Location: /next"), ok("", "")]);
            let url = server.url("/");
            run(&one(&format!(
                "request = \"POST {url}\"\nbody.json = {{ a = 1 }}\nstatus = 200\nredirects = 1"
            )))
            .go()
            .judged("pass");
            let requests = server.requests();
            assert_eq!(requests.len(), 2, "{status}");
            assert_eq!(
                (requests[1].method.as_str(), requests[1].text()),
                (method, body),
                "{status}"
            );
            let kind = (method == "POST").then_some("application/json");
            assert_eq!(requests[1].header("content-type"), kind, "{status}");
        }
    });
}

/// Behaviour 4: the header of another origin stops the step before a byte leaves for it.
#[test]
fn credentials_do_not_follow_a_redirect_to_another_origin() {
    calmly(|| {
        let other = Scripted::start([ok("", "")]);
        let location = format!("Location: {}", other.url("/take"));
        for auth in [
            "auth.bearer = \"{{secrets.token}}\"",
            "header.x-token = \"{{secrets.token}}\"",
            "auth.basic = { user = \"u\", password = \"{{secrets.token}}\" }",
        ] {
            let server = Scripted::start([moved(302, &location)]);
            let text = format!(
                "journey = \"t\"\nsecrets.token = {{ from = \"env:TOKEN\" }}\n[[step]]\nrequest = \"GET {}\"\nstatus = 200\nredirects = 2\n{auth}\n",
                server.url("/")
            );
            let ran = run(&text).env("TOKEN", "hunter2-hunter2").go();
            ran.failed("expect", "auth.origin");
            assert!(!ran.stdout.contains("hunter2-hunter2"), "{ran}");
            assert_eq!(server.requests().len(), 1);
            assert_eq!(other.connections().len(), 0, "{auth}");
        }
    });
}

/// Behaviour 4: on their own origin they go on.
#[test]
fn credentials_stay_with_a_redirect_on_their_own_origin() {
    calmly(|| {
        let server = Scripted::start([moved(302, "Location: /next"), ok("", "")]);
        let rest = "status = 200\nredirects = 1\nauth.basic = { user = \"u\", password = \"{{secrets.token}}\" }";
        let text = get(&server.url("/"), rest).replace(
            "[[step]]",
            "secrets.token = { from = \"env:TOKEN\" }\n[[step]]",
        );
        run(&text)
            .env("TOKEN", "hunter2-hunter2")
            .go()
            .judged("pass");
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(
            requests[0].header("authorization"),
            requests[1].header("authorization")
        );
        assert_eq!(
            requests[1].header("authorization"),
            Some("Basic dTpodW50ZXIyLWh1bnRlcjI=")
        );
    });
}

/// Behaviour 4: cookies have their own host, and are back when the way leads back there.
#[test]
fn cookies_do_not_leave_their_host_on_a_redirect() {
    calmly(|| {
        let other = Scripted::start([ok("", "")]);
        let location = format!(
            "Set-Cookie: sid=abc; Path=/\r\nLocation: {}",
            other.url("/")
        );
        let server = Scripted::start([moved(302, &location)]);
        run(&get(&server.url("/"), "status = 200\nredirects = 2"))
            .go()
            .judged("pass");
        assert_eq!(other.only_request().header("cookie"), None);

        let home = Scripted::start([
            moved(302, "Set-Cookie: sid=abc; Path=/\r\nLocation: /in"),
            ok("", ""),
        ]);
        run(&get(&home.url("/"), "status = 200\nredirects = 2"))
            .go()
            .judged("pass");
        assert_eq!(home.requests()[1].header("cookie"), Some("sid=abc"));
    });
}

/// Behaviour 5.
#[test]
fn a_host_header_names_the_server_in_tls_and_an_explicit_name_wins() {
    calmly(|| {
        let authority = Authority::new();
        let identity = authority.sound(&["shop.test", "other.test"]);
        for (rest, sni, host) in [
            ("header.host = \"shop.test\"", "shop.test", "shop.test"),
            (
                "header.host = \"shop.test\"\ntls.server_name = \"other.test\"",
                "other.test",
                "shop.test",
            ),
        ] {
            let server = Scripted::start_tls(&identity, &[], [ok("", "")]);
            let journey = get(&server.tls_url("/"), &format!("status = 200\n{rest}"));
            run(&journey).trusting(&authority).go().judged("pass");
            let seen = server.connections();
            assert_eq!(seen[0].sni.as_deref(), Some(sni), "{rest}");
            assert_eq!(server.only_request().header("host"), Some(host), "{rest}");
        }
    });
}

/// Behaviour 5.
#[test]
fn each_hop_asks_for_its_own_host_and_is_held_against_it() {
    calmly(|| {
        let authority = Authority::new();
        for (second, verdict) in [("b.test", "pass"), ("a.test", "fail")] {
            let there = Scripted::start_tls(&authority.sound(&[second]), &[], [ok("", "")]);
            let location = format!("Location: https://b.test:{}/next", there.addr().port());
            let here =
                Scripted::start_tls(&authority.sound(&["a.test"]), &[], [moved(302, &location)]);
            let unbound = or_skip!(Unbound::start(&[
                &format!("a.test. 60 IN A {}", here.addr().ip()),
                &format!("b.test. 60 IN A {}", there.addr().ip()),
            ]));
            let url = format!("https://a.test:{}/", here.addr().port());
            let rest = "status = 200\nredirects = 1\nheader.x-kept = \"yes\"";
            let ran = run(&get(&url, rest))
                .trusting(&authority)
                .under(unbound.runner())
                .go();
            let record = ran.judged(verdict);
            assert_eq!(here.connections()[0].sni.as_deref(), Some("a.test"));
            if verdict == "fail" {
                ran.failed("tls", "tls.wrong-name");
                assert!(there.requests().is_empty());
            } else {
                assert_eq!(there.connections()[0].sni.as_deref(), Some("b.test"));
                let host = format!("b.test:{}", there.addr().port());
                assert_eq!(there.only_request().header("host"), Some(host.as_str()));
                assert_eq!(
                    record["steps"][0]["exchanges"][1]["tls"]["names"][0],
                    "b.test"
                );
            }
        }
    });
}

/// Behaviour 6.
#[test]
fn upper_case_schemes_and_relative_locations_are_made_one() {
    calmly(|| {
        let server = Scripted::start([moved(302, "Location: ../b/./c?x=1#part"), ok("", "")]);
        let at = server.addr();
        let rest = format!(
            "status = 200\nredirects = 1\nexpect = [{{ url = \"final\", eq = \"http://{at}/b/c?x=1\" }}]"
        );
        let record = run(&get(&format!("HTTP://{at}/a/x"), &rest))
            .go()
            .judged("pass");
        let hops = &record["steps"][0]["exchanges"];
        assert_eq!(hops[0]["url"], format!("http://{at}/a/x"));
        assert_eq!(hops[1]["url"], format!("http://{at}/b/c?x=1"));
        assert_eq!(server.requests()[1].target, "/b/c?x=1");
    });
}

/// Behaviour 4.
#[test]
fn credentials_do_not_follow_a_url_that_a_capture_brought() {
    calmly(|| {
        let other = Scripted::start([ok("", "")]);
        let list = Scripted::start([ok("", format!("{{\"next\":\"{}\"}}", other.url("/take")))]);
        let text = format!(
            "journey = \"t\"\nsecrets.token = {{ from = \"env:TOKEN\" }}\n\
             [[step]]\nid = \"list\"\nrequest = \"GET {}\"\nstatus = 200\ncapture.next = {{ json = \"$.next\" }}\n\
             [[step]]\nid = \"take\"\nrequest = \"GET {{{{list.next}}}}\"\nstatus = 200\nauth.bearer = \"{{{{secrets.token}}}}\"\n",
            list.url("/")
        );
        run(&text)
            .env("TOKEN", "hunter2-hunter2")
            .go()
            .failed("expect", "auth.origin");
        assert_eq!(other.connections().len(), 0);
    });
}
