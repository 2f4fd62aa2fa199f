//! Delivery streams from an embedded Kinesis into an embedded S3.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]

mod support;

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firehose_local::{Compression, DeliveryConfig, DeliveryStream, Ended, Step};
use local_server::{Delivery, Handler};
use serde_json::{Value, json};
use support::pipes::{Pipes, answer, lines, partition_of_first_letter, partitioned, without_time};
use tokio::sync::Semaphore;

const PREFIX: &str = "raw/!{partitionKeyFromLambda:k}/";
const ERRORS: &str = "errors/!{firehose:error-output-type}/";

/// A delivery stream with short waits whose objects wait for a flush.
fn config(pipes: &Pipes, transform: Handler) -> DeliveryConfig {
    DeliveryConfig {
        prefix: PREFIX.to_owned(),
        error_prefix: ERRORS.to_owned(),
        transform: Some(transform),
        transform_name: "transform-events".to_owned(),
        transform_interval: Duration::ZERO,
        retry_after: Duration::from_millis(1),
        ..pipes.delivery("web-events")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_delivered_by_partition_dropped_or_kept_as_errors() {
    let pipes = Pipes::start(2).await;
    let events: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = Arc::clone(&events);
    let handler = Handler::new(move |event: Value| {
        seen.lock().unwrap().push(event.clone());
        let answer = answer(&event, |text| match text {
            "drop" => json!({ "result": "Dropped" }),
            "bad" => json!({ "result": "ProcessingFailed", "data": "" }),
            text => partitioned(&text[..1], &format!("{text}\n")),
        });
        async { Ok::<_, String>(answer) }
    });
    let deliveries: Arc<Mutex<Vec<Delivery>>> = Arc::default();
    let told = Arc::clone(&deliveries);
    let observer = Arc::new(move |delivery| told.lock().unwrap().push(delivery));
    let stream = DeliveryStream::start(DeliveryConfig {
        compression: Compression::Gzip,
        observer: Some(observer),
        ..config(&pipes, handler)
    })
    .unwrap();
    pipes.put(&["a1", "b1", "drop", "a2", "bad", "b2"]).await;
    stream.flush().await.unwrap();

    let objects = pipes.objects().await;
    let names: Vec<String> = objects.keys().map(|key| without_time(key)).collect();
    assert_eq!(
        names,
        [
            "errors/processing-failed/web-events-1-TIME-ID.gz",
            "raw/a/web-events-1-TIME-ID.gz",
            "raw/b/web-events-1-TIME-ID.gz"
        ]
    );
    assert_eq!(lines(&objects, "raw/"), ["a1", "a2", "b1", "b2"]);
    let mut error: Value = serde_json::from_str(&lines(&objects, "errors/")[0]).unwrap();
    let ended = error["attemptEndingTimestamp"].take().as_i64().unwrap();
    assert!(error["arrivalTimestamp"].take().as_i64().unwrap() <= ended);
    assert_eq!(
        error,
        json!({ "attemptsMade": 1, "arrivalTimestamp": null, "errorCode": "Lambda.ProcessingFailedStatus",
            "errorMessage": "ProcessingFailed status set for record", "attemptEndingTimestamp": null, "rawData": STANDARD.encode("bad"),
            "lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:transform-events:$LATEST" })
    );
    let events = events.lock().unwrap().clone();
    assert_eq!(
        events[0]["deliveryStreamArn"],
        json!("arn:aws:firehose:eu-west-1:123456789012:deliverystream/web-events")
    );
    assert_eq!(events[0]["sourceKinesisStreamArn"], json!("arn:aws:kinesis:eu-west-1:123456789012:stream/source"));
    let stats = stream.stats();
    assert_eq!((stats.read, stats.ok, stats.dropped, stats.failed, stats.objects), (6, 4, 1, 1, 3));
    let told = deliveries.lock().unwrap().clone();
    assert_eq!(told.len(), events.len());
    assert!(
        told.iter().all(
            |delivery| matches!(delivery, Delivery::Done { target, tries: 1, .. } if target == "transform-events")
        )
    );
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_function_is_tried_again_and_at_last_its_batch_is_kept_as_errors() {
    let pipes = Pipes::start(1).await;
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let handler = Handler::new(move |event: Value| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        let answer = answer(&event, |text| partitioned("a", &format!("{text}\n")));
        async move {
            match call {
                // The first batch succeeds at its fourth and last attempt.
                0 => Err("thrown".to_owned()),
                1 => Ok(json!({ "records": [] })),
                2 => std::future::pending().await,
                3 => Ok(answer),
                _ => Err("thrown again".to_owned()),
            }
        }
    });
    let deliveries: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&deliveries);
    let observer = Arc::new(move |delivery| {
        told.lock().unwrap().push(match delivery {
            Delivery::Failed { tries, error, .. } => format!("{tries} {}", error.split(':').next().unwrap()),
            Delivery::GivenUp { tries, body, .. } => {
                format!("{tries} given up {}", body["records"].as_array().unwrap().len())
            }
            Delivery::Done { tries, .. } => format!("{tries} done"),
            other => format!("{other:?}"),
        });
    });
    let settings = DeliveryConfig {
        transform_timeout: Duration::from_millis(100),
        observer: Some(observer),
        ..config(&pipes, handler)
    };
    let stream = DeliveryStream::start(settings).unwrap();
    pipes.put(&["1", "2"]).await;
    stream.flush().await.unwrap();
    assert_eq!(lines(&pipes.objects().await, ""), ["1", "2"]);
    pipes.put(&["3", "4"]).await;
    stream.flush().await.unwrap();
    let errors = lines(&pipes.objects().await, "errors/processing-failed/");
    let errors: Vec<Value> = errors.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(errors.len(), 2);
    assert_eq!(
        (&errors[0]["attemptsMade"], &errors[0]["errorCode"], &errors[0]["rawData"]),
        (&json!(4), &json!("Lambda.FunctionError"), &json!(STANDARD.encode("3")))
    );
    assert_eq!(
        *deliveries.lock().unwrap(),
        [
            "1 Lambda.FunctionError",
            "2 Lambda.MissingRecordId",
            "3 Lambda.FunctionTimedOut",
            "4 done",
            "1 Lambda.FunctionError",
            "2 Lambda.FunctionError",
            "3 Lambda.FunctionError",
            "4 given up 2"
        ]
    );
    assert_eq!((stream.stats().invocations, stream.stats().retries), (8, 6));
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_buffer_or_an_interval_delivers() {
    let pipes = Pipes::start(1).await;
    let handler = partition_of_first_letter();
    let stream = DeliveryStream::start(DeliveryConfig { buffer_bytes: 10, ..config(&pipes, handler.clone()) }).unwrap();
    pipes.put(&["a"]).await;
    support::until("the record is read", || stream.stats().ok == 1).await;
    assert!(pipes.objects().await.is_empty());
    pipes.put(&["a-long-record"]).await;
    stream.idle().await.unwrap();
    assert_eq!(lines(&pipes.objects().await, "raw/a/"), ["a", "a-long-record"]);
    stream.shutdown().await;

    // What the earlier stream delivered is not delivered again; the interval delivers what is never enough.
    let quick = DeliveryConfig { buffer_interval: Duration::from_millis(20), ..config(&pipes, handler) };
    let stream = DeliveryStream::start(quick).unwrap();
    pipes.put(&["b"]).await;
    stream.idle().await.unwrap();
    assert_eq!(lines(&pipes.objects().await, "raw/"), ["a", "a-long-record", "b"]);
    assert_eq!(stream.stats().read, 1);
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_hold_what_they_may_and_wait_for_it() {
    let pipes = Pipes::start(1).await;
    let sizes: Arc<Mutex<Vec<usize>>> = Arc::default();
    let seen = Arc::clone(&sizes);
    let handler = Handler::new(move |event: Value| {
        seen.lock().unwrap().push(event["records"].as_array().unwrap().len());
        let answer = answer(&event, |_| json!({ "result": "Dropped" }));
        async { Ok::<_, String>(answer) }
    });
    let hour = Duration::from_secs(900);
    let settings = DeliveryConfig { transform_interval: hour, transform_bytes: 300_000, ..config(&pipes, handler) };
    let stream = DeliveryStream::start(settings).unwrap();
    let record = "x".repeat(99_000);
    pipes.put(&[&record, &record]).await;
    support::until("two are read", || stream.stats().read == 2).await;
    assert!(sizes.lock().unwrap().is_empty());
    // Five are one full batch and the beginning of the next.
    pipes.put(&[&record, &record, &record]).await;
    support::until("a full batch", || sizes.lock().unwrap().len() == 1).await;
    support::until("all are read", || stream.stats().read == 5).await;
    stream.flush().await.unwrap();
    assert_eq!(*sizes.lock().unwrap(), [3, 2]);
    // All were dropped: nothing is written, and nothing comes again.
    assert_eq!((pipes.objects().await.len(), stream.stats().dropped), (0, 5));
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_batches_of_a_shard_are_with_the_function_and_stay_in_order() {
    let pipes = Pipes::start(1).await;
    let (active, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let handler = {
        let (active, most, gate) = (Arc::clone(&active), Arc::clone(&most), Arc::clone(&gate));
        Handler::new(move |event: Value| {
            let answer = answer(&event, |text| partitioned("a", &format!("{}\n", &text[..2])));
            let (active, most, gate) = (Arc::clone(&active), Arc::clone(&most), Arc::clone(&gate));
            async move {
                most.fetch_max(active.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                drop(gate.acquire().await);
                active.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, String>(answer)
            }
        })
    };
    let stream = DeliveryStream::start(DeliveryConfig { transform_bytes: 250_000, ..config(&pipes, handler) }).unwrap();
    let texts: Vec<String> = (10..22).map(|number: u32| number.to_string().repeat(100_000)).collect();
    pipes.put(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    support::until("five are with the function", || active.load(Ordering::SeqCst) == 5).await;
    gate.add_permits(2);
    stream.flush().await.unwrap();
    let objects = pipes.objects().await;
    let text: String = objects.into_values().collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), texts.iter().map(|text| &text[..2]).collect::<Vec<_>>());
    assert_eq!((most.load(Ordering::SeqCst), stream.stats().invocations), (5, 12));
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partition_after_the_last_one_goes_to_the_errors() {
    let pipes = Pipes::start(1).await;
    let handler = Handler::new(|event: Value| {
        let answer = answer(&event, |text| partitioned(text, "x\n"));
        async { Ok::<_, String>(answer) }
    });
    let stream = DeliveryStream::start(config(&pipes, handler)).unwrap();
    let keys: Vec<String> = (0..501).map(|number| format!("p{number:03}")).collect();
    pipes.put(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stream.flush().await.unwrap();
    let objects = pipes.objects_below("errors/").await;
    let error: Value = serde_json::from_str(&lines(&objects, "errors/activePartitionExceeded/")[0]).unwrap();
    assert_eq!(error["rawData"], json!(STANDARD.encode("p500")));
    assert_eq!(error["errorCode"], json!("DynamicPartitioning.ActivePartitionExceeded"));
    assert_eq!((objects.len(), stream.stats().objects), (1, 501));
    // After the delivery there is room again.
    pipes.put(&["p500"]).await;
    stream.flush().await.unwrap();
    assert_eq!(lines(&pipes.objects_below("raw/p500/").await, ""), ["x"]);
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_arrives_once_wherever_the_process_dies() {
    let steps =
        [Step::Stage, Step::Plan, Step::Object(0), Step::Object(1), Step::Object(2), Step::Checkpoint, Step::Clear];
    for (number, death) in steps.into_iter().enumerate() {
        let pipes = Pipes::start(2).await;
        // A function that sorts differently each time it is asked, as none should.
        let calls = AtomicUsize::new(0);
        let handler = Handler::new(move |event: Value| {
            let salt = calls.fetch_add(1, Ordering::SeqCst);
            let answer = answer(&event, |text| {
                let place = text.parse::<usize>().unwrap() + salt;
                partitioned(["a", "b", "c"][place % 3], &format!("{text}\n"))
            });
            async { Ok::<_, String>(answer) }
        });
        let texts: Vec<String> = (100..140).map(|number: u32| number.to_string()).collect();
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        let settings = || config(&pipes, handler.clone());
        let dying = DeliveryConfig { interrupt: Some(Arc::new(move |step| step == death)), ..settings() };
        let stream = DeliveryStream::start(dying).unwrap();
        pipes.put(&all[..20]).await;
        assert_eq!(stream.flush().await, Err(Ended), "{death:?}");
        assert_eq!(stream.idle().await, Err(Ended), "{death:?}");
        drop(stream);

        pipes.put(&all[20..]).await;
        let stream = DeliveryStream::start(settings()).unwrap();
        stream.flush().await.unwrap();
        let objects = pipes.objects().await;
        assert_eq!(lines(&objects, ""), all, "{death:?}");
        assert_eq!(stream.stats().recovered, u64::from((2..=5).contains(&number)), "{death:?}");
        stream.shutdown().await;

        let stream = DeliveryStream::start(settings()).unwrap();
        stream.flush().await.unwrap();
        assert_eq!((stream.stats().read, pipes.objects().await.len()), (0, objects.len()), "{death:?}");
        stream.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_written_again_until_it_is_written() {
    let pipes = Pipes::start(1).await;
    let refuses = Arc::new(AtomicU32::new(3));
    let left = Arc::clone(&refuses);
    pipes.s3.set_admission(Some(Arc::new(move |_, _| {
        match left.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Err("not now".to_owned()),
            Err(_) => Ok(()),
        }
    })));
    let stream = DeliveryStream::start(config(&pipes, partition_of_first_letter())).unwrap();
    pipes.put(&["a1"]).await;
    stream.flush().await.unwrap();
    assert_eq!((lines(&pipes.objects().await, "raw/a/"), refuses.load(Ordering::SeqCst)), (vec!["a1".to_owned()], 0));
    assert_eq!(stream.stats().trouble, None);

    // A stream that cannot write says why, and ends when it is told to.
    pipes.s3.set_admission(Some(Arc::new(|_, _| Err("never".to_owned()))));
    pipes.put(&["a2"]).await;
    let (flushed, ()) = tokio::join!(stream.flush(), async {
        support::until("trouble", || stream.stats().trouble.is_some_and(|trouble| trouble.contains("never"))).await;
        stream.stop();
    });
    assert_eq!(flushed, Err(Ended));
    stream.shutdown().await;
    pipes.s3.set_admission(None);
    let stream = DeliveryStream::start(config(&pipes, partition_of_first_letter())).unwrap();
    stream.idle().await.unwrap();
    assert_eq!(lines(&pipes.objects().await, "raw/a/"), ["a1", "a2"]);
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_transform_records_are_delivered_as_they_came() {
    let pipes = Pipes::start(1).await;
    let settings = DeliveryConfig { extension: Some(".ndjson".to_owned()), ..pipes.delivery("plain") };
    let stream = DeliveryStream::start(settings).unwrap();
    pipes.put(&["a\n", "b\n"]).await;
    stream.flush().await.unwrap();
    let objects = pipes.objects().await;
    assert_eq!(lines(&objects, "20"), ["a", "b"]);
    assert!(objects.keys().all(|key| without_time(&key[14..]) == "plain-1-TIME-ID.ndjson"), "{objects:?}");
    stream.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_firehose_refuses_are_refused() {
    let pipes = Pipes::start(1).await;
    let check = |settings: DeliveryConfig, expected: &str| {
        let error = DeliveryStream::start(settings).map(drop).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(DeliveryConfig { transform_bytes: 100_000, ..pipes.delivery("s") }, "transform_bytes");
    check(DeliveryConfig { buffer_bytes: 0, ..pipes.delivery("s") }, "buffer_bytes");
    check(DeliveryConfig { buffer_interval: Duration::from_secs(901), ..pipes.delivery("s") }, "buffer_interval");
    check(DeliveryConfig { extension: Some("gz".to_owned()), ..pipes.delivery("s") }, "extension");
    check(DeliveryConfig { prefix: PREFIX.to_owned(), ..pipes.delivery("s") }, "prefix");
    check(pipes.delivery("a/b"), "the name");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_thousand_records_pass() {
    let pipes = Pipes::start(1).await;
    let settings = DeliveryConfig {
        compression: Compression::Gzip,
        buffer_bytes: 256 * 1024,
        ..config(&pipes, partition_of_first_letter())
    };
    let stream = DeliveryStream::start(settings).unwrap();
    let texts: Vec<String> = (0..50_000).map(|number: u32| format!("{}{number:099}", number % 7)).collect();
    for batch in texts.chunks(500) {
        pipes.put(&batch.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    stream.flush().await.unwrap();
    let mut expected = texts;
    expected.sort();
    let objects = pipes.objects().await;
    assert!(lines(&objects, "raw/") == expected);
    // Of one shard, every object has its records in their order.
    assert!(objects.values().all(|text| text.lines().is_sorted()));
    assert!(stream.stats().objects > 7);
    stream.shutdown().await;
}
