//! Pages of a simulated month: what they say, and what they never do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so"
)]

use jaunt_pages::{
    AgentLine, Agreed, Entry, Frame, IncidentView, JourneyView, LatencyBin, Look, MonthView,
    ObjectiveView, PolicyRow, RegionSlots, RunLine, SheetView, Standing, fleet, incident, journey,
    month, objective, overview, run, sheet, slot_window,
};
use jaunt_record::{
    Definition, Exchange, Expected, Failure, FailureKind, FailurePhase, Kind, Party, Phase, Phases,
    Record, RunId, Step, StepVerdict, Tls, Verdict,
};
use jaunt_slo::{
    Event, Ingest, Intake, Maintenance, MaintenancePolicy, Objective, Parties, Question, Report,
    Slo, Subject, Window, judge,
};
use std::time::Duration;

const AT: i64 = 1_764_072_000_000_000_000;
const MINUTE: i64 = 60_000_000_000;
const DAY: i64 = 1440 * MINUTE;
const REGIONS: [&str; 3] = ["fra", "iad", "sin"];

/// A journey of three regions at one minute, with these SLOs (name, objective).
fn subject(slos: &[(&str, &str)]) -> Subject {
    Subject {
        customer: "acme".to_owned(),
        journey: "checkout".to_owned(),
        every: Duration::from_secs(60),
        regions: REGIONS.map(str::to_owned).to_vec(),
        weights: std::collections::BTreeMap::new(),
        quorum: None,
        maintenance: Vec::<Maintenance>::new(),
        policy: MaintenancePolicy::default(),
        parties: std::collections::BTreeMap::new(),
        corrections: Vec::new(),
        slos: slos
            .iter()
            .map(|(name, objective)| Slo {
                name: (*name).to_owned(),
                objective: Objective::parse(objective).unwrap(),
                window: Window::parse("28d").unwrap(),
                under: None,
                of: jaunt_slo::Population::Valid,
                good: jaunt_slo::Good::PassOrSlow,
                step: None,
                weighting: jaunt_slo::Weighting::Events,
                slice: None,
                since: None,
            })
            .collect(),
    }
}

/// Whether the run at this minute and region failed: two outages, and one run in 4,000 by itself.
fn bad(minute: i64, region: usize) -> bool {
    let outage = (12_000..12_030).contains(&minute);
    let regional = region == 1 && (30_000..30_060).contains(&minute);
    outage || regional || (minute * 7 + i64::try_from(region).unwrap()) % 4_001 == 0
}

fn event(minute: i64, region: usize) -> Event {
    let failed = bad(minute, region);
    let line = format!(
        r#"{{"customer":"acme","journey":"checkout","region":"{r}","agent":"{r}-1","start_ns":{start},"duration_ms":812.5,"verdict":"{verdict}"{cause}}}"#,
        r = REGIONS[region],
        start = AT - 28 * DAY + minute * MINUTE + 5_000_000_000,
        verdict = if failed { "fail" } else { "pass" },
        cause = if failed {
            r#","step":"pay","phase":"wait""#
        } else {
            ""
        }
    );
    Event::parse(line.as_bytes()).unwrap().unwrap()
}

fn reports(slos: &[(&str, &str)], minutes: i64) -> Vec<Report> {
    let subjects = [subject(slos)];
    let mut ingest = Ingest::new(&subjects, Intake::default());
    for minute in 0..minutes {
        for region in 0..REGIONS.len() {
            ingest.event(&event(minute, region));
        }
    }
    let ingested = ingest.finish();
    let question = Question {
        at_ns: AT,
        known_until_ns: AT,
        parties: &Parties::default(),
    };
    subjects[0]
        .slos
        .iter()
        .map(|slo| judge(&subjects[0], slo, &ingested.journeys[0], question))
        .collect()
}

fn agreed() -> Agreed {
    let row = |at, action: &str| PolicyRow {
        at,
        action: action.to_owned(),
        who: "both".to_owned(),
    };
    Agreed {
        sentence: Some(
            "Agreed by A. Lead (provider) on 2026-11-24 and B. Buyer (customer) on 2026-11-24."
                .to_owned(),
        ),
        policy: vec![
            row(0.5, "inform each other"),
            row(
                0.75,
                "both sides meet; risky changes wait for both to agree",
            ),
        ],
    }
}

