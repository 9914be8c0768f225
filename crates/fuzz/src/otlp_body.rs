//! A request as the hub receives it, through its gate, its decoders and its store.
//!
//! The first byte chooses signal and form (see [`Way`]), the others are the body. Whatever they are,
//! the answer is one that OTLP knows for it, in the form of the request, and no run comes through
//! that cannot be.

use crate::wire;
use axum::body::Body;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use jaunt_agent::Clock;
use jaunt_hub::{access::Access, receiver, store::Store};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceResponse, metrics::v1::ExportMetricsServiceResponse,
    trace::v1::ExportTraceServiceResponse,
};
use prost::Message;
use std::{cell::RefCell, io::Write as _, sync::Arc};
use tempfile::TempDir;

/// A store is left for a new one after so many commits, so that the last input costs what the first
/// one did.
const COMMITS: u64 = 64;
/// No answer is longer: a reason is a sentence, and names are cut.
const LONGEST_ANSWER: usize = 4 << 10;
/// A run that ended later than this from now on cannot be; before 2020 neither.
const AHEAD_NS: i64 = 3_600_000_000_000;
const FIRST_NS: i64 = 1_577_836_800_000_000_000;

/// A hub's receiving side.
struct Bench {
    service: TowerToHyperService<axum::Router>,
    store: Store,
    _folder: TempDir,
}

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// What a body is sent as.
#[derive(Clone, Copy)]
enum Form {
    Protobuf,
    Json,
    Grpc,
}

/// Where a body is sent, and how: `l`, `t`, `m` for logs, traces and metrics as protobuf; `L`, `T`,
/// `M` as JSON; `1`, `2`, `3` by gRPC; any other is logs as protobuf, and an odd one packed.
struct Way {
    signal: usize,
    form: Form,
    is_packed: bool,
}

const SIGNALS: [(&str, &str); 3] = [
    ("/v1/logs", "logs.v1.LogsService"),
    ("/v1/traces", "trace.v1.TraceService"),
    ("/v1/metrics", "metrics.v1.MetricsService"),
];

impl Way {
    fn of(byte: u8) -> Self {
        let forms = [
            (*b"ltm", Form::Protobuf),
            (*b"LTM", Form::Json),
            (*b"123", Form::Grpc),
        ];
        for (letters, form) in forms {
            if let Some(signal) = letters.iter().position(|it| *it == byte) {
                return Self {
                    signal,
                    form,
                    is_packed: false,
                };
            }
        }
        Self {
            signal: 0,
            form: Form::Protobuf,
            is_packed: byte % 2 == 1,
        }
    }

    fn request(&self, body: &[u8]) -> http::Request<Body> {
        let (path, service) = SIGNALS.get(self.signal).copied().unwrap_or_default();
        let request = http::Request::post(match self.form {
            Form::Protobuf | Form::Json => path.to_owned(),
            Form::Grpc => format!("/opentelemetry.proto.collector.{service}/Export"),
        });
        let (kind, body) = match self.form {
            Form::Protobuf => ("application/x-protobuf", body.to_vec()),
            Form::Json => ("application/json", body.to_vec()),
            Form::Grpc => ("application/grpc", framed(body)),
        };
        let mut request = request.header("content-type", kind);
        if self.is_packed {
            request = request.header("content-encoding", "gzip");
        }
        let request = request.version(http::Version::HTTP_2).body(body.into());
        request.unwrap_or_else(|error| panic!("no request: {error}"))
    }
}

/// One message of gRPC, not packed.
fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut frame = vec![0];
    frame.extend(length.to_be_bytes());
    frame.extend(body);
    frame
}

