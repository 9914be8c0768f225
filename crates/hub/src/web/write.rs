//! Writing for one's side: `/api/v1/entries` for programs, `/entries` for the pages' forms.
//!
//! Nobody writes in another's name. A browser says where a request comes from (`Origin`,
//! `Sec-Fetch-Site`), and what comes from elsewhere is refused. Since our pages send no referrer, their
//! forms may say `Origin: null`, as a hostile frame would: so a form also repeats a word that only
//! a page of this reader holds. The cookie is `SameSite=Lax` besides.

use super::{
    Site, Viewer,
    asked::{Asked, Unclear, Why, answer},
    route::{self, Answers, Needs, Route, Takes},
};
use crate::{
    store::{StoreError, Unadded},
    view::View,
    written::{Act, Line, Refused, Written, told},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Query},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Bytes of a request, JSON or a form: the longest reason, each of its bytes escaped.
pub(super) const LARGEST: usize = 32 << 10;

pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/entries",
        about: "What both sides wrote: maintenance, what users felt, whose an incident was, notes.",
        asks: &["customer", "journey", "standing"],
        takes: Takes::Nothing,
        answers: Answers::Json("Entries"),
        needs: Needs::Counts,
        serve: || get(entries),
    },
    Route {
        path: "/api/v1/entries",
        about: "Writes an entry; what needs the other side's consent waits for it.",
        asks: &[],
        takes: Takes::Body("NewEntry"),
        answers: Answers::Made("Entry"),
        needs: Needs::Counts,
        serve: || post(add),
    },
    Route {
        path: "/api/v1/entries/{entry}",
        about: "One entry, and how it stands.",
        asks: &[],
        takes: Takes::Nothing,
        answers: Answers::Json("Entry"),
        needs: Needs::Counts,
        serve: || get(entry),
    },
    Route {
        path: "/api/v1/entries/{entry}/{answer}",
        about: "Settles an entry that waits: the other side agrees or declines, its own takes it back.",
        asks: &[],
        takes: Takes::MayBody("Why"),
        answers: Answers::Json("Entry"),
        needs: Needs::Counts,
        serve: || post(settle),
    },
];

pub(super) fn routes() -> Router<Site> {
    route::router(ROUTES).layer(DefaultBodyLimit::max(LARGEST))
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("this token only reads here: a token that writes has a `side`")]
    OnlyReads,
    #[error("there is no such entry, or it is not yours to see")]
    NotFound,
    #[error("this came from another site")]
    Foreign,
    #[error("this is no JSON of an entry: {0}")]
    Json(serde_json::Error),
    #[error(transparent)]
    Unclear(#[from] Unclear),
    #[error(transparent)]
    Unadded(#[from] Unadded),
    #[error("the hub is shutting down")]
    Closing,
}

impl Trouble {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::OnlyReads | Self::Foreign => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Unclear(Unclear::NotFound) => StatusCode::NOT_FOUND,
            Self::Unclear(Unclear::Store(StoreError::Counters(_))) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unclear(Unclear::Store(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unclear(Unclear::GoesOn) => StatusCode::CONFLICT,
            Self::Json(_) | Self::Unclear(_) => StatusCode::BAD_REQUEST,
            Self::Unadded(Unadded::Unwritten(_)) | Self::Closing => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unadded(Unadded::Refused(refused)) => match refused {
                Refused::NoSuch(_) => StatusCode::NOT_FOUND,
                Refused::Empty(_)
                | Refused::Text { .. }
                | Refused::Control(_)
                | Refused::Backwards
                | Refused::Far
                | Refused::TooLong => StatusCode::BAD_REQUEST,
                Refused::NeedsNone(_)
                | Refused::Own(_)
                | Refused::Others(_)
                | Refused::Settled
                | Refused::Waiting(_)
                | Refused::Full(_) => StatusCode::CONFLICT,
            },
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        if let Self::Unadded(Unadded::Unwritten(error)) = &self {
            tracing::error!(%error, "an entry was not written");
        }
        let body = json!({ "error": { "message": self.to_string() } });
        (self.status(), Json(body)).into_response()
    }
}

/// A request that no other site sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ours {
    /// A program, or a page that says that it is ours.
    Told,
    /// A page that does not say whose it is: its form has to show the reader's word.
    Untold,
}

impl FromRequestParts<Site> for Ours {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Trouble> {
        let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().ok());
        let fetched =
            text("sec-fetch-site").is_none_or(|it| matches!(it, Some("same-origin" | "none")));
        let host = text("host").flatten();
        let host = host.or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
        let is_ours = |origin: &str| {
            let of = origin.split_once("://").map(|(_, host)| host);
            origin == &*site.url || of.is_some() && of == host
        };
        match text("origin") {
            _ if !fetched => Err(Trouble::Foreign),
            None => Ok(Self::Told),
            Some(Some("null")) => Ok(Self::Untold),
            Some(Some(origin)) if is_ours(origin) => Ok(Self::Told),
            Some(_) => Err(Trouble::Foreign),
        }
    }
}

