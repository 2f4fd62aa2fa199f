//! The event bus, driven by the AWS SDK over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

use aws_sdk_eventbridge::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_eventbridge::{Client, Config};
use cloud_local::events::EventBus;
use local_server::Service;
use serde_json::json;

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "thing", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

fn entry(source: &str, detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source(source)
        .detail_type("Load Finished")
        .detail(detail)
        .resources("arn:aws:s3:::landing")
        .build()
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_entries_reach_every_subscriber_and_the_others_are_refused_one_by_one() {
    let bus = EventBus::new("eu-west-1").serve(0).await.unwrap();
    let client = client(&bus.endpoint());
    let mut first = bus.subscribe();
    let mut second = bus.subscribe();
    let entries = vec![
        entry("landfall", "{\"state\":\"loaded\"}"),
        entry("aws.redshift-data", "{}"),
        entry("landfall", "not json"),
        entry("landfall", "[1]"),
        PutEventsRequestEntry::builder().source("landfall").detail("{}").build(),
        entry("", "{}"),
        entry("awsome", "{}"),
    ];
    let put = client.put_events().set_entries(Some(entries)).send().await.unwrap();
    assert_eq!(put.failed_entry_count(), 5);
    let codes: Vec<_> = put.entries().iter().map(|entry| entry.error_code().unwrap_or("accepted")).collect();
    assert_eq!(
        codes,
        [
            "accepted",
            "NotAuthorizedForSourceException",
            "MalformedDetail",
            "MalformedDetail",
            "InvalidArgument",
            "InvalidArgument",
            "accepted"
        ]
    );
    for receiver in [&mut first, &mut second] {
        let event = receiver.recv().await.unwrap();
        assert_eq!(Some(event.id.as_str()), put.entries()[0].event_id());
        let mut event = serde_json::to_value(event).unwrap();
        event["id"] = json!("id");
        event["time"] = json!("time");
        assert_eq!(
            event,
            json!({ "version": "0", "id": "id", "detail-type": "Load Finished", "source": "landfall", "account": "123456789012", "time": "time",
                "region": "eu-west-1", "resources": ["arn:aws:s3:::landing"], "detail": { "state": "loaded" } })
        );
        assert_eq!(receiver.recv().await.unwrap().source, "awsome");
        assert!(receiver.try_recv().is_err());
    }
    bus.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_no_or_too_many_entries_or_another_operation_is_refused() {
    let bus = EventBus::new("us-east-1").serve(0).await.unwrap();
    let client = client(&bus.endpoint());
    let many = (0..11).map(|_| entry("landfall", "{}")).collect();
    let refused = client.put_events().set_entries(Some(many)).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ValidationException"));
    let refused = client.put_events().set_entries(Some(Vec::new())).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ValidationException"));
    let refused = client.list_rules().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("UnknownOperationException"));
}
