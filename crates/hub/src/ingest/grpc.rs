//! OTLP by gRPC. Bodies are bounded, unpacked and decoded by tonic.

use super::{Ingest, gate::refusal};
use crate::{access::Grant, store::Unwritten};
use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse, logs_service_server::LogsService,
    },
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::MetricsService,
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse, trace_service_server::TraceService,
    },
};
use tonic::{Code, Request, Response, Status};

/// The grant that the gate found; a request without one never came through it.
fn parts<T>(request: Request<T>) -> Result<(Grant, T), Status> {
    let grant = request.extensions().get::<Grant>().cloned();
    let grant = grant.ok_or_else(|| Status::unauthenticated("a token is needed"))?;
    Ok((grant, request.into_inner()))
}

fn answer<T>(done: Result<T, Unwritten>) -> Result<Response<T>, Status> {
    done.map(Response::new)
        .map_err(|error| refusal(Code::Unavailable, &error.to_string()))
}

#[tonic::async_trait]
impl LogsService for Ingest {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let (grant, request) = parts(request)?;
        answer(self.logs(&grant, request).await)
    }
}

#[tonic::async_trait]
impl TraceService for Ingest {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (grant, request) = parts(request)?;
        answer(self.traces(&grant, request).await)
    }
}

#[tonic::async_trait]
impl MetricsService for Ingest {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let (grant, request) = parts(request)?;
        answer(self.metrics(&grant, request).await)
    }
}
