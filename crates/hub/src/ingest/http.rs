//! OTLP by HTTP: protobuf or JSON, gzip or not; the answer comes in the form of the request.

use super::{AGAIN_S, Ingest, LARGEST};
use crate::{access::Grant, store::Unwritten};
use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::post,
};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use prost::Message;
use serde::{Serialize, de::DeserializeOwned};
use std::io::Read as _;
use tonic::Code;

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Protobuf,
    Json,
}

/// An answer that is no success.
struct Refused(StatusCode, Code, String);

/// The routes of OTLP by HTTP.
pub(super) fn routes(ingest: Ingest) -> Router {
    Router::new()
        .route("/v1/logs", post(logs))
        .route("/v1/traces", post(traces))
        .route("/v1/metrics", post(metrics))
        .with_state(ingest)
}

async fn logs(
    State(ingest): State<Ingest>,
    Extension(grant): Extension<Grant>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&headers, body, |request| async move {
        ingest.logs(&grant, request).await
    })
    .await
}

async fn traces(
    State(ingest): State<Ingest>,
    Extension(grant): Extension<Grant>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&headers, body, |request| async move {
        ingest.traces(&grant, request).await
    })
    .await
}

async fn metrics(
    State(ingest): State<Ingest>,
    Extension(grant): Extension<Grant>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&headers, body, |request| async move {
        ingest.metrics(&grant, request).await
    })
    .await
}

async fn answer<Q, A, F>(headers: &HeaderMap, body: Body, take: impl FnOnce(Q) -> F) -> Response
where
    Q: Message + Default + DeserializeOwned,
    A: Message + Serialize,
    F: Future<Output = Result<A, Unwritten>>,
{
    let Some(form) = Form::of(headers) else {
        let why = "the body must be `application/x-protobuf` or `application/json`";
        let refused = Refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::InvalidArgument,
            why.into(),
        );
        return Form::Json.refuse(&refused);
    };
    let request = match request(form, headers, body).await {
        Ok(request) => request,
        Err(refused) => return form.refuse(&refused),
    };
    match take(request).await {
        Ok(answer) => form.success(&answer),
        Err(error) => form.refusal(Code::Unavailable, &error.to_string()),
    }
}

async fn request<Q: Message + Default + DeserializeOwned>(
    form: Form,
    headers: &HeaderMap,
    body: Body,
) -> Result<Q, Refused> {
    let bytes = axum::body::to_bytes(body, LARGEST).await;
    let bytes = bytes.map_err(|error| too_large_or_broken(&error))?;
    let bytes = plain(headers, bytes)?;
    let bad = |why: String| Refused(StatusCode::BAD_REQUEST, Code::InvalidArgument, why);
    match form {
        Form::Protobuf => Q::decode(bytes).map_err(|error| bad(error.to_string())),
        Form::Json => super::json::read(&bytes).map_err(|error| bad(error.to_string())),
    }
}

fn too_large_or_broken(error: &axum::Error) -> Refused {
    let source = std::error::Error::source(error);
    if source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>()) {
        return too_large();
    }
    let why = "the body broke off".to_owned();
    Refused(StatusCode::BAD_REQUEST, Code::InvalidArgument, why)
}

fn too_large() -> Refused {
    let why = format!("the request is larger than {LARGEST} bytes");
    Refused(StatusCode::PAYLOAD_TOO_LARGE, Code::InvalidArgument, why)
}

/// The body, unpacked as far as a request may reach.
fn plain(headers: &HeaderMap, bytes: Bytes) -> Result<Bytes, Refused> {
    match headers
        .get(header::CONTENT_ENCODING)
        .map(HeaderValue::as_bytes)
    {
        None | Some(b"" | b"identity") => Ok(bytes),
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let unpacked = MultiGzDecoder::new(bytes.as_ref())
                .take(LARGEST as u64 + 1)
                .read_to_end(&mut plain);
            let why = |_| {
                let why = "the body is no gzip".to_owned();
                Refused(StatusCode::BAD_REQUEST, Code::InvalidArgument, why)
            };
            unpacked.map_err(why)?;
            if plain.len() > LARGEST {
                return Err(too_large());
            }
            Ok(plain.into())
        }
        Some(_) => {
            let why = "the body must be gzip or not compressed".to_owned();
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            Err(Refused(status, Code::InvalidArgument, why))
        }
    }
}

/// `google.rpc.Status`, as OTLP wants refusals; the code stands in it, too.
#[derive(Clone, PartialEq, Message, Serialize)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

impl Form {
    /// The form that a request states; `None` where it is neither.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim() {
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The refusal that stands for this code.
    pub(super) fn refusal(self, code: Code, message: &str) -> Response {
        let status = match code {
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut response = self.refuse(&Refused(status, code, message.to_owned()));
        let headers = response.headers_mut();
        if code == Code::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(AGAIN_S));
        }
        if code == Code::Unauthenticated {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }

    fn refuse(self, Refused(status, code, message): &Refused) -> Response {
        let body = Status {
            code: i32::from(*code),
            message: message.clone(),
        };
        (*status, self.response(&body)).into_response()
    }

    fn success(self, answer: &(impl Message + Serialize)) -> Response {
        self.response(answer)
    }

    fn response(self, message: &(impl Message + Serialize)) -> Response {
        let (kind, body) = match self {
            Self::Protobuf => ("application/x-protobuf", message.encode_to_vec()),
            // What was built here has no map with keys other than text, which alone could fail.
            Self::Json => (
                "application/json",
                serde_json::to_vec(message).unwrap_or_default(),
            ),
        };
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    }
}
