//! What holds between the files that `jaunt run` is given, and what it comes to.

use crate::support::{
    jaunt::{Jaunt, calmly, check, jaunt, run},
    scripted::{Scripted, answer, ok},
};
use std::collections::BTreeSet;

fn journey(name: &str, url: &str, more: &str) -> String {
    format!(
        "journey = '{name}'\n{more}\n[[step]]\nid = 'one'\nrequest = 'GET {url}'\nstatus = 200\n"
    )
}

fn found() -> Scripted {
    Scripted::start([ok("", "")])
}

fn broken() -> Scripted {
    Scripted::start([answer(
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    )])
}

/// Nothing can be told of a journey whose secret is missing.
const MISSING: &str = "[secrets]\nkey = { from = 'env:JAUNT_TEST_NO_SUCH_SECRET' }";

#[test]
fn of_several_journeys_the_worst_verdict_is_the_exit_code() {
    let (fine, bad) = (found(), broken());
    let pass = journey("pass", &fine.url("/"), "");
    let slow = journey("slow", &fine.url("/"), "slow = '1ms'\nevery = '60s'");
    let fail = journey("fail", &bad.url("/"), "");
    let void = journey("void", &fine.url("/"), MISSING);
    for (files, code) in [
        (vec![&pass, &slow], 0),
        (vec![&pass, &fail], 1),
        (vec![&fail, &pass], 1),
        (vec![&void, &pass], 2),
        (vec![&fail, &void, &pass], 2),
    ] {
        calmly(|| {
            let all = files
                .iter()
                .fold(jaunt(["run", "--format", "json"]), |all, one| {
                    all.journey(one)
                });
            let ran = all.go();
            let mut verdicts = ran.lines();
            ran.calm();
            assert_eq!(verdicts.len(), files.len(), "{ran}");
            assert_eq!(ran.code, code, "{ran}");
            verdicts.retain(|one| one["verdict"] == "void");
            assert_eq!(verdicts.is_empty(), code < 2, "{ran}");
        });
    }
}

