//! Whole runs: a record in its lasting encoding, compressed.
//!
//! A collector may send a run's spans in several requests. What comes later is put together with
//! what is there, span by span; spans that come before their root wait under whose they may be, so
//! that nobody adds to a run that is not theirs.

use super::{
    StoreError,
    slot::DAY_S,
    zipped::{unzip, zip},
};
use jaunt_otlp::{Loose, Seen, assemble, spans};
use jaunt_record::{
    Definition, Failure, FailureKind, FailurePhase, Kind, Party, Record, RunId, Void, VoidCause,
    wire,
};
use opentelemetry_proto::tonic::trace::v1::{ScopeSpans, Span};
use prost::Message;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// Runs are packed one by one while senders wait.
const LEVEL: i32 = 1;
/// No record is larger.
const LARGEST: usize = 16 << 20;
/// Spans that wait for their root for longer than this wait in vain.
pub(super) const LOOSE_FOR_S: i64 = DAY_S;
/// How many requests' worth of spans may wait for one root.
const MOST_PIECES: i64 = 64;

/// Writes a run, put together with what is there of it; whether anything was new.
pub(super) fn put(step: &Transaction<'_>, record: &Record) -> Result<bool, StoreError> {
    let waiting = waiting(step, record)?;
    let there = get(step, record.id)?;
    let whole = match there {
        None if waiting.is_empty() => record.clone(),
        None => together(spans(record), waiting).unwrap_or_else(|| record.clone()),
        // A trace id that another customer's run has: the first one stands.
        Some(there) if there.customer != record.customer => return Ok(false),
        Some(there) if there == *record && waiting.is_empty() => return Ok(false),
        Some(there) => {
            let mut more = spans(record);
            more.extend(waiting);
            match together(spans(&there), more) {
                Some(whole) if whole != there => whole,
                Some(_) | None => return Ok(false),
            }
        }
    };
    write(step, &whole)?;
    Ok(true)
}

/// Adds spans to the run that they are part of, or lets them wait for it.
pub(super) fn put_loose(
    step: &Transaction<'_>,
    loose: &Loose,
    scope: &[String],
    recv_ns: i64,
) -> Result<(), StoreError> {
    if let Some(there) = get(step, loose.id)? {
        let theirs = scope.iter().any(|c| c == "*" || *c == there.customer);
        let whole = theirs.then(|| together(spans(&there), loose.spans.clone()));
        if let Some(whole) = whole.flatten().filter(|whole| *whole != there) {
            write(step, &whole)?;
        }
        return Ok(());
    }
    let count = "SELECT count(*) FROM loose WHERE run = ?1";
    let pieces: i64 = step
        .prepare_cached(count)?
        .query_row([loose.id.as_bytes()], |row| row.get(0))?;
    if pieces >= MOST_PIECES {
        return Ok(());
    }
    let plain = ScopeSpans {
        spans: loose.spans.clone(),
        ..ScopeSpans::default()
    };
    let data = zip(&plain.encode_to_vec(), LEVEL);
    let sql = "INSERT INTO loose (run, scope, recv_s, data) VALUES (?1, ?2, ?3, ?4)";
    let recv_s = recv_ns.div_euclid(1_000_000_000);
    step.prepare_cached(sql)?.execute(params![
        loose.id.as_bytes(),
        scope.join("\n"),
        recv_s,
        data
    ])?;
    Ok(())
}

/// Takes the spans that wait for this root and may be its customer's.
fn waiting(step: &Transaction<'_>, record: &Record) -> Result<Vec<Span>, StoreError> {
    let mut spans = Vec::new();
    let mut rows = step.prepare_cached("SELECT scope, data FROM loose WHERE run = ?1")?;
    let mut rows = rows.query([record.id.as_bytes()])?;
    let mut any = false;
    while let Some(row) = rows.next()? {
        any = true;
        let scope: String = row.get(0)?;
        if !scope.lines().any(|c| c == "*" || c == record.customer) {
            continue;
        }
        let plain = unzip(row.get_ref(1)?.as_blob().unwrap_or_default(), LARGEST);
        let scope = plain.and_then(|plain| ScopeSpans::decode(plain.as_slice()).ok());
        spans.extend(scope.into_iter().flat_map(|scope| scope.spans));
    }
    if any {
        let sql = "DELETE FROM loose WHERE run = ?1";
        step.prepare_cached(sql)?.execute([record.id.as_bytes()])?;
    }
    Ok(spans)
}

/// One run of two sets of spans; where both hold a span, the first one's stands.
fn together(mut first: Vec<Span>, second: Vec<Span>) -> Option<Record> {
    first.extend(second);
    assemble(first).runs.pop()
}

/// A run by hand, of which only its event came: what that says.
pub(super) fn put_by_hand(step: &Transaction<'_>, seen: &Seen) -> Result<bool, StoreError> {
    let Some(id) = seen.run else { return Ok(false) };
    if get(step, id)?.is_some() {
        return Ok(false);
    }
    write(step, &in_short(seen, id))?;
    Ok(true)
}

fn in_short(seen: &Seen, id: RunId) -> Record {
    let phase = seen.phase.as_deref().and_then(FailurePhase::from_name);
    let kind = seen.cause.as_deref();
    let failure = kind.and_then(FailureKind::from_name).zip(phase);
    let failure = failure.map(|(kind, phase)| Failure {
        step: seen.step.clone().unwrap_or_default(),
        phase,
        kind,
        party: seen
            .party
            .clone()
            .map_or_else(|| Party::presumed(phase), Party::new),
        message: String::new(),
        excerpt: None,
    });
    let void = kind.and_then(VoidCause::from_name).map(|cause| Void {
        cause,
        message: String::new(),
    });
    Record {
        id,
        customer: seen.customer.clone(),
        journey: seen.journey.clone(),
        region: seen.region.clone(),
        agent: seen.agent.clone(),
        kind: Kind::Manual,
        slot: None,
        count: 1,
        every_s: 0,
        definition: Definition::default(),
        start_ns: seen.start_ns,
        end_ns: seen.end_ns,
        duration: seen.duration,
        lateness: std::time::Duration::ZERO,
        lag: std::time::Duration::ZERO,
        verdict: seen.verdict,
        failure,
        void,
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    }
}

/// The run of this id; `None` where there is none, or what is there cannot be read.
pub(super) fn get(db: &Connection, id: RunId) -> Result<Option<Record>, StoreError> {
    let mut find = db.prepare_cached("SELECT data FROM run WHERE id = ?1")?;
    let data = find.query_row([id.as_bytes()], |row| row.get::<_, Vec<u8>>(0));
    Ok(data.optional()?.and_then(|data| read(&data)))
}

/// The record of a row.
pub(super) fn read(data: &[u8]) -> Option<Record> {
    wire::decode(&unzip(data, LARGEST)?).ok()
}

fn write(step: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO run
        (id, customer, journey, region, start_ns, verdict, kind, data)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    step.prepare_cached(sql)?.execute(params![
        record.id.as_bytes(),
        record.customer,
        record.journey,
        record.region,
        record.start_ns,
        record.verdict.as_str(),
        record.kind.as_str(),
        zip(&wire::encode(record), LEVEL),
    ])?;
    Ok(())
}