fn frame(look: Look) -> Frame {
    Frame {
        look,
        reader: Some("acme's reader".to_owned()),
        customers: vec!["acme".to_owned()],
        period: "2026-11".to_owned(),
        at_ns: AT,
        simulated_until_ns: Some(AT - DAY),
        unknown: &[],
        judging: 0,
        waiting: vec![("acme".to_owned(), 1)],
        writes: Some("guard".to_owned()),
    }
}

/// A run that failed in its third step after a redirect, with words that a page must not take for its own.
fn record() -> Record {
    let ms = Duration::from_millis;
    let exchange = |hop, offset, wait, status| {
        let mut phases = Phases::NONE;
        if hop == 0 {
            phases.set(Phase::Resolve, ms(6));
            phases.set(Phase::Connect, ms(12));
            phases.set(Phase::Tls, ms(24));
        }
        phases.set(Phase::Send, Duration::from_micros(90));
        phases.set(Phase::Wait, ms(wait));
        phases.set(Phase::Receive, ms(3));
        Exchange {
            attempt: 1,
            hop,
            method: "POST".to_owned(),
            url: "https://shop.example.net/pay?card=***".to_owned(),
            host: "shop.example.net".to_owned(),
            port: 443,
            offset: ms(offset),
            duration: phases.total(),
            phases,
            remote: Some("203.0.113.10:443".parse().unwrap()),
            protocol: Some("h2".to_owned()),
            tls: Some(Tls {
                version: Some("1.3".to_owned()),
                cipher: Some("TLS13_AES_128_GCM_SHA256".to_owned()),
                expires_at: Some(1_800_000_000),
                ..Tls::default()
            }),
            status: Some(status),
            bytes_in: 12_345,
            bytes_out: 880,
            ..Exchange::default()
        }
    };
    let step = |id: &str, offset, exchanges: Vec<Exchange>, verdict| Step {
        id: id.to_owned(),
        verb: "request".to_owned(),
        verdict,
        always: id == "logout",
        offset: ms(offset),
        duration: exchanges.iter().map(|exchange| exchange.duration).sum(),
        attempts: 1,
        reason: None,
        failure: None,
        exchanges,
        exchanges_left_out: 0,
        expectations: vec![Expected {
            subject: "json $.status".to_owned(),
            expected: "eq \"paid\"".to_owned(),
            actual: "\"<script>alert(1)</script>\"".to_owned(),
            holds: verdict == StepVerdict::Pass,
            otherwise: "fail".to_owned(),
        }],
        captures: vec![],
    };
    Record {
        id: RunId::from_bytes([7; 16]),
        customer: "acme".to_owned(),
        journey: "checkout".to_owned(),
        region: "fra".to_owned(),
        agent: "fra-1".to_owned(),
        kind: Kind::Scheduled,
        slot: Some(AT / 1_000_000_000),
        count: 1,
        every_s: 60,
        definition: Definition::default(),
        start_ns: AT,
        end_ns: AT + 900_000_000,
        duration: ms(720),
        lateness: Duration::from_micros(800),
        lag: Duration::from_micros(120),
        verdict: Verdict::Fail,
        failure: Some(Failure {
            step: "pay".to_owned(),
            phase: FailurePhase::Wait,
            kind: FailureKind::status(503),
            party: Party::new("service"),
            message: "the server answered 503 where 201 was expected".to_owned(),
            excerpt: Some("<h1>Service \"Unavailable\" & gone</h1>".to_owned()),
        }),
        void: None,
        missed: None,
        warnings: vec![],
        steps: vec![
            step(
                "login",
                0,
                vec![exchange(0, 0, 120, 200)],
                StepVerdict::Pass,
            ),
            step(
                "browse",
                170,
                vec![exchange(1, 170, 90, 302), exchange(2, 270, 60, 200)],
                StepVerdict::Pass,
            ),
            step(
                "pay",
                340,
                vec![exchange(1, 340, 300, 503)],
                StepVerdict::Fail,
            ),
            step(
                "logout",
                650,
                vec![exchange(1, 650, 40, 204)],
                StepVerdict::Pass,
            ),
        ],
        slos: vec![],
    }
}

