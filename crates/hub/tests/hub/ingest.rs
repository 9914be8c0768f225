//! What agents and collectors send.

use crate::support::{Running, client, record, slot};
use jaunt_record::Verdict;
use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse, logs_service_client::LogsServiceClient,
    },
    trace::v1::ExportTraceServiceResponse,
};
use prost::Message;
use tonic::Code;
use tonic_types::StatusExt;

#[tokio::test]
async fn an_agents_records_arrive_by_either_protocol_and_once() {
    for protocol in ["http/protobuf", "grpc"] {
        let running = Running::start().await;
        let records: Vec<_> = (1..=10)
            .map(|ago| record("acme", slot(ago), Verdict::Pass))
            .chain([record("acme", slot(11), Verdict::Fail)])
            .collect();
        for _ in 0..2 {
            let sent = running
                .send("agent-acme", protocol, &records)
                .await
                .unwrap();
            assert_eq!(sent.rejected, 0, "{protocol}: {:?}", sent.messages);
        }
        let (_, events) = running.get(Some("reader-acme"), "/api/v1/events").await;
        assert_eq!(events.lines().count(), 11, "{protocol}");
        assert_eq!(
            events.matches("\"verdict\":\"fail\"").count(),
            1,
            "{protocol}"
        );
        let runs = running
            .json("reader-acme", "/api/v1/runs?verdict=fail")
            .await;
        let run = &runs["runs"][0];
        assert_eq!(run["failure"]["message"], "acme let its users down");
        let id = run["run_id"].as_str().unwrap();
        let run = running
            .json("reader-acme", &format!("/api/v1/runs/{id}"))
            .await;
        assert_eq!(run["steps"][0]["id"], "home");
        let agents = running.json("reader-acme", "/api/v1/agents").await;
        assert_eq!(agents["agents"][0]["agent"], "acme-fra-1");
        running.hub.drain().await;
    }
}

#[tokio::test]
async fn what_a_token_may_not_write_is_rejected_and_the_rest_stands() {
    let running = Running::start().await;
    let both = [
        record("acme", slot(2), Verdict::Pass),
        record("globex", slot(2), Verdict::Fail),
    ];
    let sent = running
        .send("agent-acme", "http/protobuf", &both)
        .await
        .unwrap();
    // One slot, and a run of two spans.
    assert_eq!(sent.rejected, 3);
    let said: Vec<_> = sent
        .messages
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    assert!(
        said.iter().all(|text| text.contains("`globex`")),
        "{said:?}"
    );
    let (_, events) = running.get(Some("operator"), "/api/v1/events").await;
    assert_eq!(events.lines().count(), 1);
    for token in ["reader-acme", "operator", "nobody", ""] {
        assert!(
            running.send(token, "http/protobuf", &both).await.is_err(),
            "{token}"
        );
    }
}

fn logs(records: &[jaunt_record::Record]) -> ExportLogsServiceRequest {
    use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
    let log_records = records
        .iter()
        .map(|it| jaunt_otlp::slot_event(it, &[]))
        .collect();
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs {
                log_records,
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    }
}

#[tokio::test]
async fn json_is_taken_as_protobuf_is_and_answered_in_kind() {
    let running = Running::start().await;
    let request = logs(&[record("acme", slot(3), Verdict::Slow)]);
    let body = serde_json::to_vec(&request).unwrap();
    let response = client()
        .post(running.ingest("/v1/logs"))
        .bearer_auth("agent-acme")
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let (_, events) = running.get(Some("operator"), "/api/v1/events").await;
    assert!(events.contains("\"slow\""), "{events}");
}

#[tokio::test]
async fn a_slot_of_an_absurd_time_is_rejected_alone() {
    let running = Running::start().await;
    let far = |shift: i64| {
        let mut record = record("acme", slot(0), Verdict::Pass);
        record.start_ns += shift;
        record.end_ns += shift;
        record
    };
    let records = [
        record("acme", slot(4), Verdict::Pass),
        far(86_400_000_000_000),
        far(-86_400_000_000_000 * 30),
        record("acme", -60, Verdict::Pass),
        record("acme", 9_000_000_000, Verdict::Pass),
    ];
    let response = client()
        .post(running.ingest("/v1/logs"))
        .bearer_auth("agent-acme")
        .header("content-type", "application/x-protobuf")
        .body(logs(&records).encode_to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let answer = ExportLogsServiceResponse::decode(response.bytes().await.unwrap()).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_log_records, 4);
    let (_, events) = running.get(Some("operator"), "/api/v1/events").await;
    assert_eq!(events.lines().count(), 1);
}

#[tokio::test]
async fn foreign_traces_are_rejected_and_an_empty_request_is_fine() {
    let running = Running::start().await;
    let post = |body: Vec<u8>| {
        client()
            .post(running.ingest("/v1/traces"))
            .bearer_auth("agent-acme")
            .header("content-type", "application/x-protobuf")
            .body(body)
            .send()
    };
    let response = post(Vec::new()).await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.bytes().await.unwrap().len()
        ),
        (200, 0)
    );
    let mut spans = jaunt_otlp::spans(&record("acme", slot(1), Verdict::Pass));
    spans.iter_mut().for_each(|span| span.attributes.clear());
    let request = opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest {
        resource_spans: vec![opentelemetry_proto::tonic::trace::v1::ResourceSpans {
            scope_spans: vec![opentelemetry_proto::tonic::trace::v1::ScopeSpans {
                spans,
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    let response = post(request.encode_to_vec()).await.unwrap();
    let answer = ExportTraceServiceResponse::decode(response.bytes().await.unwrap()).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 2);
}

#[tokio::test]
async fn while_the_store_is_gone_senders_are_told_to_come_again() {
    let running = Running::start().await;
    let endpoint = running.ingest("");
    // A table that is not there any more stands for a disk that refuses.
    let db = rusqlite::Connection::open(running.folder.path().join("data/hub.db")).unwrap();
    db.execute_batch("ALTER TABLE log RENAME TO elsewhere")
        .unwrap();
    let request = logs(&[record("acme", slot(5), Verdict::Pass)]);
    let post = || {
        client()
            .post(running.ingest("/v1/logs"))
            .bearer_auth("agent-acme")
            .header("content-type", "application/x-protobuf")
            .body(request.encode_to_vec())
            .send()
    };
    let response = post().await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "2");
    let channel = tonic::transport::Channel::from_shared(endpoint).unwrap();
    let mut grpc = LogsServiceClient::new(channel.connect().await.unwrap());
    let mut message = tonic::Request::new(request.clone());
    let bearer = "Bearer agent-acme".parse().unwrap();
    message.metadata_mut().insert("authorization", bearer);
    let status = grpc.export(message).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let advice = status.get_details_retry_info().unwrap();
    assert_eq!(advice.retry_delay.unwrap().as_secs(), 2);
    db.execute_batch("ALTER TABLE elsewhere RENAME TO log")
        .unwrap();
    assert_eq!(post().await.unwrap().status(), 200);
    let (_, events) = running.get(Some("operator"), "/api/v1/events").await;
    assert_eq!(events.lines().count(), 1);
}
