//! `jaunt run` at a terminal, in a pipe, and when it is told to stop.

use crate::support::{
    jaunt::{Ran, calmly, jaunt, run},
    place,
    scripted::{Act, Scripted, answer, ok},
};
use std::io::{BufRead, BufReader};

const ESCAPE: char = '\u{1b}';

fn step(id: &str, url: &str, more: &str) -> String {
    format!("[[step]]\nid = '{id}'\nrequest = 'GET {url}'\nstatus = 200\n{more}\n")
}

/// Two steps that pass, on a connection that is kept.
fn two_steps(server: &Scripted) -> String {
    let (first, second) = (server.url("/first"), server.url("/second"));
    format!(
        "journey = 'two'\n{}{}",
        step("first", &first, ""),
        step("second", &second, "")
    )
}

/// Whether a text is coloured: a style (`ESC [ … m`), not a movement of the cursor.
fn is_coloured(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|part| {
        part.find(|character: char| character.is_ascii_alphabetic())
            .is_some_and(|end| part[end..].starts_with('m'))
    })
}

fn human(journey: &str) -> crate::support::jaunt::Jaunt {
    jaunt(["run"]).journey(journey)
}

fn passed(ran: &Ran) {
    ran.calm();
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("pass"), "{ran}");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let server = Scripted::start([ok("", "")]);
    let journey = two_steps(&server);
    calmly(|| {
        let piped = human(&journey).go();
        assert!(!piped.stdout.contains(ESCAPE), "{piped}");
        let asked = human(&journey).args(["--color", "always"]).go();
        assert!(is_coloured(&asked.stdout), "{asked}");
        let terminal = human(&journey).on_terminal();
        assert!(is_coloured(&terminal.stdout), "{terminal}");
        let refused = human(&journey).args(["--color", "never"]).on_terminal();
        assert!(!is_coloured(&refused.stdout), "{refused}");
        let declined = human(&journey).env("NO_COLOR", "1").on_terminal();
        assert!(!is_coloured(&declined.stdout), "{declined}");
        for ran in [piped, asked, terminal, refused, declined] {
            passed(&ran);
        }
    });
}

#[test]
fn diagnostics_have_no_colours_in_a_pipe_and_none_where_they_are_not_wanted() {
    let broken = "journey = 'a'\nevrey = '5s'\n";
    let piped = jaunt(["check"]).journey(broken).go();
    assert!(piped.stderr.contains("`every`"), "{piped}");
    assert!(!piped.stderr.contains(ESCAPE), "{piped}");
    let terminal = jaunt(["check"]).journey(broken).on_terminal();
    assert!(is_coloured(&terminal.stdout), "{terminal}");
    let declined = jaunt(["check"])
        .journey(broken)
        .env("NO_COLOR", "1")
        .on_terminal();
    assert!(!is_coloured(&declined.stdout), "{declined}");
    for ran in [piped, terminal, declined] {
        assert_eq!(ran.code, 2, "{ran}");
    }
}

#[test]
fn on_a_terminal_each_step_appears_as_it_ends_and_gives_way_to_the_waterfall() {
    let server = Scripted::start([ok("", "")]);
    let ran = human(&two_steps(&server))
        .args(["--color", "never"])
        .on_terminal();
    passed(&ran);
    let (live, whole) = ran
        .stdout
        .rsplit_once("\u{1b}[J")
        .expect("the live lines are taken away");
    let (first, second) = (live.find("first").unwrap(), live.rfind("second").unwrap());
    assert!(first < second, "{ran}");
    assert!(
        whole.contains("first") && whole.contains("pass in"),
        "{ran}"
    );
    let dumb = human(&two_steps(&server)).env("TERM", "dumb").on_terminal();
    assert!(!dumb.stdout.contains("\u{1b}[J"), "{dumb}");
}

