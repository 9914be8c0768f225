//! Delivery over gRPC, against the official service definitions, and its statuses.

use crate::place::{Place, Running, S, T0, run};
use jaunt_otlp::{Signal, deliver::What};
use jaunt_record::Verdict;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet, time::Instant};
use tonic::{
    Code, Request, Response, Status,
    codec::CompressionEncoding,
    transport::{Server, server::TcpIncoming},
};
use tonic_types::{ErrorDetails, StatusExt};

type Script = Box<dyn FnMut(usize, &[Vec<u8>]) -> Result<(), Status> + Send>;

/// What came: when, the trace ids, and whether it was taken.
type Got = (Instant, Vec<Vec<u8>>, bool);

/// Answers each request as its script says, given its number and the trace ids in it.
struct Scripted {
    script: Mutex<Script>,
    got: watch::Sender<Vec<Got>>,
}

#[tonic::async_trait]
impl TraceService for Scripted {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let spans = resources
            .flat_map(|it| it.scope_spans)
            .flat_map(|it| it.spans);
        let ids: Vec<Vec<u8>> = spans.map(|span| span.trace_id).collect();
        let answer = {
            let mut script = self.script.lock().unwrap();
            let number = self.got.borrow().len();
            script(number, &ids)
        };
        self.got
            .send_modify(|got| got.push((Instant::now(), ids, answer.is_ok())));
        answer.map(|()| Response::new(ExportTraceServiceResponse::default()))
    }
}

struct Receiver {
    endpoint: String,
    got: watch::Sender<Vec<Got>>,
    _server: JoinSet<Result<(), tonic::transport::Error>>,
}

fn receiver(
    script: impl FnMut(usize, &[Vec<u8>]) -> Result<(), Status> + Send + 'static,
) -> Receiver {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let endpoint = format!("grpc://{}", incoming.local_addr().unwrap());
    let (got, _) = watch::channel(Vec::new());
    let scripted = Scripted {
        script: Mutex::new(Box::new(script)),
        got: got.clone(),
    };
    let service = TraceServiceServer::new(scripted).accept_compressed(CompressionEncoding::Gzip);
    let mut server = JoinSet::new();
    server.spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    Receiver {
        endpoint,
        got,
        _server: server,
    }
}

impl Receiver {
    fn taken(&self) -> Vec<Vec<u8>> {
        let got = self.got.borrow();
        let taken = got.iter().filter(|(_, _, taken)| *taken);
        taken.flat_map(|(_, ids, _)| ids.clone()).collect()
    }
}

fn busy(pause: Duration) -> Status {
    let details = ErrorDetails::with_retry_info(Some(pause));
    Status::with_error_details(Code::Unavailable, "busy", details)
}

#[tokio::test]
async fn statuses_that_may_pass_are_tried_again_in_order_and_retry_info_is_obeyed() {
    let receiver = receiver(|n, _| match n {
        0 => Err(busy(Duration::from_millis(700))),
        1 => Err(Status::new(Code::DeadlineExceeded, "")),
        2 => Err(Status::new(Code::Aborted, "")),
        3 => Err(Status::new(Code::DataLoss, "")),
        _ => Ok(()),
    });
    let place = Place::new();
    let feed = place.live();
    for n in 0..150 {
        feed.append(&run(n, Verdict::Fail, T0 + S));
    }
    let settings = place.settings_with(&receiver.endpoint, &[Signal::Traces], &[]);
    let running = Running::start(&feed, settings).await;
    feed.until_done("backend.traces").await;
    // The server's clock is right and says so; ours stands still in 2025.
    let offset = running.figure("jaunt.agent.clock.offset", "fra");
    assert!(offset < -86_400.0, "{offset}");
    let taken = receiver.taken();
    assert_eq!(taken.len(), 150);
    assert!(taken.is_sorted(), "in order");
    let got = receiver.got.borrow().clone();
    let pause = got[1].0 - got[0].0;
    assert!(pause >= Duration::from_millis(700), "{pause:?}");
    assert!(
        got[1..5].iter().all(|(_, ids, _)| *ids == got[0].1),
        "the same each time"
    );
}

#[tokio::test]
async fn a_wrong_token_pauses_and_an_invalid_record_stands_alone() {
    let poison = run(3, Verdict::Fail, T0).id.as_bytes().to_vec();
    let is_known = Arc::new(Mutex::new(false));
    let known = Arc::clone(&is_known);
    let receiver = receiver(move |_, ids| match *known.lock().unwrap() {
        false => Err(Status::new(Code::Unauthenticated, "who are you")),
        true if ids.contains(&poison) => Err(Status::new(Code::InvalidArgument, "not this")),
        true => Ok(()),
    });
    let place = Place::new();
    let feed = place.live();
    for n in 0..40 {
        feed.append(&run(n, Verdict::Fail, T0 + S));
    }
    let settings = place.settings_with(&receiver.endpoint, &[Signal::Traces], &[]);
    let running = Running::start(&feed, settings).await;
    let mut got = receiver.got.subscribe();
    let refused_twice = got.wait_for(|got| got.len() >= 2);
    tokio::time::timeout(Duration::from_secs(20), refused_twice)
        .await
        .unwrap()
        .unwrap();
    *is_known.lock().unwrap() = true;
    feed.until_done("backend.traces").await;
    assert_eq!(receiver.taken().len(), 39);
    let told = feed.told();
    assert!(matches!(told[0], What::Paused { .. }), "{told:?}");
    assert!(matches!(told[1], What::Resumed), "{told:?}");
    assert!(matches!(told[2], What::Refused { .. }), "{told:?}");
    assert_eq!(
        running.figure("otel.sdk.exporter.span.exported", "INVALID_ARGUMENT"),
        1.0
    );
}

#[tokio::test]
async fn a_collector_without_room_and_without_advice_is_given_less_at_once() {
    let receiver = receiver(|_, ids| match ids.len() > 20 {
        true => Err(Status::new(Code::ResourceExhausted, "message too large")),
        false => Ok(()),
    });
    let place = Place::new();
    let feed = place.live();
    for n in 0..100 {
        feed.append(&run(n, Verdict::Fail, T0 + S));
    }
    let settings = place.settings_with(&receiver.endpoint, &[Signal::Traces], &[]);
    let _running = Running::start(&feed, settings).await;
    feed.until_done("backend.traces").await;
    assert_eq!(receiver.taken().len(), 100);
    assert!(!place.refused().exists());
}
