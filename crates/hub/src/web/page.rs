//! What all pages share: who reads, what stands around, and a calm word where there is nothing.

use super::{Site, viewer};
use crate::{store::StoreError, view::View, written::Standing};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use jaunt_pages::{Frame, Message, message};

/// The view of whoever asks for a page; who may not see it is told so by a page.
#[derive(Clone, Debug)]
pub(super) struct Reader(pub(super) View);

impl FromRequestParts<Site> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let view = viewer::view_of(parts, site);
        let view = view.map(View::at_a_glance);
        view.map(Self).map_err(|closed| closed.page(site))
    }
}

/// When to ask again for what is being made, seconds.
const AGAIN: &str = "5";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// There is no such thing, or it is another's.
    #[error("there is no such thing, or it is not yours to see")]
    NotFound,
    /// What was asked for cannot be read.
    #[error("`{0}` is no month: such as `2026-11`")]
    Month(String),
    /// It is about a single run, and only counts are known.
    #[error("single runs are not known here: this hub reads counters")]
    OnlyCounts,
    /// The store.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// Not all that it shows was judged yet.
    #[error("the hub is judging")]
    Judging,
    /// The hub goes.
    #[error("the hub is shutting down")]
    Closing,
}

impl Trouble {
    fn says(&self) -> (StatusCode, Message<'static>) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                Message {
                    title: "Nothing is here",
                    text: "What this address names is not known, not kept any more, or not yours to see.",
                },
            ),
            Self::Month(_) => (
                StatusCode::BAD_REQUEST,
                Message {
                    title: "That is no month",
                    text: "A report is asked for by a month: ?period=2026-11.",
                },
            ),
            Self::OnlyCounts => (
                StatusCode::NOT_IMPLEMENTED,
                Message {
                    title: "Single runs are not known here",
                    text: "This hub reads counters, which tell how many runs were good and bad, and of none what it did. The traces that agents export do: a run's id is its trace id.",
                },
            ),
            // It was told when it failed.
            Self::Store(StoreError::Counters(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Message {
                    title: "The store of counters does not answer",
                    text: "This hub reads its figures from another store, which does not give them now. Nothing is shown rather than something that may be wrong; try again in a moment.",
                },
            ),
            Self::Store(error) => {
                tracing::error!(%error, "the store cannot be read");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Message {
                        title: "The hub cannot read its store",
                        text: "What was measured is safe; those who run the hub find the cause in its log.",
                    },
                )
            }
            Self::Judging => (
                StatusCode::SERVICE_UNAVAILABLE,
                Message {
                    title: "The report is being made",
                    text: "The hub has just started, and is judging the journeys. The report is here in a moment.",
                },
            ),
            Self::Closing => (
                StatusCode::SERVICE_UNAVAILABLE,
                Message {
                    title: "The hub is about to stop",
                    text: "Try again in a moment.",
                },
            ),
        }
    }
}

/// A page, made on a thread that may block.
pub(super) async fn page(
    view: View,
    make: impl FnOnce(&View, Frame) -> Result<String, Trouble> + Send + 'static,
) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        let made = frame(&view).and_then(|frame| make(&view, frame));
        made.map_err(|trouble| {
            let (status, says) = trouble.says();
            (
                status,
                message(&frame(&view).unwrap_or_else(|_| at(&view)), says),
            )
        })
    });
    match made.await {
        Ok(Ok(page)) => Html(page).into_response(),
        Ok(Err((StatusCode::SERVICE_UNAVAILABLE, page))) => {
            let again = [(header::RETRY_AFTER, AGAIN), (header::REFRESH, AGAIN)];
            (StatusCode::SERVICE_UNAVAILABLE, again, Html(page)).into_response()
        }
        Ok(Err((status, page))) => (status, Html(page)).into_response(),
        Err(_) => {
            let (status, says) = Trouble::Closing.says();
            (status, Html(message(&Frame::default(), says))).into_response()
        }
    }
}

/// A page that says one thing, to someone who is not known.
pub(super) fn word(site: &Site, status: StatusCode, says: Message<'_>) -> Response {
    let frame = Frame {
        at_ns: site.desk.clock.now().wall_ns,
        ..Frame::default()
    };
    (status, Html(message(&frame, says))).into_response()
}

/// What stands around a page for whoever looks.
fn frame(view: &View) -> Result<Frame, Trouble> {
    let now_ns = view.now_ns();
    let customers = view.customers()?;
    let waiting = customers.iter().filter_map(|customer| {
        let pending = view.entries(customer, |it| it.standing == Standing::Pending);
        let count = pending.into_iter().filter(|pending| *pending).count();
        (count > 0).then(|| (customer.clone(), count))
    });
    Ok(Frame {
        waiting: waiting.collect(),
        reader: view.reader().map(str::to_owned),
        customers,
        period: month_of(now_ns),
        simulated_until_ns: view.simulated_until_ns(),
        unknown: view.unknown(),
        ..at(view)
    })
}

fn at(view: &View) -> Frame {
    Frame {
        at_ns: view.now_ns(),
        ..Frame::default()
    }
}

/// The month that an instant is in, in UTC: `2026-11`.
pub(super) fn month_of(ns: i64) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(ns)).unwrap_or_default();
    at.strftime("%Y-%m").to_string()
}

/// A file that never changes while the hub runs.
pub(super) fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, text).into_response()
}
