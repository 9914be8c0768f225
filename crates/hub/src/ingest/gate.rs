//! Before a request is read: who sends it, and whether there is room for it.

use super::{AGAIN_S, http as plain};
use crate::{
    access::{Access, Grant, Shown, bearer},
    serve::Peer,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use jaunt_agent::Clock;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};
use tonic::Code;
use tonic_types::{ErrorDetails, StatusExt as _};

/// Requests that are read and written at once: each may hold its body, unpacked, and what it says.
const AT_ONCE: usize = 16;
/// So long a request may wait for its turn.
const TURN: Duration = Duration::from_secs(2);
/// So long it may take from then on; who drips a body in is cut off.
const WHOLE: Duration = Duration::from_secs(30);

/// The gate of the receiving port.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    access: Arc<Access>,
    clock: Clock,
    room: Arc<Semaphore>,
}

impl Gate {
    pub(super) fn new(access: Arc<Access>, clock: Clock) -> Self {
        Self {
            access,
            clock,
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

/// Lets a request pass with its sender's grant, or answers it in its own protocol.
pub(super) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let way = Way::of(&request);
    let names = request
        .extensions()
        .get::<Peer>()
        .cloned()
        .unwrap_or_default();
    let shown = Shown {
        secret: bearer(request.headers()),
        names: &names.0,
    };
    let now_s = gate.clock.now().wall_ns.div_euclid(1_000_000_000);
    let grant = match gate.access.check(shown, now_s) {
        Ok(grant) => grant,
        Err(denied) => return way.answer(Code::Unauthenticated, &denied.to_string()),
    };
    if !grant.writes() {
        return way.answer(Code::PermissionDenied, "this token may not write");
    }
    request.extensions_mut().insert::<Grant>(grant);
    let Ok(Ok(_room)) = timeout(TURN, gate.room.acquire()).await else {
        return way.answer(Code::Unavailable, "the hub is busy");
    };
    match timeout(WHOLE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => way.answer(Code::Unavailable, "the request took too long"),
    }
}

/// In which protocol an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Grpc,
    Http(plain::Form),
}

impl Way {
    fn of(request: &Request) -> Self {
        let kind = request.headers().get(http::header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/grpc") {
            Self::Grpc
        } else {
            Self::Http(plain::Form::of(request.headers()).unwrap_or(plain::Form::Json))
        }
    }

    fn answer(self, code: Code, message: &str) -> Response {
        match self {
            Self::Grpc => refusal(code, message).into_http::<axum::body::Body>(),
            Self::Http(form) => form.refusal(code, message).into_response(),
        }
    }
}

/// A refusal by gRPC; who is to come again is told when.
pub(super) fn refusal(code: Code, message: &str) -> tonic::Status {
    match code {
        Code::Unavailable => {
            let when = ErrorDetails::with_retry_info(Some(Duration::from_secs(AGAIN_S)));
            tonic::Status::with_error_details(code, message, when)
        }
        _ => tonic::Status::new(code, message),
    }
}