impl Ours {
    /// For what has no form: only who says whose it is.
    fn told(self) -> Result<(), Trouble> {
        match self {
            Self::Told => Ok(()),
            Self::Untold => Err(Trouble::Foreign),
        }
    }
}

/// Whether a form of this reader's pages was sent.
pub(super) fn is_guarded(view: &View, shown: Option<&str>) -> bool {
    let (Some(expected), Some(shown)) = (view.guard(), shown) else {
        return false;
    };
    verify_slices_are_equal(expected.as_bytes(), shown.as_bytes()).is_ok()
}

/// Writes an entry.
pub(super) async fn wrote(view: &View, asked: Asked) -> Result<Line, Trouble> {
    let customer = asked.customer.clone();
    if !view.sees(&customer) {
        return Err(Trouble::NotFound);
    }
    if view.side(&customer).is_none() {
        return Err(Trouble::OnlyReads);
    }
    let seen = view.clone();
    let made = tokio::task::spawn_blocking(move || asked.act(&seen));
    let act = made.await.map_err(|_| Trouble::Closing)??;
    put(view, &customer, act).await
}

/// Writes an answer.
pub(super) async fn answered(
    view: &View,
    entry: i64,
    name: &str,
    reason: String,
) -> Result<Line, Trouble> {
    let of = view.entry(entry, |found| found.line.draft.customer.clone());
    let customer = of.ok_or(Trouble::NotFound)?;
    put(view, &customer, answer(entry, name, reason)?).await
}

async fn put(view: &View, customer: &str, act: Act) -> Result<Line, Trouble> {
    let added = view.add(customer, act).await;
    let line = added.ok_or(Trouble::OnlyReads)??;
    let (author, side) = (&line.draft.author, line.draft.side.as_str());
    tracing::info!(line = line.seq, customer, author, side, "written");
    Ok(line)
}

#[derive(Debug, Deserialize)]
struct Which {
    customer: Option<String>,
    journey: Option<String>,
    standing: Option<String>,
}

async fn entries(Viewer(view): Viewer, Query(which): Query<Which>) -> Result<Json<Value>, Trouble> {
    let listed = tokio::task::spawn_blocking(move || {
        let mut all = Vec::new();
        for customer in view.customers().map_err(Unclear::from)? {
            if which
                .customer
                .as_ref()
                .is_some_and(|wanted| *wanted != customer)
            {
                continue;
            }
            let wanted = |written: &Written<'_>| {
                let journey = which.journey.as_ref();
                let standing = which.standing.as_ref();
                journey.is_none_or(|journey| written.is_of(journey))
                    && standing.is_none_or(|standing| written.standing.as_str() == standing)
            };
            let taken = view.entries(&customer, |it| wanted(&it).then(|| told(&it)));
            all.extend(taken.into_iter().flatten());
        }
        Ok::<_, Trouble>(json!({ "entries": all }))
    });
    listed.await.map_err(|_| Trouble::Closing)?.map(Json)
}

async fn entry(Viewer(view): Viewer, Path(id): Path<i64>) -> Result<Json<Value>, Trouble> {
    let found = view.entry(id, |written| told(&written));
    found.map(Json).ok_or(Trouble::NotFound)
}

async fn add(ours: Ours, Viewer(view): Viewer, body: Bytes) -> Result<Response, Trouble> {
    ours.told()?;
    let asked: Asked = serde_json::from_slice(&body).map_err(Trouble::Json)?;
    let line = wrote(&view, asked).await?;
    let place = format!("/api/v1/entries/{}", line.seq);
    let entry = view.entry(line.seq, |written| told(&written));
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, place)],
        Json(entry),
    )
        .into_response())
}

async fn settle(
    ours: Ours,
    Viewer(view): Viewer,
    Path((id, name)): Path<(i64, String)>,
    body: Bytes,
) -> Result<Json<Value>, Trouble> {
    ours.told()?;
    let why = match body.is_empty() {
        true => Why::default(),
        false => serde_json::from_slice(&body).map_err(Trouble::Json)?,
    };
    answered(&view, id, &name, why.reason).await?;
    let entry = view.entry(id, |written| told(&written));
    entry.map(Json).ok_or(Trouble::NotFound)
}
