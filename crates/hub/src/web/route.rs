//! The API's routes as rows: the router and the description are made of the same ones.

use super::Site;
use axum::{Router, routing::MethodRouter};

/// One thing that can be asked of the API.
pub(super) struct Route {
    /// Where; names in braces are of the path.
    pub(super) path: &'static str,
    /// What it does, in a sentence.
    pub(super) about: &'static str,
    /// What may follow `?`.
    pub(super) asks: &'static [&'static str],
    /// What it is given.
    pub(super) takes: Takes,
    pub(super) answers: Answers,
    pub(super) needs: Needs,
    pub(super) serve: fn() -> MethodRouter<Site>,
}

/// What is sent along, by the kind of a shape.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Nothing: it is read (GET).
    Nothing,
    /// JSON of this kind: it is written (POST).
    Body(&'static str),
    /// The same, or nothing.
    MayBody(&'static str),
}

/// What a route asks the store for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing that counters do not tell, too.
    Counts,
    /// Single runs: a hub that reads counters has none.
    Runs,
}

/// What comes back, by the kind of a shape.
#[derive(Clone, Copy)]
pub(super) enum Answers {
    /// One JSON value.
    Json(&'static str),
    /// One JSON value that was made just now (201).
    Made(&'static str),
    /// Lines of JSON, each of this kind.
    Lines(&'static str),
}

impl Route {
    /// How it is asked, in the description's words.
    pub(super) const fn method(&self) -> &'static str {
        match self.takes {
            Takes::Nothing => "get",
            Takes::Body(_) | Takes::MayBody(_) => "post",
        }
    }

    /// Its name among all: `slos`, `slos_customer_journey_slo`, `post_entries`.
    pub(super) fn name(&self) -> String {
        let path = self.path.trim_start_matches("/api/v1/");
        let path = path.replace(['/', '.'], "_").replace(['{', '}'], "");
        match self.takes {
            Takes::Nothing => path,
            Takes::Body(_) | Takes::MayBody(_) => format!("post_{path}"),
        }
    }
}

/// The router of these.
pub(super) fn router(routes: &[Route]) -> Router<Site> {
    let empty = Router::new();
    routes.iter().fold(empty, |router, route| {
        router.route(route.path, (route.serve)())
    })
}
