//! `/api/v1`: the data behind every page, as JSON.

mod record;

use super::{
    Site, Viewer, body, openapi,
    route::{self, Answers, Needs, Route, Takes},
};
use crate::{
    store::{RunFilter, StoreError},
    view::{View, line},
};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jaunt_pages::link;
use jaunt_record::{RunId, Verdict};
use jaunt_slo::Report;
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::Range;

const SECOND_NS: i64 = 1_000_000_000;
/// How many runs a list gives unless it is asked for more.
const RUNS: usize = 100;

const OF: &[&str] = &["customer", "journey"];

pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/slos",
        about: "The report of each SLO.",
        asks: OF,
        takes: Takes::Nothing,
        answers: Answers::Json("Slos"),
        needs: Needs::Counts,
        serve: || get(slos),
    },
    Route {
        path: "/api/v1/slos/{customer}/{journey}/{slo}",
        about: "The report of one SLO.",
        asks: &[],
        takes: Takes::Nothing,
        answers: Answers::Json("Report"),
        needs: Needs::Counts,
        serve: || get(slo),
    },
    Route {
        path: "/api/v1/journeys",
        about: "The journeys that are defined, or of which slots are known.",
        asks: OF,
        takes: Takes::Nothing,
        answers: Answers::Json("Journeys"),
        needs: Needs::Counts,
        serve: || get(journeys),
    },
    Route {
        path: "/api/v1/incidents",
        about: "The incidents of each SLO's window.",
        asks: OF,
        takes: Takes::Nothing,
        answers: Answers::Json("Incidents"),
        needs: Needs::Counts,
        serve: || get(incidents),
    },
    Route {
        path: "/api/v1/runs",
        about: "Runs that are kept whole, the newest first.",
        asks: &[
            "customer", "journey", "region", "verdict", "from", "to", "limit",
        ],
        takes: Takes::Nothing,
        answers: Answers::Json("Runs"),
        needs: Needs::Runs,
        serve: || get(runs),
    },
    Route {
        path: "/api/v1/runs/{id}",
        about: "One run with its steps.",
        asks: &[],
        takes: Takes::Nothing,
        answers: Answers::Json("Run"),
        needs: Needs::Runs,
        serve: || get(run),
    },
    Route {
        path: "/api/v1/agents",
        about: "The agents that measure.",
        asks: &[],
        takes: Takes::Nothing,
        answers: Answers::Json("AgentList"),
        needs: Needs::Runs,
        serve: || get(agents),
    },
    Route {
        path: "/api/v1/agreements",
        about: "What both sides agreed, as its file says it: the text that the signatures are over.",
        asks: &["customer"],
        takes: Takes::Nothing,
        answers: Answers::Json("Agreements"),
        needs: Needs::Counts,
        serve: || get(agreements),
    },
    Route {
        path: "/api/v1/events",
        about: "What every figure is made of, so that anyone can compute it again.",
        asks: &["customer", "journey", "from", "to"],
        takes: Takes::Nothing,
        answers: Answers::Lines("Event"),
        needs: Needs::Runs,
        serve: || get(events),
    },
    Route {
        path: "/api/v1/openapi.json",
        about: "This description.",
        asks: &[],
        takes: Takes::Nothing,
        answers: Answers::Json("any{}"),
        needs: Needs::Counts,
        serve: || get(description),
    },
];

pub(super) fn routes() -> Router<Site> {
    route::router(ROUTES)
}

async fn description(Viewer(_): Viewer, State(site): State<Site>) -> Json<Value> {
    Json(openapi::document(&site.url))
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("there is no such thing, or it is not yours to see")]
    NotFound,
    #[error("`{0}` is no instant: RFC 3339, or Unix nanoseconds")]
    Instant(String),
    #[error("`{0}` is no verdict")]
    Verdict(String),
    #[error("single runs, slots and agents are not known here: this hub reads counters")]
    OnlyCounts,
    #[error("the store of counters that this hub reads does not answer: try again in a moment")]
    Away,
    #[error("the store cannot be read")]
    Store(StoreError),
    #[error("the hub is shutting down")]
    Closing,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            // It was told when it failed.
            StoreError::Counters(_) => Self::Away,
            other => Self::Store(other),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Instant(_) | Self::Verdict(_) => StatusCode::BAD_REQUEST,
            Self::Store(error) => {
                tracing::error!(%error, "the store cannot be read");
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::OnlyCounts => StatusCode::NOT_IMPLEMENTED,
            Self::Away | Self::Closing => StatusCode::SERVICE_UNAVAILABLE,
        };
        let body = json!({ "error": { "message": self.to_string() } });
        (status, Json(body)).into_response()
    }
}

