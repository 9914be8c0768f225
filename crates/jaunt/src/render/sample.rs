//! Runs made by hand, for the renderers' tests.

use jaunt_record::{
    Connect, Definition, Dns, Exchange, Expected, Failure, FailureKind, FailurePhase, Kind, Party,
    Phase, Phases, Record, RunId, Step, StepVerdict, Tls, Verdict, Void, VoidCause, Warning,
};
use std::time::Duration;

const fn us(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// A run of `steps`, which follow each other.
pub(crate) fn run(verdict: Verdict, mut steps: Vec<Step>) -> Record {
    let mut at = us(120);
    for step in &mut steps {
        step.offset = at;
        for exchange in &mut step.exchanges {
            exchange.offset += at;
        }
        at += step.duration + us(300);
    }
    let measured = steps.iter().filter(|step| !step.always);
    let duration = measured.map(|step| step.duration).sum();
    let failure = steps
        .iter()
        .filter(|step| !step.always)
        .find_map(|step| step.failure.clone());
    Record {
        id: RunId::from_bytes([
            0x01, 0x9a, 0xb9, 0x3c, 0x5e, 0x10, 0x7c, 0x3d, 0x8f, 0x21, 0, 1, 2, 3, 4, 5,
        ]),
        customer: "default".into(),
        journey: "shop".into(),
        region: "local".into(),
        agent: "here".into(),
        kind: Kind::Manual,
        slot: None,
        count: 1,
        every_s: 60,
        definition: Definition([7; 32]),
        start_ns: 1_795_617_613_000_000_042,
        end_ns: 1_795_617_614_352_123_456,
        duration,
        lateness: Duration::ZERO,
        lag: us(40),
        verdict,
        failure,
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps,
        slos: Vec::new(),
    }
}

/// A step of these exchanges, one after the other, `pause` apart.
pub(crate) fn step(id: &str, exchanges: Vec<Exchange>, pause: Duration) -> Step {
    let mut at = Duration::ZERO;
    let mut end = Duration::ZERO;
    let exchanges: Vec<Exchange> = exchanges
        .into_iter()
        .map(|mut exchange| {
            exchange.offset = at;
            end = at + exchange.duration;
            at = end + pause;
            exchange
        })
        .collect();
    Step {
        id: id.into(),
        verb: "request".into(),
        verdict: StepVerdict::Pass,
        always: false,
        offset: Duration::ZERO,
        duration: end,
        attempts: exchanges.last().map_or(0, |last| last.attempt),
        reason: None,
        failure: None,
        exchanges,
        exchanges_left_out: 0,
        expectations: Vec::new(),
        captures: Vec::new(),
    }
}

/// An exchange of `phases` in µs, answered with `status`.
pub(crate) fn exchange(phases: &[(Phase, u64)], status: u16) -> Exchange {
    let mut took = Phases::NONE;
    for (phase, count) in phases {
        took.set(*phase, us(*count));
    }
    Exchange {
        attempt: 1,
        method: "GET".into(),
        url: "https://shop.example.net/api/products?limit=20".into(),
        host: "shop.example.net".into(),
        port: 443,
        duration: took.total(),
        phases: took,
        remote: Some(([192, 0, 2, 10], 443).into()),
        protocol: Some("h2".into()),
        status: Some(status),
        status_expected: true,
        bytes_in: 4_321,
        bytes_out: 812,
        reused: took.took(Phase::Connect).is_none(),
        ..Exchange::default()
    }
}

/// A cold visit over TLS.
fn cold(wait: u64, status: u16) -> Exchange {
    Exchange {
        tls: Some(Tls {
            version: Some("1.3".into()),
            cipher: Some("TLS13_AES_256_GCM_SHA384".into()),
            alpn: Some("h2".into()),
            group: Some("X25519MLKEM768".into()),
            resumed: Some(false),
            subject: Some("CN=shop.example.net".into()),
            issuer: Some("CN=Example CA".into()),
            names: vec!["shop.example.net".into()],
            serial: Some("0a1b".into()),
            sha256: Some("00".repeat(32)),
            key: Some("P-256".into()),
            chain: 2,
            expires_at: Some(1_797_000_000),
        }),
        dns: Some(Dns {
            question: "shop.example.net.".into(),
            types: vec!["A".into(), "AAAA".into()],
            server: Some("udp 10.0.0.53:53".into()),
            rcode: Some("NOERROR".into()),
            answers: vec!["192.0.2.10".into(), "2001:db8::10".into()],
        }),
        connects: vec![
            Connect {
                address: "[2001:db8::10]:443".parse().unwrap(),
                after: Duration::ZERO,
                took: us(262_000),
                error: Some("lost the race".into()),
            },
            Connect {
                address: "192.0.2.10:443".parse().unwrap(),
                after: us(250_000),
                took: us(12_000),
                error: None,
            },
        ],
        ..exchange(
            &[
                (Phase::Resolve, 21_400),
                (Phase::Connect, 262_000),
                (Phase::Tls, 48_300),
                (Phase::Send, 35),
                (Phase::Wait, wait),
                (Phase::Receive, 4_020),
            ],
            status,
        )
    }
}

/// A request on a kept connection.
fn warm(wait: u64, status: u16) -> Exchange {
    exchange(
        &[
            (Phase::Send, 35),
            (Phase::Wait, wait),
            (Phase::Receive, 210),
        ],
        status,
    )
}

fn expected(subject: &str, expected: &str, actual: &str, holds: bool, otherwise: &str) -> Expected {
    Expected {
        subject: subject.into(),
        expected: expected.into(),
        actual: actual.into(),
        holds,
        otherwise: otherwise.into(),
    }
}

fn failed(mut step: Step, phase: FailurePhase, kind: FailureKind, message: &str) -> Step {
    step.verdict = StepVerdict::Fail;
    step.failure = Some(Failure {
        step: step.id.clone(),
        phase,
        kind,
        party: Party::presumed(phase),
        message: message.into(),
        excerpt: None,
    });
    step
}

fn skipped(id: &str) -> Step {
    Step {
        verdict: StepVerdict::Skipped,
        reason: Some("an earlier step failed".into()),
        ..step(id, vec![], Duration::ZERO)
    }
}

fn login() -> Step {
    Step {
        expectations: vec![
            expected("status code", "eq 200", "200", true, "fail"),
            expected("cookie sid secure", "exists true", "true", true, "fail"),
            expected("latency total", "lt 1500ms", "640ms", true, "slow"),
        ],
        captures: vec![("csrf".into(), "***".into())],
        ..step("login", vec![cold(304_000, 200)], Duration::ZERO)
    }
}

fn logout() -> Step {
    Step {
        always: true,
        ..step("logout", vec![warm(18_000, 204)], Duration::ZERO)
    }
}

/// All well, with a poll.
pub(crate) fn pass() -> Record {
    let attempts = [15_000, 16_000, 15_500].into_iter().enumerate();
    let polls = attempts.map(|(at, wait)| Exchange {
        attempt: u32::try_from(at).unwrap() + 1,
        ..warm(wait, 200)
    });
    run(
        Verdict::Pass,
        vec![
            login(),
            step("browse", vec![warm(80_000, 200)], Duration::ZERO),
            step("pay", vec![warm(122_000, 201)], Duration::ZERO),
            step("confirmed", polls.collect(), us(300_000)),
            logout(),
        ],
    )
}

/// Beyond a latency it was graded on.
pub(crate) fn slow() -> Record {
    let mut slow = login();
    slow.verdict = StepVerdict::Slow;
    slow.exchanges = vec![cold(1_904_000, 200)];
    slow.duration = slow.exchanges[0].duration;
    slow.expectations[2] = expected("latency total", "lt 1500ms", "2.24s", false, "slow");
    run(Verdict::Slow, vec![slow, logout()])
}

/// An expectation did not hold; the answer holds what a terminal would obey.
pub(crate) fn fail_expect() -> Record {
    let message = "2 of 4 expectations do not hold";
    let mut pay = failed(
        step("pay", vec![warm(122_000, 201)], Duration::ZERO),
        FailurePhase::Expect,
        FailureKind::ExpectJson,
        message,
    );
    pay.expectations = vec![
        expected("status code", "eq 201", "201", true, "fail"),
        expected(
            "json $.order.total",
            "eq 12.50",
            "\"12.50\" (text)",
            false,
            "fail",
        ),
        expected(
            "json $.order.id",
            "exists true",
            "no such key",
            false,
            "fail",
        ),
        expected(
            "header content-type",
            "starts_with \"application/json\"",
            "\"application/json\"",
            true,
            "fail",
        ),
    ];
    if let Some(failure) = &mut pay.failure {
        failure.party = Party::new("provider:payments");
        failure.excerpt =
            Some("{\"order\":{\n  \"total\":\"12.50\",\"note\":\"\u{1b}[2J\u{7}\"}}".into());
    }
    run(
        Verdict::Fail,
        vec![login(), pay, skipped("confirmed"), logout()],
    )
}

/// A status that was not expected.
pub(crate) fn fail_status() -> Record {
    let mut exchange = warm(31_000, 503);
    exchange.failed = Some((FailurePhase::Wait, FailureKind::Http5xx));
    exchange.status_expected = false;
    let mut browse = failed(
        step("browse", vec![exchange], Duration::ZERO),
        FailurePhase::Wait,
        FailureKind::Http5xx,
        "`GET https://shop.example.net/api/products?limit=20` answered 503 where 200 was expected",
    );
    browse.expectations = vec![expected("status code", "eq 200", "503", false, "fail")];
    run(Verdict::Fail, vec![login(), browse, skipped("pay")])
}

/// A timeout in TLS, which keeps what connect took.
pub(crate) fn fail_timeout() -> Record {
    let mut exchange = exchange(
        &[
            (Phase::Resolve, 21_400),
            (Phase::Connect, 12_000),
            (Phase::Tls, 4_966_600),
        ],
        0,
    );
    exchange.status = None;
    exchange.failed = Some((FailurePhase::Tls, FailureKind::TimeoutTls));
    let home = failed(
        step("home", vec![exchange], Duration::ZERO),
        FailurePhase::Tls,
        FailureKind::TimeoutTls,
        "no answer to the TLS handshake with `shop.example.net:443` within 5s",
    );
    run(Verdict::Fail, vec![home])
}

/// Our own fault.
pub(crate) fn void() -> Record {
    let mut home = step("home", vec![warm(90_000, 200)], Duration::ZERO);
    home.verdict = StepVerdict::Void;
    let mut record = run(Verdict::Void, vec![home, skipped("next")]);
    record.void = Some(Void {
        cause: VoidCause::Overloaded,
        message: "the runtime kept the run waiting for 71 ms in a measured phase".into(),
    });
    record
}

/// Redirect hops, and warnings of both kinds.
pub(crate) fn warned() -> Record {
    let mut hop = cold(22_000, 301);
    hop.url = "http://example.net/".into();
    let mut landed = cold(44_000, 200);
    landed.hop = 1;
    let mut logout = failed(
        logout(),
        FailurePhase::Wait,
        FailureKind::Http5xx,
        "`POST https://shop.example.net/api/logout` answered 500 where 204 was expected",
    );
    logout.verdict = StepVerdict::Fail;
    let mut record = run(
        Verdict::Pass,
        vec![step("home", vec![hop, landed], Duration::ZERO), logout],
    );
    record.warnings = vec![
        Warning {
            step: "home".into(),
            expected: "cert expires_in ge 21d".into(),
            actual: "16d".into(),
            cleanup: false,
        },
        Warning {
            step: "logout".into(),
            expected: "status 204".into(),
            actual: "500".into(),
            cleanup: true,
        },
    ];
    record
}

/// Durations of microseconds, a name that is too long, and wide characters.
pub(crate) fn odd() -> Record {
    let long = "a-step-whose-name-goes-on-and-on-until-nobody-reads-it-any-more";
    let tiny = exchange(
        &[(Phase::Send, 35), (Phase::Wait, 35), (Phase::Receive, 1)],
        200,
    );
    let mut wide = failed(
        step("東京", vec![warm(500, 200)], Duration::ZERO),
        FailurePhase::Expect,
        FailureKind::ExpectBody,
        "1 of 1 expectations does not hold",
    );
    wide.expectations = vec![expected(
        "body text",
        "contains \"größer\"",
        "\"東京都\"",
        false,
        "fail",
    )];
    let mut record = run(
        Verdict::Fail,
        vec![step(long, vec![tiny], Duration::ZERO), wide],
    );
    record.customer = "acme".into();
    record.journey = "checkout[host=a.example]".into();
    record
}

/// A poll of many attempts.
pub(crate) fn long_poll() -> Record {
    let polls = (1..=12).map(|attempt| Exchange {
        attempt,
        ..warm(15_000, 200)
    });
    let mut step = failed(
        step("confirmed", polls.collect(), us(500_000)),
        FailurePhase::Expect,
        FailureKind::ExpectJson,
        "the poll ended after 40 attempts in 10s and 1 of 2 expectations does not hold",
    );
    step.attempts = 40;
    step.exchanges_left_out = 28;
    step.expectations = vec![expected(
        "json $.status",
        "eq \"confirmed\"",
        "\"pending\"",
        false,
        "fail",
    )];
    run(Verdict::Fail, vec![step])
}
