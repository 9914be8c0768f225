//! Pages and API: one router, and who looks at it.

mod api;
mod asked;
mod body;
mod forms;
mod openapi;
mod page;
mod pages;
mod route;
mod viewer;
mod write;

pub use viewer::Viewer;

use crate::{access::Access, view::Desk};
use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
};
use std::sync::Arc;

/// What handlers stand on: `State<Site>`, and the extractor [`Viewer`] for who asks.
#[derive(Clone, Debug)]
pub struct Site {
    /// What may be asked.
    pub desk: Desk,
    /// Who may come in.
    pub access: Arc<Access>,
    /// What links begin with.
    pub url: Arc<str>,
}

/// All routes of the port that shows.
pub fn router(site: Site) -> Router {
    api::routes()
        .merge(pages::routes())
        .merge(viewer::routes())
        .merge(write::routes())
        .merge(forms::routes())
        .with_state(site)
        .layer(from_fn(headers))
}

/// What each answer carries: it is for one reader, of the kind it says, and runs nothing of others'.
async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    set(header::CONTENT_SECURITY_POLICY, policy);
    response
}