#[test]
fn where_one_file_is_refused_nothing_is_run_and_every_problem_is_told() {
    let server = found();
    let ran = run(&journey("sound", &server.url("/"), ""))
        .journey(&journey(
            "broken",
            &server.url("/"),
            "evrey = '5s'\nslow = '2'",
        ))
        .go();
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
    for said in [
        "[unknown-key]",
        "[duration-unit]",
        "nothing was run: 1 of 2 files refused",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{ran}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn all_that_keeps_journeys_from_starting_is_told_before_any_starts() {
    let server = found();
    let with = |name: &str, file: &str| {
        let url = server.url("/");
        format!(
            "journey = '{name}'\n[[step]]\nid = 'one'\nrequest = 'POST {url}'\nbody.file = '{file}'\nstatus = 200\n\
             [[step]]\nid = 'two'\nrequest = 'POST {url}'\nbody.file = 'other-{file}'\nstatus = 200\n"
        )
    };
    let ran = run(&journey("sound", &server.url("/"), ""))
        .journey(&with("first", "a.txt"))
        .journey(&with("second", "b.txt"))
        .go();
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
    for file in ["`a.txt`", "`other-a.txt`", "`b.txt`", "`other-b.txt`"] {
        assert!(ran.stderr.contains(file), "{file}\n{ran}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_variable_reaches_the_files_that_have_it_and_one_that_none_has_is_refused() {
    let server = found();
    let with = format!(
        "journey = 'with'\n[vars]\nbase = 'http://127.0.0.1:1'\n{}",
        "[[step]]\nrequest = 'GET {{vars.base}}/with'\nstatus = 200\n"
    );
    let without = journey("without", &server.url("/without"), "");
    let both = |name: &str| run(&with).journey(&without).var(name, server.url(""));
    calmly(|| {
        let ran = both("base").go();
        ran.calm();
        assert_eq!((ran.code, ran.lines().len()), (0, 2), "{ran}");
    });
    let ran = both("bsae").go();
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("did you mean `base`?"), "{ran}");
}

/// What `init` writes lies in one folder; `check` of it is what comes to mind.
#[test]
fn a_folder_with_an_agent_beside_its_journeys_is_checked_and_the_agent_passed_over() {
    let ran = check(&journey("home", "https://a.example/", ""))
        .file("agent.toml", "region = 'a'\n[[source]]\ndir = '.'\n")
        .arg(".")
        .go();
    assert!(ran.stderr.contains("passed over ./agent.toml"), "{ran}");
}

/// Behaviour 41.
#[test]
fn a_quorum_larger_than_the_number_of_regions_is_refused() {
    let with = |quorum: u32| {
        let more = format!("regions = ['a', 'b']\nquorum = {quorum}");
        check(&journey("quorum", "https://a.example/", &more)).go()
    };
    assert_eq!(with(2).code, 0);
    with(3).refused("quorum");
}

#[test]
fn until_ends_a_run_after_its_step_and_cleans_up() {
    let server = found();
    let step = |id: &str, more: &str| {
        let url = server.url(&format!("/{id}"));
        format!("[[step]]\nid = '{id}'\nrequest = 'GET {url}'\nstatus = 200\n{more}\n")
    };
    let journey = format!(
        "journey = 'until'\n{}{}{}",
        step("first", ""),
        step("second", ""),
        step("tidy", "always = true")
    );
    calmly(|| {
        let before = server.requests().len();
        let record = run(&journey).args(["--until", "first"]).go().judged("pass");
        assert_eq!(record["steps"][1]["verdict"], "skipped");
        let sent: Vec<String> = server
            .requests()
            .drain(before..)
            .map(|one| one.target)
            .collect();
        assert_eq!(sent, ["/first", "/tidy"]);
    });
    let ran = run(&journey).args(["--until", "thrid"]).go();
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("`thrid`"), "{ran}");
}

#[test]
fn many_runs_end_in_a_summary_with_percentiles_and_reasons() {
    let (fine, bad) = (found(), broken());
    let many = |url: &str| -> Jaunt {
        jaunt(["run", "--repeat", "12"]).journey(&journey("many", url, ""))
    };
    calmly(|| {
        let before = fine.requests().len();
        let ran = many(&fine.url("/")).go();
        ran.calm();
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(fine.requests().len() - before, 12);
        let (head, figures) = ran
            .stdout
            .split_once("many  12 runs: 12 pass\n")
            .expect(&ran.stdout);
        assert_eq!(head.matches("pass in ").count(), 12, "{ran}");
        for name in ["min", "p50", "p90", "max"] {
            assert!(figures.contains(name), "{name}\n{ran}");
        }
        assert!(
            !figures.contains("p99"),
            "none of twelve lies beyond it\n{ran}"
        );
    });
    calmly(|| {
        let ran = many(&bad.url("/")).go();
        ran.calm();
        assert_eq!(ran.code, 1, "{ran}");
        assert!(
            ran.stdout
                .contains("many  12 runs: 12 fail\n  12 × http.5xx in step `one`\n"),
            "{ran}"
        );
    });
}

/// The names that DESIGN promises to programs, in their order; new ones may stand between them.
#[test]
fn the_json_of_a_run_has_the_promised_keys() {
    calmly(|| {
        let server = found();
        let text = journey("keys", &server.url("/"), "")
            + "expect = [{ size = 'bytes', lt = 5 }]\ncapture.a = { status = 'code' }\n";
        let record = run(&text).go().judged("pass");
        let has = |value: &serde_json::Value, keys: &[&str]| {
            let known: BTreeSet<&str> = value
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            for key in keys {
                assert!(known.contains(key), "no `{key}` in {value}");
            }
        };
        has(
            &record,
            &[
                "run_id",
                "journey",
                "customer",
                "region",
                "agent",
                "kind",
                "slot",
                "started_at",
                "start_ns",
                "end_ns",
                "duration_ms",
                "verdict",
                "warnings",
                "failure",
                "void",
                "steps",
            ],
        );
        let step = &record["steps"][0];
        has(
            step,
            &[
                "id",
                "verb",
                "verdict",
                "offset_ms",
                "duration_ms",
                "attempts",
                "exchanges",
                "expectations",
                "captures",
            ],
        );
        has(
            &step["exchanges"][0],
            &[
                "attempt",
                "url",
                "phases_ms",
                "remote",
                "protocol",
                "tls",
                "status",
                "bytes_in",
                "bytes_out",
                "reused",
            ],
        );
        has(
            &step["expectations"][0],
            &["subject", "expected", "actual", "holds", "else"],
        );
        assert_eq!(record["kind"], "manual");
        assert_eq!(step["captures"]["a"], "200");
    });
}
