//! The store: what was acknowledged is there, once, whatever happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_hub::{
    config::Keep,
    store::{Batch, Placed, RunFilter, Series, Store, StoreError, backup, restore},
};
use jaunt_otlp::{Seen, assemble, spans};
use jaunt_record::{Kind, Record, RunId, StepVerdict, Verdict};
use jaunt_slo::{Cause, Event};
use std::{fs, ops::Range, path::Path, time::Duration};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// 2026-01-05T00:00:00Z
const MONDAY: i64 = 1_767_571_200;

fn seen(slot: i64) -> Seen {
    let start_ns = slot * 1_000_000_000 + 12_345_678_901;
    Seen {
        customer: "acme".into(),
        journey: "checkout".into(),
        region: "fra".into(),
        agent: "fra-1".into(),
        kind: Kind::Scheduled,
        run: None,
        slot: Some(slot),
        count: 1,
        every_s: 0,
        start_ns,
        end_ns: start_ns + 700_500_000,
        duration: Duration::from_micros(700_001),
        verdict: Verdict::Pass,
        step: None,
        phase: None,
        cause: None,
        party: None,
        steps: Vec::new(),
    }
}

fn batch(slots: Vec<Seen>) -> Batch {
    let last = slots.iter().map(|seen| seen.end_ns).max().unwrap_or(0);
    Batch {
        slots,
        scope: vec!["acme".into()],
        recv_ns: last + 2_000_000_000,
        ..Batch::default()
    }
}

fn events(store: &Store, slots: Range<i64>) -> Vec<Event> {
    let mut events = Vec::new();
    let each = |event| events.push(event);
    store.events("acme", "checkout", slots, each).unwrap();
    events
}

fn slots(store: &Store) -> Vec<i64> {
    let all = events(store, 0..MONDAY + 400 * DAY);
    all.iter().map(|event| event.slot.unwrap()).collect()
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_and_after_packing() {
    let folder = tempfile::tempdir().unwrap();
    let failed = Seen {
        verdict: Verdict::Fail,
        step: Some("pay".into()),
        phase: Some("wait".into()),
        cause: Some("http.5xx".into()),
        party: Some("service".into()),
        steps: vec![("pay".into(), StepVerdict::Fail, Duration::from_millis(41))],
        ..seen(MONDAY + MINUTE)
    };
    let store = Store::open(folder.path()).unwrap();
    let booked = store
        .write(batch(vec![seen(MONDAY), failed]))
        .await
        .unwrap();
    assert_eq!((booked.slots, booked.twins), (2, 0));
    let before = events(&store, MONDAY..MONDAY + DAY);
    assert_eq!(before[1].cause.kind.as_deref(), Some("http.5xx"));
    assert_eq!(before[1].steps[0].2, 41_000_000);
    assert_eq!(before[0].duration_ns, 700_001_000);
    store.maintain(Keep::default(), MONDAY).await.unwrap();
    assert_eq!(events(&store, MONDAY..MONDAY + DAY), before);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(events(&store, MONDAY..MONDAY + DAY), before);
}

#[tokio::test]
async fn a_twin_counts_once_wherever_its_first_copy_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let all: Vec<_> = (0..10).map(|n| seen(MONDAY + n * MINUTE)).collect();
    let twice: Vec<_> = all.iter().chain(&all).cloned().collect();
    let booked = store.write(batch(twice)).await.unwrap();
    assert_eq!((booked.slots, booked.twins), (10, 10));
    // In memory, in segments, and after a restart.
    let booked = store.write(batch(all.clone())).await.unwrap();
    assert_eq!((booked.slots, booked.twins), (0, 10));
    store.maintain(Keep::default(), MONDAY).await.unwrap();
    let booked = store.write(batch(all.clone())).await.unwrap();
    assert_eq!((booked.slots, booked.twins), (0, 10));
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let booked = store.write(batch(all)).await.unwrap();
    assert_eq!((booked.slots, booked.twins), (0, 10));
    assert_eq!(slots(&store).len(), 10);
}

