//! The lasting encoding: what goes in comes out, old bytes stay readable, garbage is told apart.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_record::{
    Connect, Definition, Dns, Exchange, Expected, Failure, FailureKind, FailurePhase, Kind, Missed,
    Outcome, Party, Phase, Phases, Record, RunId, SloOutcome, Step, StepVerdict, Tls, Verdict,
    Void, VoidCause, Warning,
    wire::{DecodeError, VERSION, decode, encode},
};
use proptest::{collection::vec, option, prelude::*};
use std::{
    net::{SocketAddr, SocketAddrV6},
    time::Duration,
};

/// Bytes that version 1 wrote, in hex: they must be readable for good.
const GOLDEN_1: &str = include_str!("wire/version-1.hex");

/// The record that those bytes hold: every field set, none to its default.
fn golden() -> Record {
    let mut phases = Phases::NONE;
    for (phase, ns) in Phase::ALL
        .iter()
        .zip([0, 2_000, 3_000, 4_000, 5_000, 6_000])
    {
        phases.set(*phase, Duration::from_nanos(ns));
    }
    let link_local = [0xfe80, 0, 0, 0, 0, 0, 0, 1].into();
    let failure = Failure {
        step: "pay".into(),
        phase: FailurePhase::Expect,
        kind: FailureKind::Http5xx,
        party: Party::new("payments"),
        message: "`pay` answered 503".into(),
        excerpt: Some("{\"error\":\"ä\"}".into()),
    };
    let exchange = Exchange {
        attempt: 2,
        hop: 1,
        method: "GET".into(),
        url: "https://shop.example/pay?token=***".into(),
        host: "shop.example".into(),
        port: 443,
        offset: Duration::from_nanos(7),
        duration: Duration::from_nanos(20_000),
        phases,
        remote: Some(SocketAddrV6::new(link_local, 443, 0, 3).into()),
        protocol: Some("h2".into()),
        tls: Some(Tls {
            version: Some("1.3".into()),
            cipher: Some("TLS_AES_128_GCM_SHA256".into()),
            alpn: Some("h2".into()),
            group: Some("X25519".into()),
            resumed: Some(false),
            subject: Some("CN=shop.example".into()),
            issuer: Some("CN=authority".into()),
            names: vec!["shop.example".into(), "*.shop.example".into()],
            serial: Some("0a".into()),
            sha256: Some("ff".into()),
            key: Some("P-256".into()),
            chain: 2,
            expires_at: Some(1_800_000_000),
        }),
        dns: Some(Dns {
            question: "shop.example.".into(),
            types: vec!["AAAA".into(), "A".into()],
            server: Some("udp 10.0.0.53:53".into()),
            rcode: Some("NOERROR".into()),
            answers: vec!["192.0.2.1".into()],
        }),
        connects: vec![Connect {
            address: ([192, 0, 2, 1], 443).into(),
            after: Duration::from_nanos(8),
            took: Duration::from_nanos(9),
            error: Some("lost the race".into()),
        }],
        status: Some(503),
        status_expected: true,
        bytes_in: 10,
        bytes_out: 11,
        reused: true,
        failed: Some((FailurePhase::Wait, FailureKind::TimeoutWait)),
        traced: true,
    };
    Record {
        id: RunId::from_bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        customer: "acme".into(),
        journey: "checkout[host=a]".into(),
        region: "fra".into(),
        agent: "fra-1".into(),
        kind: Kind::Scheduled,
        slot: Some(-60),
        count: 3,
        every_s: 60,
        definition: Definition([9; 32]),
        start_ns: 1_764_000_000_000_000_000,
        end_ns: 1_764_000_000_000_000_001,
        duration: Duration::from_nanos(12),
        lateness: Duration::from_nanos(13),
        lag: Duration::from_nanos(14),
        verdict: Verdict::Fail,
        failure: Some(failure.clone()),
        void: Some(Void {
            cause: VoidCause::SecretMissing,
            message: "`token` cannot be read".into(),
        }),
        missed: Some(Missed::AgentDown),
        warnings: vec![Warning {
            step: "pay".into(),
            expected: "cert days gt 21".into(),
            actual: "20".into(),
            cleanup: true,
        }],
        steps: vec![Step {
            id: "pay".into(),
            verb: "request".into(),
            verdict: StepVerdict::Fail,
            always: true,
            offset: Duration::from_nanos(15),
            duration: Duration::from_nanos(16),
            attempts: 2,
            reason: Some("no".into()),
            failure: Some(failure),
            exchanges: vec![exchange],
            exchanges_left_out: 17,
            expectations: vec![Expected {
                subject: "json $.status".into(),
                expected: "eq \"ok\"".into(),
                actual: "7 (number)".into(),
                holds: true,
                otherwise: "slow".into(),
            }],
            captures: vec![("token".into(), "***".into())],
        }],
        slos: vec![SloOutcome {
            slo: "availability".into(),
            outcome: Outcome::Ineligible,
        }],
    }
}