fn map() -> JourneyView<'static> {
    let (row_s, from_s) = slot_window(60, AT / 1_000_000_000);
    let cells = |region: usize| {
        (0..24 * 60_i64)
            .map(
                |cell| match (cell + i64::try_from(region).unwrap() * 40) % 700 {
                    400..=409 => Some(Verdict::Fail),
                    200..=204 => Some(Verdict::Slow),
                    300..=303 => Some(Verdict::Void),
                    500..=502 => Some(Verdict::Missed),
                    _ if from_s + cell * 60 > AT / 1_000_000_000 => None,
                    _ => Some(Verdict::Pass),
                },
            )
            .collect()
    };
    JourneyView {
        customer: "acme",
        journey: "checkout",
        about: Some("A shopper signs in, buys one item and signs out"),
        every_s: 60,
        slos: vec![("can-buy", jaunt_slo::report::Said::Met)],
        regions: (0..3)
            .map(|region| RegionSlots {
                region: REGIONS[region].to_owned(),
                from_s,
                every_s: 60,
                row_s,
                cells: cells(region),
            })
            .collect(),
        latency: (0..96_i32)
            .map(|bin| {
                let wave = f64::from(bin % 24) / 200.0;
                LatencyBin {
                    at_ns: AT - DAY + i64::from(bin) * 15 * MINUTE,
                    runs: 45,
                    mean_s: [0.006, 0.02, 0.03, 0.0001, 0.3 + wave, 0.04],
                    p95_s: 0.7 + 2.0 * wave,
                }
            })
            .collect(),
        bin_s: 900,
        runs: vec![
            RunLine {
                id: Some(RunId::from_bytes([7; 16])),
                region: "fra".to_owned(),
                at_ns: AT,
                verdict: Verdict::Fail,
                took: Duration::from_millis(720),
                why: "pay in wait: the server answered 503 where 201 was expected".to_owned(),
            },
            RunLine {
                id: None,
                region: "sin".to_owned(),
                at_ns: AT - MINUTE,
                verdict: Verdict::Missed,
                took: Duration::ZERO,
                why: "the limit of concurrent runs was reached".to_owned(),
            },
        ],
    }
}

/// All pages, by the name of the file that they are written to for a look.
fn all(look: Look) -> Vec<(&'static str, String)> {
    let frame = frame(look);
    let agreed = agreed();
    let reports = reports(&[("can-buy", "99.9%"), ("mostly", "99%")], 28 * 1440);
    let felt = ["users felt 2026-11-10 10:00 UTC to 2026-11-10 10:30 UTC (12 tickets)".to_owned()];
    let view = ObjectiveView {
        report: &reports[0],
        agreed: &agreed,
        felt: &felt,
    };
    let line = map().runs;
    let entries = [Entry {
        id: 7,
        answers: vec![("consent", "Agree"), ("decline", "Decline")],
        at_ns: AT - DAY,
        by: "provider on call".to_owned(),
        what: "party customer".to_owned(),
        reason: "the payment provider was out".to_owned(),
        standing: Standing::Pending,
    }];
    let month_view = MonthView {
        customer: "acme",
        period: "2026-11",
        beside: ("2026-10".to_owned(), None),
        slos: vec![view],
    };
    vec![
        (
            "overview",
            overview(
                &frame,
                &reports
                    .iter()
                    .map(|report| (report, &agreed))
                    .collect::<Vec<_>>(),
            ),
        ),
        ("objective", objective(&frame, view)),
        ("journey", journey(&frame, &map())),
        ("run", run(&frame, &record())),
        (
            "incident",
            incident(
                &frame,
                IncidentView {
                    report: &reports[0],
                    incident: &reports[0].incidents[0],
                    agreed: &agreed,
                    runs: &line,
                    entries: &entries,
                },
            ),
        ),
        (
            "fleet",
            fleet(
                &frame,
                &[AgentLine {
                    instance: "fra-1".to_owned(),
                    region: "fra".to_owned(),
                    version: Some("0.1.0".to_owned()),
                    last_seen_ns: AT - MINUTE,
                    journeys: 12,
                    slots: [17_000, 12, 30, 4, 2],
                    lateness_p99: Some(Duration::from_micros(1_900)),
                    dropped: 0,
                }],
            ),
        ),
        ("month", month(&frame, &month_view)),
    ]
}

/// Writes the pages for a person to look at, where `JAUNT_PAGES` names a folder.
fn keep(pages: &[(&str, String)]) {
    if let Some(folder) = std::env::var_os("JAUNT_PAGES") {
        for (name, page) in pages {
            let path = std::path::Path::new(&folder).join(format!("{name}.html"));
            std::fs::write(path, page).expect("the folder can be written");
        }
    }
}