#[tokio::test]
async fn late_slots_fall_into_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let at = |n: i64| MONDAY + n * MINUTE;
    store
        .write(batch(vec![seen(at(5)), seen(at(1))]))
        .await
        .unwrap();
    store.maintain(Keep::default(), MONDAY).await.unwrap();
    store
        .write(batch(vec![seen(at(3)), seen(at(2))]))
        .await
        .unwrap();
    store.write(batch(vec![seen(at(1) - DAY)])).await.unwrap();
    assert_eq!(slots(&store), [at(1) - DAY, at(1), at(2), at(3), at(5)]);
    store
        .maintain(Keep::default(), MONDAY + 2 * DAY)
        .await
        .unwrap();
    assert_eq!(slots(&store), [at(1) - DAY, at(1), at(2), at(3), at(5)]);
}

#[tokio::test]
async fn a_missed_range_is_each_of_its_slots() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let range = Seen {
        verdict: Verdict::Missed,
        cause: Some("agent-down".into()),
        count: 2_880,
        every_s: 60,
        duration: Duration::ZERO,
        end_ns: seen(MONDAY + DAY / 2).start_ns,
        ..seen(MONDAY + DAY / 2)
    };
    let booked = store.write(batch(vec![range.clone()])).await.unwrap();
    assert_eq!(booked.slots, 3, "one piece a day");
    let booked = store.write(batch(vec![range])).await.unwrap();
    assert_eq!((booked.slots, booked.twins), (0, 3));
    let found = events(&store, MONDAY..MONDAY + 3 * DAY);
    assert_eq!(found.len(), 2_880);
    assert!(
        found
            .windows(2)
            .all(|two| two[1].slot.unwrap() - two[0].slot.unwrap() == 60)
    );
    assert!(found.iter().all(|event| event.verdict == Verdict::Missed));
    assert_eq!(events(&store, MONDAY + DAY..MONDAY + 2 * DAY).len(), 1_440);
}

fn record(id: u8, verdict: Verdict, start_ns: i64) -> Record {
    let seen = seen(MONDAY);
    Record {
        id: RunId::from_bytes([id; 16]),
        customer: seen.customer,
        journey: seen.journey,
        region: seen.region,
        agent: seen.agent,
        kind: Kind::Scheduled,
        slot: Some(MONDAY),
        count: 1,
        every_s: 0,
        definition: jaunt_record::Definition([1; 32]),
        start_ns,
        end_ns: start_ns + 2_000_000,
        duration: Duration::from_millis(1),
        lateness: Duration::ZERO,
        lag: Duration::ZERO,
        verdict,
        failure: None,
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: vec![jaunt_record::Step {
            id: "home".into(),
            verb: "request".into(),
            verdict: StepVerdict::Pass,
            always: false,
            offset: Duration::ZERO,
            duration: Duration::from_millis(1),
            attempts: 1,
            reason: None,
            failure: None,
            exchanges: Vec::new(),
            exchanges_left_out: 0,
            expectations: Vec::new(),
            captures: Vec::new(),
        }],
        slos: Vec::new(),
    }
}

#[tokio::test]
async fn a_run_whose_spans_come_in_pieces_is_whole_in_either_order() {
    let start = MONDAY * 1_000_000_000;
    for root_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let record = record(3, Verdict::Pass, start);
        let mut root = spans(&record);
        let rest = root.split_off(1);
        let with = |spans, customer: &str| {
            let assembled = assemble(spans);
            Batch {
                runs: assembled.runs,
                loose: assembled.loose,
                scope: vec![customer.into()],
                ..Batch::default()
            }
        };
        let (root, rest) = (with(root, "acme"), with(rest, "acme"));
        let both = if root_first {
            [root, rest]
        } else {
            [rest, root]
        };
        for batch in both {
            store.write(batch).await.unwrap();
        }
        assert_eq!(
            store.run(record.id).unwrap(),
            Some(record.clone()),
            "{root_first}"
        );
    }
}