/// The reader of a pipe that has seen enough, as `head -1`.
#[test]
fn a_pipe_whose_reader_leaves_ends_neither_the_runs_nor_their_verdict() {
    calmly(|| {
        const RUNS: usize = 30;
        let server = Scripted::start([ok("", "")]);
        let count = RUNS.to_string();
        for format in ["json", "human"] {
            let before = server.requests().len();
            let journey = format!(
                "journey = 'pipe'\n[[step]]\nrequest = 'GET {}'\nstatus = 204\n",
                server.url("/")
            );
            let ran = jaunt(["run", "--format", format, "--repeat", &count])
                .journey(&journey)
                .read_by(|stdout| {
                    let mut line = String::new();
                    BufReader::new(stdout).read_line(&mut line).unwrap();
                    assert!(line.contains("fail"), "{line}");
                });
            assert_eq!(server.requests().len() - before, RUNS, "{ran}");
            ran.calm();
            assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{ran}");
        }
    });
}

/// Ctrl-C, and what a service manager sends: the step in flight ends, clean-up runs, and the run is
/// void, since nobody knows how it would have gone on.
#[test]
fn a_run_that_is_told_to_stop_cleans_up_and_judges_nothing() {
    calmly(|| {
        for signal in ["INT", "TERM"] {
            let hanging = Scripted::start([vec![Act::Read, Act::Hold]]);
            let server = Scripted::start([ok("", "")]);
            let journey = format!(
                "journey = 'stop'\n{}{}{}",
                step("hangs", &hanging.url("/hangs"), "timeout = '20s'"),
                step("later", &server.url("/later"), ""),
                step("tidy", &server.url("/tidy"), "always = true"),
            );
            let running = run(&journey).start();
            place::until("the request that hangs", || !hanging.requests().is_empty());
            running.signal(signal);
            let ran = running.end();
            let record = ran.record();
            assert_eq!((ran.code, &record["verdict"]), (2, &"void".into()), "{ran}");
            assert_eq!(record["void"]["cause"], "shutdown", "{ran}");
            assert_eq!(record["failure"], serde_json::Value::Null, "{ran}");
            assert_eq!(server.only_request().target, "/tidy");
            assert!(record["duration_ms"].as_f64().unwrap() < 19_000.0, "{ran}");
        }
    });
}

#[test]
fn of_many_runs_one_that_is_told_to_stop_is_the_last_and_all_are_told() {
    calmly(|| {
        for (format, told) in [
            ("human", "2 runs: 1 pass, 1 void"),
            ("tap", "1..2"),
            ("junit", "shutdown"),
        ] {
            let server = Scripted::start([
                answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
                vec![Act::Read, Act::Hold],
            ]);
            let journey = format!(
                "journey = 'many'\n{}",
                step("one", &server.url("/"), "timeout = '20s'")
            );
            let running = jaunt(["run", "--format", format, "--repeat", "50"])
                .journey(&journey)
                .start();
            place::until("the second run", || server.requests().len() == 2);
            running.signal("INT");
            let ran = running.end();
            ran.calm();
            assert_eq!(ran.code, 2, "{ran}");
            assert!(ran.stdout.contains(told), "{told}\n{ran}");
        }
    });
}

#[test]
fn a_second_interrupt_ends_a_clean_up_that_hangs() {
    calmly(|| {
        let hanging = Scripted::start([vec![Act::Read, Act::Hold]]);
        let journey = format!(
            "journey = 'twice'\n{}{}",
            step("hangs", &hanging.url("/hangs"), "timeout = '20s'"),
            step(
                "tidy",
                &hanging.url("/tidy"),
                "always = true\ntimeout = '20s'"
            ),
        );
        let running = run(&journey).start();
        place::until("the request that hangs", || hanging.requests().len() == 1);
        running.signal("INT");
        place::until("the clean-up that hangs", || hanging.requests().len() == 2);
        running.signal("INT");
        let ran = running.end();
        ran.calm();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
    });
}