#[test]
fn what_version_1_wrote_stays_readable() {
    let bytes = data_encoding::HEXLOWER
        .decode(GOLDEN_1.split_whitespace().collect::<String>().as_bytes())
        .unwrap();
    assert_eq!(decode(&bytes), Ok(golden()));
}

#[test]
fn this_version_still_writes_what_version_1_wrote() {
    let hex = data_encoding::HEXLOWER.encode(&encode(&golden()));
    let kept: String = GOLDEN_1.split_whitespace().collect();
    assert!(hex == kept, "now written:\n{hex}");
}

#[test]
fn a_field_of_a_later_version_is_passed_over() {
    let mut bytes = encode(&golden());
    // Field 2000, length-delimited, three bytes.
    bytes.extend([0x82, 0x7d, 3, 1, 2, 3]);
    assert_eq!(decode(&bytes), Ok(golden()));
}

#[test]
fn a_newer_version_is_refused_by_its_number() {
    let mut bytes = encode(&golden());
    // The last value of a field wins: version becomes VERSION + 1.
    bytes.extend([0x08, u8::try_from(VERSION + 1).unwrap()]);
    let error = decode(&bytes).unwrap_err();
    assert_eq!(error, DecodeError::Newer { found: VERSION + 1 });
    assert!(error.to_string().contains("by a newer jaunt"), "{error}");
}

#[test]
fn an_unknown_member_of_a_closed_list_is_named() {
    let mut bytes = encode(&golden());
    // Field 17, `verdict`, once more.
    bytes.extend([0x8a, 0x01, 4]);
    bytes.extend(b"meh!");
    assert_eq!(
        decode(&bytes).unwrap_err().to_string(),
        "the record's `verdict` is `meh!`, which this jaunt does not know"
    );
}

#[test]
fn no_bytes_are_no_record() {
    assert_eq!(
        decode(&[]).unwrap_err().to_string(),
        "the record has no `id`"
    );
}

/// A passed run of five requests, each with what a real one brings.
fn five_steps() -> Record {
    let mut record = golden();
    let mut step = record.steps.remove(0);
    step.failure = None;
    step.reason = None;
    for exchange in &mut step.exchanges {
        exchange.connects.clear();
        exchange.failed = None;
    }
    (record.failure, record.void, record.missed) = (None, None, None);
    record.warnings.clear();
    record.steps = vec![step; 5];
    record
}

#[test]
fn a_run_of_five_requests_takes_less_than_three_kilobytes() {
    let size = encode(&five_steps()).len();
    assert!(size < 3_000, "{size} bytes");
}

#[test]
fn a_missed_range_takes_less_than_a_quarter_of_a_kilobyte() {
    let mut record = five_steps();
    record.steps.clear();
    record.missed = Some(Missed::AgentDown);
    let size = encode(&record).len();
    assert!(size < 256, "{size} bytes");
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

fn nanos() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_nanos)
}

fn of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn address() -> impl Strategy<Value = SocketAddr> {
    prop_oneof![
        any::<([u8; 4], u16)>().prop_map(SocketAddr::from),
        any::<([u8; 16], u16)>().prop_map(SocketAddr::from),
    ]
}

fn failure() -> impl Strategy<Value = Failure> {
    (
        (text(), text(), text(), option::of(text())),
        of(FailurePhase::ALL),
        of(FailureKind::ALL),
    )
        .prop_map(|((step, party, message, excerpt), phase, kind)| Failure {
            step,
            phase,
            kind,
            party: Party::new(party),
            message,
            excerpt,
        })
}

fn phases() -> impl Strategy<Value = Phases> {
    proptest::array::uniform6(option::of(nanos())).prop_map(|took| {
        let mut phases = Phases::NONE;
        for (phase, took) in Phase::ALL.iter().zip(took) {
            if let Some(took) = took {
                phases.set(*phase, took);
            }
        }
        phases
    })
}

fn tls() -> impl Strategy<Value = Tls> {
    (
        proptest::array::uniform9(option::of(text())),
        vec(text(), 0..3),
        (
            option::of(any::<bool>()),
            any::<u32>(),
            option::of(any::<i64>()),
        ),
    )
        .prop_map(|(texts, names, (resumed, chain, expires_at))| {
            let [
                version,
                cipher,
                alpn,
                group,
                subject,
                issuer,
                serial,
                sha256,
                key,
            ] = texts;
            Tls {
                version,
                cipher,
                alpn,
                group,
                resumed,
                subject,
                issuer,
                names,
                serial,
                sha256,
                key,
                chain,
                expires_at,
            }
        })
}

fn dns() -> impl Strategy<Value = Dns> {
    (
        text(),
        vec(text(), 0..3),
        option::of(text()),
        option::of(text()),
        vec(text(), 0..3),
    )
        .prop_map(|(question, types, server, rcode, answers)| Dns {
            question,
            types,
            server,
            rcode,
            answers,
        })
}