#[tokio::test]
async fn nobody_adds_to_the_run_of_another_customer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let record = record(3, Verdict::Pass, MONDAY * 1_000_000_000);
    let mut sent = spans(&record);
    let step = sent.split_off(1);
    let root = assemble(sent).runs;
    let loose = |spans| Batch {
        loose: assemble(spans).loose,
        scope: vec!["globex".into()],
        ..Batch::default()
    };
    store.write(loose(step.clone())).await.unwrap();
    let mine = Batch {
        runs: root.clone(),
        scope: vec!["acme".into()],
        ..Batch::default()
    };
    store.write(mine).await.unwrap();
    store.write(loose(step)).await.unwrap();
    assert_eq!(store.run(record.id).unwrap(), Some(root[0].clone()));
    let theirs = Record {
        customer: "globex".into(),
        ..record.clone()
    };
    let theirs = Batch {
        runs: vec![theirs],
        scope: vec!["globex".into()],
        ..Batch::default()
    };
    store.write(theirs).await.unwrap();
    assert_eq!(store.run(record.id).unwrap().unwrap().customer, "acme");
}

#[tokio::test]
async fn what_is_too_old_goes_and_failures_stay_longer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let ago = |days: i64| (MONDAY - days * DAY) * 1_000_000_000;
    let runs = vec![
        record(1, Verdict::Pass, ago(1)),
        record(2, Verdict::Pass, ago(8)),
        record(3, Verdict::Slow, ago(8)),
        record(4, Verdict::Slow, ago(36)),
    ];
    let old = batch(vec![seen(MONDAY - 401 * DAY), seen(MONDAY - 399 * DAY)]);
    store.write(Batch { runs, ..old }).await.unwrap();
    let dropped = store.maintain(Keep::default(), MONDAY).await.unwrap();
    assert_eq!((dropped.runs_aged, dropped.days_aged), (2, 1));
    let left = store
        .runs(&RunFilter {
            limit: 10,
            ..RunFilter::default()
        })
        .unwrap();
    let ids: Vec<_> = left
        .iter()
        .map(|head| head.record.id.as_bytes()[0])
        .collect();
    assert_eq!(ids, [1, 3]);
    assert_eq!(slots(&store), [MONDAY - 399 * DAY]);
}

#[tokio::test]
async fn a_full_store_drops_runs_before_slots() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let run = |n: u8| record(n, Verdict::Pass, (MONDAY + i64::from(n)) * 1_000_000_000);
    let runs = (1..200).map(run).collect();
    let all = batch(vec![seen(MONDAY)]);
    store.write(Batch { runs, ..all }).await.unwrap();
    let keep = Keep {
        max_size: 1,
        ..Keep::default()
    };
    let dropped = store.maintain(keep, MONDAY).await.unwrap();
    assert_eq!((dropped.runs_for_room, dropped.days_for_room), (199, 1));
}

#[tokio::test]
async fn a_backup_of_a_running_hub_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let (first, second) = (folder.path().join("a"), folder.path().join("b"));
    let store = Store::open(&first).unwrap();
    store.write(batch(vec![seen(MONDAY)])).await.unwrap();
    backup(&first, &copy).unwrap();
    store.write(batch(vec![seen(MONDAY + 60)])).await.unwrap();
    assert!(matches!(backup(&first, &copy), Err(StoreError::Exists(_))));
    restore(&copy, &second).unwrap();
    assert!(matches!(
        restore(&copy, &second),
        Err(StoreError::Exists(_))
    ));
    let second = Store::open(&second).unwrap();
    assert_eq!(slots(&second), [MONDAY]);
    assert!(matches!(restore(&copy, &first), Err(StoreError::Taken(_))));
}