/// Any bytes as a request.
pub(crate) fn feed(bytes: &[u8]) {
    let (first, body) = bytes.split_first().unwrap_or((&b'l', &[]));
    let way = Way::of(*first);
    BENCH.with_borrow_mut(|bench| {
        wire::within_patience(async {
            if bench.as_ref().is_none_or(|it| it.store.commits() > COMMITS) {
                *bench = Some(Bench::open());
            }
            let Some(bench) = bench else { return };
            let commits = bench.store.commits();
            bench.ask(&way, body).await;
            if way.is_packed {
                // A mutation seldom is gzip: the same bytes again, packed as they should be.
                bench.ask(&way, &packed(body)).await;
            }
            if bench.store.commits() > commits {
                bench.holds_what_can_be();
            }
        });
    });
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let _ = packed.write_all(body);
    packed.finish().unwrap_or_default()
}

impl Bench {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder: {error}"));
        let store = Store::open(folder.path()).unwrap_or_else(|error| panic!("no store: {error}"));
        let access = Arc::new(Access::new(Vec::new()));
        let router = receiver(store.clone(), Clock::system(), access);
        Self {
            service: TowerToHyperService::new(router),
            store,
            _folder: folder,
        }
    }

    async fn ask(&self, way: &Way, body: &[u8]) {
        let answered = match self.service.call(way.request(body)).await {
            Ok(answered) => answered,
            Err(error) => match error {},
        };
        let (head, body) = answered.into_parts();
        let body = axum::body::to_bytes(body, LONGEST_ANSWER).await;
        let body = body.unwrap_or_else(|error| panic!("no whole answer: {error}"));
        let status = head.status.as_u16();
        match way.form {
            // Trailers were read with the body; where there is none, they are the head.
            Form::Grpc => {
                assert_eq!(status, 200, "by gRPC");
                if let Some(code) = head.headers.get("grpc-status") {
                    // Invalid argument, out of range, exhausted, internal as tonic says of bytes that
                    // are no message.
                    let known = ["0", "3", "8", "11", "13"];
                    let code = code.to_str().unwrap_or_default();
                    assert!(known.contains(&code), "grpc-status {code}");
                }
            }
            Form::Protobuf | Form::Json => {
                assert!(matches!(status, 200 | 400 | 413), "status {status}");
                is_answer(way, status, &body);
            }
        }
    }

    /// No slot lies before there was a jaunt, or later than clocks may go wrong.
    fn holds_what_can_be(&self) {
        let now_ns = Clock::system().now().wall_ns;
        for (customer, journey) in self.store.journeys() {
            let each = |event: jaunt_slo::Event| {
                assert!(event.start_ns >= FIRST_NS, "a start at {}", event.start_ns);
                let start = event.start_ns;
                assert!(event.end_ns >= start, "{} before {start}", event.end_ns);
                let latest = now_ns.saturating_add(AHEAD_NS);
                assert!(event.end_ns <= latest, "an end at {}", event.end_ns);
            };
            let read = self
                .store
                .events(&customer, &journey, i64::MIN..i64::MAX, each);
            assert!(read.is_ok(), "what was written is read: {read:?}");
        }
        assert_eq!(self.store.damaged(), 0, "what was written is whole");
    }
}

/// The answer is a message in the form of the request: what was taken, or why not.
fn is_answer(way: &Way, status: u16, body: &Bytes) {
    let sound = match (way.form, status, way.signal) {
        (Form::Protobuf, 200, 0) => ExportLogsServiceResponse::decode(body.clone()).is_ok(),
        (Form::Protobuf, 200, 1) => ExportTraceServiceResponse::decode(body.clone()).is_ok(),
        (Form::Protobuf, 200, _) => ExportMetricsServiceResponse::decode(body.clone()).is_ok(),
        // `google.rpc.Status`: its first field is the code, and that is not 0.
        (Form::Protobuf, ..) => body.first() == Some(&0x08) && body.get(1) != Some(&0),
        (Form::Json | Form::Grpc, ..) => {
            let told: Result<serde_json::Value, _> = serde_json::from_slice(body);
            told.is_ok_and(|told| {
                status == 200 || told.get("message").is_some_and(|it| it.is_string())
            })
        }
    };
    assert!(sound, "{status}: {body:?}");
}