#[test]
fn no_page_asks_anything_of_elsewhere_or_holds_a_style_or_script_of_its_own() {
    for (name, page) in all(Look::Linked) {
        for foreign in [
            "http://",
            "https://",
            "//cdn",
            " style=\"",
            "<style",
            "onclick",
            "javascript:",
        ] {
            // What a run shows of the service is text, never a link.
            let page = page.replace("https://shop.example.net/pay?card=***", "");
            assert!(!page.contains(foreign), "{name} holds {foreign}");
        }
        assert_eq!(page.matches("<script").count(), 1, "{name}");
    }
    let alone = all(Look::Alone);
    keep(&alone);
    for (name, page) in alone {
        assert!(
            page.contains("<style>") && !page.contains("<script"),
            "{name}"
        );
    }
}

#[test]
fn a_sheet_leads_nowhere_and_says_what_stands_beside_the_figures() {
    let reports = reports(&[("can-buy", "99.9%")], 28 * 1440);
    let agreed = agreed();
    let slo = ObjectiveView {
        report: &reports[0],
        agreed: &agreed,
        felt: &[],
    };
    let page = sheet(&SheetView {
        at_ns: AT,
        agreed: vec!["proposed: nobody has signed".to_owned()],
        slos: vec![(slo, vec!["restated since yesterday".to_owned()])],
        sources: vec!["120960 lines".to_owned()],
    });
    keep(&[("sheet", page.clone())]);
    assert!(!page.contains("href") && !page.contains("<script"));
    for told in [
        "proposed: nobody",
        "Restated since yesterday",
        "120960 lines",
        "risky changes",
    ] {
        assert!(page.contains(told), "{told}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
}

#[test]
fn what_strangers_wrote_is_shown_and_never_obeyed() {
    let page = run(&frame(Look::Linked), &record());
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("&lt;h1&gt;Service &quot;Unavailable&quot; &amp; gone&lt;/h1&gt;"));
}

#[test]
fn where_only_counts_are_known_that_is_said_in_the_place_of_runs() {
    let frame = Frame {
        unknown: &["when a run started", "what users felt"],
        ..frame(Look::Linked)
    };
    let journey = journey(&frame, &map());
    for absent in ["Every slot", "Where the time went", "<h2>Runs</h2>"] {
        assert!(!journey.contains(absent), "{absent}: {journey}");
    }
    assert!(journey.contains("Single runs are not known here"));
    let fleet = fleet(&frame, &[]);
    assert!(fleet.contains("Agents are not known here") && !fleet.contains("<table"));
    for page in [journey, fleet] {
        assert!(
            page.contains("cannot tell: when a run started; what users felt."),
            "{page}"
        );
    }
}

#[test]
fn the_overview_says_first_what_is_in_danger() {
    let reports = reports(&[("mostly", "99%"), ("can-buy", "99.9%")], 28 * 1440);
    let agreed = agreed();
    let page = overview(
        &frame(Look::Linked),
        &reports
            .iter()
            .map(|report| (report, &agreed))
            .collect::<Vec<_>>(),
    );
    assert!(page.contains("1 of 2 SLOs are met, 1 not"));
    let (first, second) = (
        page.find("checkout · can-buy"),
        page.find("checkout · mostly"),
    );
    assert!(first < second);
    assert!(page.contains("risky changes wait for both to agree"));
}

#[test]
fn a_window_with_too_few_runs_is_never_called_met() {
    let reports = reports(&[("can-buy", "99%")], 8 * 1440);
    let agreed = Agreed::default();
    let page = overview(&frame(Look::Linked), &[(&reports[0], &agreed)]);
    assert!(page.contains("cannot be said"));
    assert!(!page.contains("> met<"));
}

#[test]
fn what_incidents_and_lone_runs_spent_is_what_was_spent() {
    let reports = reports(&[("can-buy", "99.9%")], 28 * 1440);
    let agreed = agreed();
    let page = objective(
        &frame(Look::Linked),
        ObjectiveView {
            report: &reports[0],
            agreed: &agreed,
            felt: &[],
        },
    );
    let spent = jaunt_slo::words::whole(reports[0].attribution.incidents_sum.unwrap());
    assert!(page.contains(&format!("all that was spent: {spent} %.")));
}
