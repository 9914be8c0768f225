//! The direct export over gRPC, against the official service definitions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where what it needs is not there"
)]

use jaunt_otlp::{Environment, ExportConfig, Process, Resource, export};
use jaunt_record::{Definition, Kind, Record, RunId, Verdict};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;
use tonic::{
    Code, Request, Response, Status,
    codec::CompressionEncoding,
    transport::{Server, server::TcpIncoming},
};
use tonic_types::{ErrorDetails, StatusExt};

/// Asks for patience once, then takes everything, with a word.
struct Busy(Arc<AtomicU32>);

#[tonic::async_trait]
impl TraceService for Busy {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        assert_eq!(
            request.metadata().get("x-tenant").map(|it| it.as_bytes()),
            Some(&b"acme"[..])
        );
        if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(50)));
            return Err(Status::with_error_details(
                Code::ResourceExhausted,
                "busy",
                details,
            ));
        }
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success: Some(ExportTracePartialSuccess {
                rejected_spans: 1,
                error_message: "one is too many".into(),
            }),
        }))
    }
}

#[tokio::test]
async fn retry_info_is_obeyed_and_a_partial_success_is_told() {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let endpoint = format!("grpc://{}", incoming.local_addr().unwrap());
    let requests = Arc::new(AtomicU32::new(0));
    let service = TraceServiceServer::new(Busy(Arc::clone(&requests)))
        .accept_compressed(CompressionEncoding::Gzip);
    let mut server = JoinSet::new();
    server.spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );

    let environment: Environment = [
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-tenant=acme"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let config = ExportConfig::from_environment(Some(&endpoint), &environment).unwrap();
    let resource = Resource::detect(&environment, &Process::default());
    let record = Record {
        id: RunId::from_bytes([7; 16]),
        customer: "acme".into(),
        journey: "checkout".into(),
        region: "fra".into(),
        agent: "fra-1".into(),
        kind: Kind::Manual,
        slot: None,
        count: 1,
        every_s: 60,
        definition: Definition::default(),
        start_ns: 1_764_000_000_000_000_000,
        end_ns: 1_764_000_000_500_000_000,
        duration: Duration::from_millis(500),
        lateness: Duration::ZERO,
        lag: Duration::ZERO,
        verdict: Verdict::Pass,
        failure: None,
        void: None,
        missed: None,
        warnings: Vec::new(),
        steps: Vec::new(),
        slos: Vec::new(),
    };
    let sent = export(&[record], &resource, &config).await.unwrap();
    assert_eq!((sent.spans, sent.rejected), (1, 1));
    assert_eq!(sent.messages.len(), 1);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}