/// That the hub knows single runs.
fn of_runs(view: &View) -> Result<(), Refused> {
    match view.unknown().is_empty() {
        true => Ok(()),
        false => Err(Refused::OnlyCounts),
    }
}

/// A report, and what its source cannot tell.
fn told(view: &View, report: &Report) -> Value {
    let mut told = json!(report);
    if let Some(told) = told.as_object_mut() {
        told.insert("not_known".into(), json!(view.unknown()));
    }
    told
}

/// Asks on a thread that may block.
async fn ask(
    view: View,
    ask: impl FnOnce(&View) -> Result<Value, Refused> + Send + 'static,
) -> Result<Json<Value>, Refused> {
    let asked = tokio::task::spawn_blocking(move || ask(&view));
    asked.await.map_err(|_| Refused::Closing)?.map(Json)
}

#[derive(Debug, Deserialize)]
struct OfCustomer {
    customer: Option<String>,
    journey: Option<String>,
}

impl OfCustomer {
    fn admits(&self, customer: &str, journey: &str) -> bool {
        self.customer
            .as_ref()
            .is_none_or(|wanted| wanted == customer)
            && self.journey.as_ref().is_none_or(|wanted| wanted == journey)
    }
}

/// All reports of the journeys that are asked for.
fn reports(view: &View, of: &OfCustomer) -> Result<Vec<Report>, Refused> {
    let mut reports = Vec::new();
    for (customer, journey) in view.journeys() {
        if of.admits(&customer, &journey) {
            reports.extend(view.reports(&customer, &journey)?.iter().cloned());
        }
    }
    Ok(reports)
}

async fn slos(Viewer(view): Viewer, Query(of): Query<OfCustomer>) -> Result<Json<Value>, Refused> {
    ask(view, move |view| {
        let reports = reports(view, &of)?;
        let told: Vec<_> = reports.iter().map(|report| told(view, report)).collect();
        Ok(json!({ "slos": told }))
    })
    .await
}

async fn slo(
    Viewer(view): Viewer,
    Path((customer, journey, name)): Path<(String, String, String)>,
) -> Result<Json<Value>, Refused> {
    ask(view, move |view| {
        let reports = view.reports(&customer, &journey)?;
        let report = reports.iter().find(|report| report.slo == name);
        report
            .map(|report| told(view, report))
            .ok_or(Refused::NotFound)
    })
    .await
}

async fn journeys(
    Viewer(view): Viewer,
    Query(of): Query<OfCustomer>,
) -> Result<Json<Value>, Refused> {
    ask(view, move |view| {
        let all = view.journeys().into_iter();
        let wanted = all.filter(|(customer, journey)| of.admits(customer, journey));
        let journeys: Vec<_> = wanted
            .map(|(customer, journey)| about_journey(view, &customer, &journey))
            .collect();
        Ok(json!({ "journeys": journeys }))
    })
    .await
}

fn about_journey(view: &View, customer: &str, journey: &str) -> Value {
    let watched = view.journey(customer, journey);
    let series = view.series(customer, journey).into_iter();
    let series: Vec<_> = series
        .map(|series| json!({ "region": series.region, "agent": series.agent }))
        .collect();
    let slos = watched.as_ref().map(|watched| {
        let names = watched.subject.slos.iter().map(|slo| slo.name.clone());
        names.collect::<Vec<_>>()
    });
    let watched = watched.as_ref().map(|watched| &watched.journey);
    json!({
        "customer": customer,
        "journey": journey,
        "title": watched.and_then(|journey| journey.title.clone()),
        "every_s": watched.map(|journey| journey.every.as_secs()),
        "regions": watched.map(|journey| journey.regions.clone()),
        "slos": slos.unwrap_or_default(),
        "series": series,
    })
}

async fn incidents(
    Viewer(view): Viewer,
    Query(of): Query<OfCustomer>,
) -> Result<Json<Value>, Refused> {
    ask(view, move |view| {
        let mut incidents = Vec::new();
        for report in reports(view, &of)? {
            for incident in &report.incidents {
                let mut about = json!(incident);
                if let Some(about) = about.as_object_mut() {
                    let slo = (&report.customer, &report.journey, &report.slo);
                    let id = link::incident_id(slo.0, slo.1, slo.2, incident.start_ns);
                    about.insert("id".into(), json!(id));
                    about.insert("customer".into(), json!(report.customer));
                    about.insert("journey".into(), json!(report.journey));
                    about.insert("slo".into(), json!(report.slo));
                }
                incidents.push(about);
            }
        }
        Ok(json!({ "incidents": incidents }))
    })
    .await
}

#[derive(Debug, Deserialize)]
struct WhichRuns {
    customer: Option<String>,
    journey: Option<String>,
    region: Option<String>,
    verdict: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<usize>,
}