fn connect() -> impl Strategy<Value = Connect> {
    (address(), nanos(), nanos(), option::of(text())).prop_map(|(address, after, took, error)| {
        Connect {
            address,
            after,
            took,
            error,
        }
    })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    (
        (any::<u32>(), any::<u32>(), any::<u16>(), any::<[bool; 3]>()),
        (text(), text(), text(), option::of(text())),
        (nanos(), nanos(), phases(), any::<u64>(), any::<u64>()),
        (
            option::of(address()),
            option::of(tls()),
            option::of(dns()),
            vec(connect(), 0..3),
        ),
        option::of(any::<u16>()),
        option::of((of(FailurePhase::ALL), of(FailureKind::ALL))),
    )
        .prop_map(|(numbers, texts, times, facts, status, failed)| {
            let (attempt, hop, port, [status_expected, reused, traced]) = numbers;
            let (method, url, host, protocol) = texts;
            let (offset, duration, phases, bytes_in, bytes_out) = times;
            let (remote, tls, dns, connects) = facts;
            Exchange {
                attempt,
                hop,
                method,
                url,
                host,
                port,
                offset,
                duration,
                phases,
                remote,
                protocol,
                tls,
                dns,
                connects,
                status,
                status_expected,
                bytes_in,
                bytes_out,
                reused,
                failed,
                traced,
            }
        })
}

fn expected() -> impl Strategy<Value = Expected> {
    (text(), text(), text(), any::<bool>(), text()).prop_map(
        |(subject, expected, actual, holds, otherwise)| Expected {
            subject,
            expected,
            actual,
            holds,
            otherwise,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    (
        (text(), text(), option::of(text())),
        (
            of(StepVerdict::ALL),
            any::<bool>(),
            any::<u32>(),
            any::<u32>(),
        ),
        (nanos(), nanos()),
        option::of(failure()),
        (
            vec(exchange(), 0..3),
            vec(expected(), 0..3),
            vec((text(), text()), 0..3),
        ),
    )
        .prop_map(|(texts, numbers, (offset, duration), failure, lists)| {
            let (id, verb, reason) = texts;
            let (verdict, always, attempts, exchanges_left_out) = numbers;
            let (exchanges, expectations, captures) = lists;
            Step {
                id,
                verb,
                verdict,
                always,
                offset,
                duration,
                attempts,
                reason,
                failure,
                exchanges,
                exchanges_left_out,
                expectations,
                captures,
            }
        })
}

fn warning() -> impl Strategy<Value = Warning> {
    (text(), text(), text(), any::<bool>()).prop_map(|(step, expected, actual, cleanup)| Warning {
        step,
        expected,
        actual,
        cleanup,
    })
}

fn record() -> impl Strategy<Value = Record> {
    (
        (
            any::<[u8; 16]>(),
            any::<[u8; 32]>(),
            of(Kind::ALL),
            of(Verdict::ALL),
        ),
        (text(), text(), text(), text()),
        (
            option::of(any::<i64>()),
            any::<u64>(),
            any::<u32>(),
            any::<i64>(),
            any::<i64>(),
        ),
        (nanos(), nanos(), nanos()),
        (
            option::of(failure()),
            option::of((of(VoidCause::ALL), text())),
            option::of(of(Missed::ALL)),
        ),
        (
            vec(warning(), 0..3),
            vec(step(), 0..4),
            vec((text(), of(Outcome::ALL)), 0..3),
        ),
    )
        .prop_map(|(closed, texts, numbers, times, reasons, lists)| {
            let (id, definition, kind, verdict) = closed;
            let (customer, journey, region, agent) = texts;
            let (slot, count, every_s, start_ns, end_ns) = numbers;
            let (duration, lateness, lag) = times;
            let (failure, void, missed) = reasons;
            let (warnings, steps, slos) = lists;
            let outcome = |(slo, outcome)| SloOutcome { slo, outcome };
            Record {
                id: RunId::from_bytes(id),
                customer,
                journey,
                region,
                agent,
                kind,
                slot,
                count,
                every_s,
                definition: Definition(definition),
                start_ns,
                end_ns,
                duration,
                lateness,
                lag,
                verdict,
                failure,
                void: void.map(|(cause, message)| Void { cause, message }),
                missed,
                warnings,
                steps,
                slos: slos.into_iter().map(outcome).collect(),
            }
        })
}

proptest! {
    #[test]
    fn every_record_comes_back_as_it_was(record in record()) {
        prop_assert_eq!(decode(&encode(&record)), Ok(record));
    }

    #[test]
    fn garbage_is_an_error_and_never_a_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn a_damaged_record_is_another_record_or_an_error(
        record in record(), at in any::<proptest::sample::Index>(), bit in 0_u8..8,
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = encode(&record);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let _ = decode(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = decode(&bytes);
    }
}
