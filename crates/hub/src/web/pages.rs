//! The pages: each shows what the reader's view gives, and nothing else.

mod fleet;
mod journey;
mod month;
mod written;

use super::{
    Site,
    page::{self, Reader, Trouble, file, page},
};
use crate::{
    store::{RunFilter, StoreError},
    view::View,
};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jaunt_pages::{
    Frame, ICON, IncidentView, LIVE, Message, ObjectiveView, RunLine, STYLE, badge, incident,
    objective, overview, run,
};
use jaunt_record::{Record, RunId, Verdict};
use jaunt_slo::{Report, report::IncidentReport};
use std::{collections::HashMap, sync::Arc};

const SECOND_NS: i64 = 1_000_000_000;
/// Runs of one list.
const RUNS: usize = 50;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(all))
        .route("/slo/{customer}/{journey}/{slo}", get(one))
        .route("/journey/{customer}/{journey}", get(journey::show))
        .route("/run/{id}", get(one_run))
        .route(
            "/incident/{customer}/{journey}/{slo}/{start_s}",
            get(one_incident),
        )
        .route("/fleet", get(fleet::show))
        .route("/report/{customer}", get(month::show))
        .route("/written/{customer}", get(written::show))
        .route("/badge/{customer}/{journey}/{slo}", get(one_badge))
        .route(
            "/style.css",
            get(|| async { file("text/css; charset=utf-8", STYLE) }),
        )
        .route(
            "/live.js",
            get(|| async { file("text/javascript; charset=utf-8", LIVE) }),
        )
        .route("/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
        .fallback(nothing)
}

/// The three that name an SLO.
type Slo = (String, String, String);

async fn all(Reader(view): Reader) -> Response {
    page(view, |view, frame| {
        let mut reports: Vec<Arc<Vec<Report>>> = Vec::new();
        let mut judging = 0;
        for (customer, journey) in view.journeys() {
            match view.reports_in_time(&customer, &journey)? {
                Some(of) => reports.push(of),
                None => judging += 1,
            }
        }
        let frame = Frame { judging, ..frame };
        let reports = reports.iter().flat_map(|of| of.iter());
        let agreed: Vec<_> = reports
            .map(|report| (report, view.agreed(report)))
            .collect();
        let slos: Vec<_> = agreed
            .iter()
            .map(|(report, agreed)| (*report, agreed))
            .collect();
        Ok(overview(
            &as_of(frame, slos.iter().map(|(it, _)| *it)),
            &slos,
        ))
    })
    .await
}

async fn one(Reader(view): Reader, Path(slo): Path<Slo>) -> Response {
    page(view, move |view, frame| {
        let reports = view.reports(&slo.0, &slo.1)?;
        let report = find(&reports, &slo.2)?;
        let shown = ObjectiveView {
            report,
            agreed: &view.agreed(report),
            felt: &view.felt(report),
        };
        Ok(objective(&as_of(frame, [report]), shown))
    })
    .await
}

async fn one_run(Reader(view): Reader, Path(id): Path<String>) -> Response {
    page(view, move |view, frame| {
        let id = RunId::from_hex(&id).ok_or(Trouble::NotFound)?;
        if !view.unknown().is_empty() {
            return Err(Trouble::OnlyCounts);
        }
        let record = view.run(id)?.ok_or(Trouble::NotFound)?;
        Ok(run(&frame, &record))
    })
    .await
}

async fn one_incident(
    Reader(view): Reader,
    Path((customer, journey, slo, start_s)): Path<(String, String, String, i64)>,
) -> Response {
    page(view, move |view, frame| {
        let reports = view.reports(&customer, &journey)?;
        let report = find(&reports, &slo)?;
        let begun = |it: &&IncidentReport| it.start_ns.div_euclid(SECOND_NS) == start_s;
        let found = report.incidents.iter().find(begun);
        let found = found.ok_or(Trouble::NotFound)?;
        let entries = written::of_incident(view, (&customer, &journey, &slo), start_s);
        let shown = IncidentView {
            report,
            incident: found,
            agreed: &view.agreed(report),
            runs: &runs_of(view, report, found)?,
            entries: &entries,
        };
        let frame = written::writable(view, &customer, as_of(frame, [report]));
        Ok(incident(&frame, shown))
    })
    .await
}

async fn one_badge(Reader(view): Reader, Path(slo): Path<Slo>) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        let name = slo.2.strip_suffix(".svg").unwrap_or(&slo.2);
        let reports = view.reports(&slo.0, &slo.1)?;
        let report = find(&reports, name)?;
        Ok::<_, Trouble>(badge(name, report.said, report.budget.remaining))
    });
    match made.await {
        Ok(Ok(svg)) => ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
        Ok(Err(Trouble::NotFound)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(Trouble::Store(StoreError::Counters(_)))) => {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "no badge");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn nothing(State(site): State<Site>) -> Response {
    let says = Message {
        title: "Nothing is here",
        text: "No page has this address. The overview shows all that there is.",
    };
    page::word(&site, StatusCode::NOT_FOUND, says)
}

fn find<'r>(reports: &'r [Report], slo: &str) -> Result<&'r Report, Trouble> {
    let found = reports.iter().find(|report| report.slo == slo);
    found.ok_or(Trouble::NotFound)
}

/// A frame that says of when the oldest of these reports is.
fn as_of<'r>(frame: Frame, reports: impl IntoIterator<Item = &'r Report>) -> Frame {
    let judged = reports.into_iter().map(|report| report.evaluate_at_ns);
    let at_ns = judged.min().unwrap_or(frame.at_ns).min(frame.at_ns);
    Frame { at_ns, ..frame }
}

/// Whole runs of an incident that did not pass, the latest first.
fn runs_of(
    view: &View,
    report: &Report,
    incident: &IncidentReport,
) -> Result<Vec<RunLine>, Trouble> {
    let filter = RunFilter {
        customer: Some(report.customer.clone()),
        journey: Some(report.journey.clone()),
        from_ns: Some(incident.start_ns),
        to_ns: Some(incident.last_bad_ns.saturating_add(1)),
        limit: 4 * RUNS,
        ..RunFilter::default()
    };
    let kept = view.runs(&filter)?;
    let records = kept.iter().map(|head| &head.record);
    let bad = records.filter(|record| matches!(record.verdict, Verdict::Fail | Verdict::Slow));
    Ok(bad.take(RUNS).map(line).collect())
}

/// A run in a list.
fn line(record: &Record) -> RunLine {
    let why = match (&record.failure, &record.void, &record.missed) {
        (Some(failure), _, _) => format!("{}: {}", failure.step, failure.message),
        (_, Some(void), _) => void.message.clone(),
        (_, _, Some(missed)) => missed.as_str().to_owned(),
        (None, None, None) => String::new(),
    };
    RunLine {
        id: record.missed.is_none().then_some(record.id),
        region: record.region.clone(),
        at_ns: record.start_ns,
        verdict: record.verdict,
        took: record.duration,
        why,
    }
}

/// What follows `?` in an address.
type Asked = Query<HashMap<String, String>>;
