//! Strangers and broken senders: each gets the protocol's error, and the hub goes on.

use crate::support::{Running, client, record, slot};
use flate2::{Compression, write::GzEncoder};
use jaunt_record::Verdict;
use std::io::Write;

async fn post(running: &Running, kind: &str, encoding: &str, body: Vec<u8>) -> u16 {
    let mut request = client()
        .post(running.ingest("/v1/logs"))
        .bearer_auth("agent-acme")
        .header("content-type", kind)
        .body(body);
    if !encoding.is_empty() {
        request = request.header("content-encoding", encoding);
    }
    request.send().await.unwrap().status().as_u16()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn bad_bodies_get_the_protocols_error_and_the_hub_goes_on() {
    let running = Running::start().await;
    let (protobuf, json) = ("application/x-protobuf", "application/json");
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let deep = "[".repeat(100_000).into_bytes();
    // A text field that holds no UTF-8: log record, body, string value.
    let latin = vec![
        0x0a, 0x0b, 0x12, 0x09, 0x12, 0x07, 0x2a, 0x05, 0x0a, 0x03, 0xff, 0xfe, 0xfd,
    ];
    for (kind, encoding, body, expected) in [
        (protobuf, "", b"\xff\xff\xff".to_vec(), 400),
        (protobuf, "", latin, 400),
        (protobuf, "", vec![0x0a; 1_000], 400),
        (json, "", b"{\"resourceLogs\": 7}".to_vec(), 400),
        (json, "", b"{".to_vec(), 400),
        (json, "", b"\xff".to_vec(), 400),
        (json, "", deep, 400),
        (protobuf, "gzip", b"no gzip".to_vec(), 400),
        (protobuf, "gzip", bomb, 413),
        (protobuf, "", vec![0; jaunt_hub::LARGEST + 1], 413),
        (protobuf, "br", Vec::new(), 415),
        ("text/plain", "", Vec::new(), 415),
        (json, "gzip", gzip(b"{}"), 200),
    ] {
        let length = body.len();
        let status = post(&running, kind, encoding, body).await;
        assert_eq!(status, expected, "{kind} {encoding} {length} bytes");
    }
    let records = [record("acme", slot(1), Verdict::Pass)];
    running.send("agent-acme", "grpc", &records).await.unwrap();
}

#[tokio::test]
async fn a_bomb_by_grpc_is_refused_unread() {
    use opentelemetry_proto::tonic::{
        collector::logs::v1::{ExportLogsServiceRequest, logs_service_client::LogsServiceClient},
        logs::v1::{ResourceLogs, ScopeLogs},
    };
    let running = Running::start().await;
    let channel = tonic::transport::Channel::from_shared(running.ingest("")).unwrap();
    let mut grpc = LogsServiceClient::new(channel.connect().await.unwrap())
        .send_compressed(tonic::codec::CompressionEncoding::Gzip);
    let scope = ScopeLogs {
        schema_url: "x".repeat(32 << 20),
        ..ScopeLogs::default()
    };
    let bomb = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![scope],
            ..ResourceLogs::default()
        }],
    };
    let mut request = tonic::Request::new(bomb.clone());
    assert_eq!(
        grpc.export(tonic::Request::new(bomb))
            .await
            .unwrap_err()
            .code(),
        tonic::Code::Unauthenticated
    );
    let bearer = "Bearer agent-acme".parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    let code = grpc.export(request).await.unwrap_err().code();
    assert!(
        matches!(
            code,
            tonic::Code::ResourceExhausted | tonic::Code::OutOfRange
        ),
        "{code:?}"
    );
}
