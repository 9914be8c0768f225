//! The forms of the pages: what they send, and where the reader comes out.

use super::{
    Site,
    asked::Asked,
    page::{Reader, word},
    write::{LARGEST, Ours, Trouble, answered, is_guarded, wrote},
};
use crate::{view::View, written::What};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use jaunt_pages::{Message, link};
use std::collections::HashMap;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/entries", post(write))
        .route("/entries/{id}", post(settle))
        .layer(DefaultBodyLimit::max(LARGEST))
}

type Fields = HashMap<String, String>;

async fn write(
    State(site): State<Site>,
    _ours: Ours,
    Reader(view): Reader,
    body: Bytes,
) -> Response {
    let wrote = async {
        let mut fields = guarded(&view, &body)?;
        wrote(&view, Asked::of_form(&mut fields)?).await
    };
    out(&site, &view, wrote.await.map(|line| line.seq))
}

async fn settle(
    State(site): State<Site>,
    _ours: Ours,
    Reader(view): Reader,
    Path(id): Path<i64>,
    body: Bytes,
) -> Response {
    let settled = async {
        let mut fields = guarded(&view, &body)?;
        let mut field = |name| fields.remove(name).unwrap_or_default();
        let (answer, reason) = (field("answer"), field("reason"));
        answered(&view, id, &answer, reason.trim().to_owned()).await
    };
    out(&site, &view, settled.await.map(|_| id))
}

/// The fields of a form that a page of this reader sent.
fn guarded(view: &View, body: &[u8]) -> Result<Fields, Trouble> {
    let fields: Fields = url::form_urlencoded::parse(body).into_owned().collect();
    match is_guarded(view, fields.get("guard").map(String::as_str)) {
        true => Ok(fields),
        // One who only reads has no word to repeat.
        false if view.guard().is_none() => Err(Trouble::OnlyReads),
        false => Err(Trouble::Foreign),
    }
}

/// Back to where the entry stands; or a word on why there is none.
fn out(site: &Site, view: &View, done: Result<i64, Trouble>) -> Response {
    let place = done.and_then(|id| place(view, id).ok_or(Trouble::NotFound));
    match place {
        Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
        Err(trouble) => {
            let text = match &trouble {
                Trouble::Foreign => {
                    "The page was loaded before the hub was started anew, or by someone else. Go back, load it again, and send it once more.".to_owned()
                }
                Trouble::OnlyReads | Trouble::NotFound | Trouble::Json(_) | Trouble::Unclear(_)
                | Trouble::Unadded(_) | Trouble::Closing => {
                    format!("Nothing was changed: {trouble}.")
                }
            };
            let says = Message {
                title: "That was not written",
                text: &text,
            };
            word(site, trouble.status(), says)
        }
    }
}

fn place(view: &View, id: i64) -> Option<String> {
    view.entry(id, |it| {
        let customer = &it.line.draft.customer;
        let page = match (&it.entry.what, &it.entry.journey) {
            (
                What::Party {
                    slo, incident_s, ..
                }
                | What::Note { slo, incident_s },
                Some(journey),
            ) => {
                let start_ns = incident_s.saturating_mul(1_000_000_000);
                link::incident(customer, journey, slo, start_ns)
            }
            (_, _) => link::written(customer),
        };
        format!("{page}#entry-{id}")
    })
}