#[tokio::test]
async fn an_older_store_learns_where_slow_runs_were_slow_and_what_is_found_first_stands() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.write(batch(vec![seen(MONDAY)])).await.unwrap();
    drop(store);
    // As the second version wrote it.
    let file = rusqlite::Connection::open(folder.path().join("hub.db")).unwrap();
    file.execute_batch("DROP TABLE place; PRAGMA user_version = 2")
        .unwrap();
    drop(file);
    let store = Store::open(folder.path()).unwrap();
    let of = events(&store, MONDAY..MONDAY + 1).remove(0);
    assert!(of.cause.is_empty());
    let placed = |phase: &str| Placed {
        series: Series {
            customer: of.customer.clone().unwrap(),
            journey: of.journey.clone(),
            region: of.region.clone(),
            agent: of.agent.clone(),
        },
        slot: MONDAY,
        cause: Cause {
            step: Some("home".into()),
            phase: Some(phase.into()),
            ..Cause::default()
        },
    };
    let put = |store: &Store, phase: &str| {
        let (store, found) = (store.clone(), vec![placed(phase)]);
        tokio::task::spawn_blocking(move || store.place(found).unwrap())
    };
    assert_eq!(put(&store, "wait").await.unwrap(), 1);
    assert_eq!(put(&store, "connect").await.unwrap(), 0);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let of = events(&store, MONDAY..MONDAY + 1).remove(0);
    assert_eq!(of.cause, placed("wait").cause);
    let old = Keep {
        slots: Duration::ZERO,
        ..Keep::default()
    };
    store.maintain(old, MONDAY + 3 * DAY).await.unwrap();
    drop(store);
    let file = rusqlite::Connection::open(folder.path().join("hub.db")).unwrap();
    let left: i64 = file
        .query_row("SELECT count(*) FROM place", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0, "it goes with its slots");
}

#[test]
fn a_newer_or_foreign_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let file = folder.path().join("hub.db");
    let alter = |sql: &str| {
        rusqlite::Connection::open(&file)
            .unwrap()
            .execute_batch(sql)
            .unwrap()
    };
    alter("PRAGMA user_version = 99");
    let before = fs::read(&file).unwrap();
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(
        refused.to_string().contains("version 99 by a newer jaunt"),
        "{refused}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    alter("PRAGMA user_version = 1; PRAGMA application_id = 7");
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, StoreError::Foreign(_)), "{refused}");
}

#[test]
fn two_hubs_do_not_share_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Store::open(folder.path()).unwrap();
    assert!(matches!(
        Store::open(folder.path()),
        Err(StoreError::Taken(_))
    ));
}

fn copy_of(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test]
async fn a_store_torn_in_its_write_ahead_log_opens_with_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    let store = Store::open(&live).unwrap();
    for n in 0..20 {
        store
            .write(batch(vec![seen(MONDAY + n * MINUTE)]))
            .await
            .unwrap();
    }
    // As a power failure may leave it: cut anywhere, or followed by rubbish.
    let length = fs::metadata(live.join("hub.db-wal")).unwrap().len();
    let mut most = 0;
    for n in 0..=16 {
        let torn = folder.path().join(format!("torn-{n}"));
        copy_of(&live, &torn);
        let wal = fs::File::options()
            .write(true)
            .open(torn.join("hub.db-wal"))
            .unwrap();
        wal.set_len(length * n / 16 + 3).unwrap();
        let _ = fs::remove_file(torn.join("hub.db-shm"));
        let found = slots(&Store::open(&torn).unwrap());
        let expected: Vec<_> = (0..found.len())
            .map(|n| MONDAY + n as i64 * MINUTE)
            .collect();
        assert_eq!(found, expected, "cut at {n}/16");
        assert!(found.len() >= most, "cut at {n}/16");
        most = found.len();
    }
    assert_eq!(most, 20);
}