async fn runs(
    Viewer(view): Viewer,
    Query(which): Query<WhichRuns>,
) -> Result<Json<Value>, Refused> {
    let verdict = which
        .verdict
        .map(|name| Verdict::from_name(&name).ok_or(Refused::Verdict(name)));
    let filter = RunFilter {
        customer: which.customer,
        journey: which.journey,
        region: which.region,
        verdict: verdict.transpose()?,
        from_ns: which.from.as_deref().map(instant).transpose()?,
        to_ns: which.to.as_deref().map(instant).transpose()?,
        limit: which.limit.unwrap_or(RUNS),
    };
    ask(view, move |view| {
        of_runs(view)?;
        let runs = view.runs(&filter)?;
        let runs: Vec<_> = runs
            .iter()
            .map(|head| record::in_short(&head.record))
            .collect();
        Ok(json!({ "runs": runs }))
    })
    .await
}

async fn run(Viewer(view): Viewer, Path(id): Path<String>) -> Result<Json<Value>, Refused> {
    let id = RunId::from_hex(&id).ok_or(Refused::NotFound)?;
    ask(view, move |view| {
        of_runs(view)?;
        let run = view.run(id)?.ok_or(Refused::NotFound)?;
        Ok(record::whole(&run))
    })
    .await
}

async fn agents(Viewer(view): Viewer) -> Result<Json<Value>, Refused> {
    ask(view, |view| {
        of_runs(view)?;
        let agents = view.agents()?.into_iter();
        let agents: Vec<_> = agents
            .map(|agent| {
                json!({
                    "agent": agent.instance,
                    "seen_ns": agent.seen_ns,
                    "regions": agent.regions,
                    "customers": agent.customers,
                    "journeys": agent.journeys,
                    "last_slot": agent.last_slot,
                    "about": agent.about,
                })
            })
            .collect();
        Ok(json!({ "agents": agents }))
    })
    .await
}

async fn agreements(
    Viewer(view): Viewer,
    Query(of): Query<OfCustomer>,
) -> Result<Json<Value>, Refused> {
    ask(view, move |view| {
        let held = view.agreements(of.customer.as_deref());
        let about = held.iter().map(|held| {
            let agreement = &held.agreement;
            json!({
                "customer": agreement.customer,
                "name": agreement.name,
                "standing": agreement.standing().word(),
                "text": held.text,
            })
        });
        Ok(json!({ "agreements": about.collect::<Vec<_>>() }))
    })
    .await
}

#[derive(Debug, Deserialize)]
struct WhichEvents {
    customer: Option<String>,
    journey: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// The lines of SLO.md §1, runs by hand included, so that anyone can recompute every figure.
async fn events(
    Viewer(view): Viewer,
    Query(which): Query<WhichEvents>,
) -> Result<Response, Refused> {
    of_runs(&view)?;
    let from = which.from.as_deref().map(instant).transpose()?.unwrap_or(0);
    let to = which.to.as_deref().map(instant).transpose()?;
    let to = to.unwrap_or_else(|| view.now_ns());
    let of = OfCustomer {
        customer: which.customer,
        journey: which.journey,
    };
    let written = body::lines(move |lines| write(&view, &of, from..to, lines));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], written).into_response())
}

fn write(
    view: &View,
    of: &OfCustomer,
    within: Range<i64>,
    lines: &mut body::Lines,
) -> Result<(), body::Gone> {
    let slots = within.start.div_euclid(SECOND_NS)..within.end.div_euclid(SECOND_NS) + 1;
    let broken = |error: StoreError| {
        tracing::error!(%error, "events break off");
        body::Gone
    };
    for (customer, journey) in view.journeys() {
        if !of.admits(&customer, &journey) {
            continue;
        }
        let mut done = Ok(());
        let each = |event| {
            if done.is_ok() {
                done = lines.line(&line(&event));
            }
        };
        view.events(&customer, &journey, slots.clone(), each)
            .map_err(broken)?;
        done?;
    }
    for customer in view.customers().map_err(broken)? {
        for event in view
            .events_by_hand(&customer, within.clone())
            .map_err(broken)?
        {
            if of.admits(&customer, &event.journey) {
                lines.line(&line(&event))?;
            }
        }
    }
    Ok(())
}

/// RFC 3339, or Unix ns.
fn instant(text: &str) -> Result<i64, Refused> {
    if let Ok(ns) = text.parse::<i64>() {
        return Ok(ns);
    }
    let at = text.parse::<jiff::Timestamp>().ok();
    let ns = at.and_then(|at| i64::try_from(at.as_nanosecond()).ok());
    ns.ok_or_else(|| Refused::Instant(text.chars().take(64).collect()))
}
