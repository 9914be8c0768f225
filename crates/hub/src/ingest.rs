//! What comes in by OTLP: gRPC and HTTP on one port, for customers that the sender may write.
//!
//! Both ways end in [`Ingest`], which makes a batch of a request and answers when that is on the
//! platter. What a request brings for other customers, or is no slot of ours, is rejected by
//! `partial_success`; the rest of it stands.

mod agent;
mod batch;
mod gate;
mod grpc;
mod http;
mod json;

use crate::{
    access::Grant,
    store::{Batch, Store, Unwritten},
};
use jaunt_agent::Clock;
use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::LogsServiceServer,
    },
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::MetricsServiceServer,
    },
    trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::TraceServiceServer,
    },
};
use std::sync::Arc;

/// No request is larger, unpacked. Agents cut at 2 MiB, collectors' usual bound is 4.
pub const LARGEST: usize = 8 << 20;
/// When a sender whom we cannot serve now is to come again.
const AGAIN_S: u64 = 2;

/// Takes requests in. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Ingest {
    store: Store,
    clock: Clock,
}

/// What of a request was not taken, with the first reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rejected {
    count: u64,
    why: String,
}

impl Rejected {
    fn add(&mut self, count: u64, why: impl FnOnce() -> String) {
        if count > 0 && self.why.is_empty() {
            self.why = why();
        }
        self.count += count;
    }

    fn count(&self) -> i64 {
        i64::try_from(self.count).unwrap_or(i64::MAX)
    }
}

impl Ingest {
    async fn logs(
        &self,
        grant: &Grant,
        request: ExportLogsServiceRequest,
    ) -> Result<ExportLogsServiceResponse, Unwritten> {
        let recv_ns = self.clock.now().wall_ns;
        let (batch, rejected) = batch::of_logs(request, grant, recv_ns);
        self.write(batch).await?;
        let partial_success = (rejected.count > 0).then(|| ExportLogsPartialSuccess {
            rejected_log_records: rejected.count(),
            error_message: rejected.why,
        });
        Ok(ExportLogsServiceResponse { partial_success })
    }

    async fn traces(
        &self,
        grant: &Grant,
        request: ExportTraceServiceRequest,
    ) -> Result<ExportTraceServiceResponse, Unwritten> {
        let recv_ns = self.clock.now().wall_ns;
        let (batch, rejected) = batch::of_traces(request, grant, recv_ns);
        self.write(batch).await?;
        let partial_success = (rejected.count > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: rejected.count(),
            error_message: rejected.why,
        });
        Ok(ExportTraceServiceResponse { partial_success })
    }

    /// Metrics are for backends that chart them; of an agent's figures of itself the last is kept.
    async fn metrics(
        &self,
        grant: &Grant,
        request: ExportMetricsServiceRequest,
    ) -> Result<ExportMetricsServiceResponse, Unwritten> {
        let batch = Batch {
            agents: agent::of_metrics(&request),
            scope: grant.scope(),
            recv_ns: self.clock.now().wall_ns,
            ..Batch::default()
        };
        self.write(batch).await?;
        Ok(ExportMetricsServiceResponse::default())
    }

    async fn write(&self, batch: Batch) -> Result<(), Unwritten> {
        let Batch {
            slots,
            runs,
            loose,
            agents,
            ..
        } = &batch;
        if slots.is_empty() && runs.is_empty() && loose.is_empty() && agents.is_empty() {
            return Ok(());
        }
        self.store.write(batch).await.map(drop)
    }
}

/// What a hub answers that reads another store: a sentence, and by gRPC that it does not do this, by
/// which senders know that the endpoint is wrong and not what they send.
pub(crate) fn closed() -> axum::Router {
    let says = "this hub reads its figures from a Prometheus-compatible store and takes no telemetry: \
        send it to the collector that feeds that store\n";
    axum::Router::new().fallback(move || async move { (::http::StatusCode::NOT_FOUND, says) })
}

/// The routes of the port that receives, gRPC and HTTP, with the gate before them.
pub fn receiver(store: Store, clock: Clock, access: Arc<crate::access::Access>) -> axum::Router {
    let ingest = Ingest {
        store,
        clock: clock.clone(),
    };
    // A macro, since the three services have no trait in common.
    macro_rules! service {
        ($server:ident) => {
            $server::new(ingest.clone())
                .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
                .max_decoding_message_size(LARGEST)
        };
    }
    axum::Router::new()
        .route_service(
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            service!(LogsServiceServer),
        )
        .route_service(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            service!(TraceServiceServer),
        )
        .route_service(
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            service!(MetricsServiceServer),
        )
        .merge(http::routes(ingest))
        .layer(axum::middleware::from_fn_with_state(
            gate::Gate::new(access, clock),
            gate::pass,
        ))
}
