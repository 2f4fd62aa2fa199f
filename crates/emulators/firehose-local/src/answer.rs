//! The event of a batch as Firehose hands it to a function, and the function's answer.
//!
//! Rules: "Required parameters for data transformation" in the Amazon Data Firehose developer guide; its error codes are those of "Monitor
//! Amazon Data Firehose Using CloudWatch Logs" there. An answer that does not name every record once, or cannot be read, fails the batch; a
//! record whose result is neither `Ok` nor `Dropped` fails alone.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kinesis_local::Record;
use serde_json::{Value, json};

use crate::prefix::Prefix;

/// Requests and answers of Lambda have 6 MB: 6,291,456 bytes.
const ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is delivered as these bytes to this partition.
    Ok { data: Vec<u8>, partition: Vec<String> },
    /// It is left out.
    Dropped,
    /// It goes, as it came, to the errors.
    Failed(Failure),
}

/// Why a record, or a whole batch, was not transformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn function(error: &str) -> Self {
        let message = format!("The Lambda function was successfully invoked but it returned an error result: {error}");
        Self { code: "Lambda.FunctionError", message }
    }

    pub(crate) fn timed_out(seconds: u64) -> Self {
        Self { code: "Lambda.FunctionTimedOut", message: format!("The Lambda function took longer than {seconds} s.") }
    }

    fn unreadable(detail: &str) -> Self {
        let message = format!(
            "There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status \
             model required by Amazon Data Firehose: {detail}"
        );
        Self { code: "Lambda.JsonProcessingException", message }
    }

    fn missing() -> Self {
        let message = "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.";
        Self { code: "Lambda.MissingRecordId", message: message.to_owned() }
    }

    fn duplicated() -> Self {
        let message = "Multiple records were returned with the same record Id. Ensure that the Lambda function returns unique record Ids \
                       for each record.";
        Self { code: "Lambda.DuplicatedRecordId", message: message.to_owned() }
    }

    fn status(status: &str) -> Self {
        Self { code: "Lambda.ProcessingFailedStatus", message: format!("{status} status set for record") }
    }

    fn partition(detail: &str) -> Self {
        let message = format!("The partition of the record cannot be told: {detail}");
        Self { code: "DynamicPartitioning.MetadataExtractionFailed", message }
    }
}

/// What the records of an event have in common.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) delivery_stream_arn: String,
    pub(crate) source_arn: String,
    pub(crate) region: String,
}

/// The event of a batch.
pub(crate) fn event(origin: &Origin, invocation: &str, shard: &str, records: &[Record]) -> Value {
    let records: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "recordId": record_id(record),
                "approximateArrivalTimestamp": record.arrival,
                "data": STANDARD.encode(&record.data),
                "kinesisRecordMetadata": {
                    "sequenceNumber": record.sequence_number,
                    "subsequenceNumber": "",
                    "partitionKey": record.partition_key,
                    "shardId": shard,
                    "approximateArrivalTimestamp": record.arrival,
                },
            })
        })
        .collect();
    json!({
        "invocationId": invocation,
        "deliveryStreamArn": origin.delivery_stream_arn,
        "sourceKinesisStreamArn": origin.source_arn,
        "region": origin.region,
        "records": records,
    })
}

fn record_id(record: &Record) -> String {
    format!("{}000000", record.sequence_number)
}

/// The verdict on each record in the order of the batch, or why the whole batch fails.
pub(crate) fn read(records: &[Record], answer: &Value, prefix: &Prefix) -> Result<Vec<Verdict>, Failure> {
    if json_length(answer) > ANSWER_BYTES {
        return Err(Failure::function("Response payload size exceeded maximum allowed payload size (6291456 bytes)."));
    }
    let list = answer.get("records").and_then(Value::as_array);
    let list = list.ok_or_else(|| Failure::unreadable("records is not a list"))?;
    let mut answered: HashMap<&str, &Value> = HashMap::with_capacity(list.len());
    for item in list {
        let id = item.get("recordId").and_then(Value::as_str);
        let id = id.ok_or_else(|| Failure::unreadable("a record has no recordId"))?;
        if answered.insert(id, item).is_some() {
            return Err(Failure::duplicated());
        }
    }
    let mut verdicts = Vec::with_capacity(records.len());
    for record in records {
        let item = answered.remove(record_id(record).as_str()).ok_or_else(Failure::missing)?;
        verdicts.push(verdict(item, prefix)?);
    }
    match answered.keys().next() {
        None => Ok(verdicts),
        Some(id) => Err(Failure::unreadable(&format!("recordId {id} is not in the batch"))),
    }
}

fn verdict(item: &Value, prefix: &Prefix) -> Result<Verdict, Failure> {
    match item.get("result").and_then(Value::as_str) {
        Some("Ok") => {}
        Some("Dropped") => return Ok(Verdict::Dropped),
        Some(other) => return Ok(Verdict::Failed(Failure::status(other))),
        None => return Ok(Verdict::Failed(Failure::status("No"))),
    }
    let data = item.get("data").and_then(Value::as_str);
    let data = data.ok_or_else(|| Failure::unreadable("a record that is Ok has no data"))?;
    let data = STANDARD.decode(data).map_err(|_| Failure::unreadable("the data of a record is not base64"))?;
    let keys = item.pointer("/metadata/partitionKeys").and_then(Value::as_object);
    let values: BTreeMap<String, String> = keys
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match value {
            Value::String(text) => Some((key.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) => Some((key.clone(), value.to_string())),
            _ => None,
        })
        .collect();
    Ok(match prefix.partition(values) {
        Ok(partition) => Verdict::Ok { data, partition },
        Err(reason) => Verdict::Failed(Failure::partition(&reason)),
    })
}

/// How long the value is as JSON.
fn json_length(value: &Value) -> usize {
    struct Counter(usize);
    impl Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting does not fail, and every value is JSON.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn records() -> Vec<Record> {
        (1..=2)
            .map(|number| Record {
                sequence_number: format!("49{number}"),
                number,
                arrival: 1_763_697_605_000,
                partition_key: "key".into(),
                data: Bytes::from_static(b"in"),
            })
            .collect()
    }

    /// What becomes of two records: a word for each, or the code of the failure.
    fn outcome(answer: Value) -> String {
        let prefix = Prefix::of_data("!{partitionKeyFromLambda:k}/", true).unwrap();
        match read(&records(), &answer, &prefix) {
            Err(failure) => failure.code.to_owned(),
            Ok(verdicts) => {
                let words = verdicts.iter().map(|verdict| match verdict {
                    Verdict::Ok { data, partition } => format!("{}:{}", partition.join(","), data.len()),
                    Verdict::Dropped => "dropped".to_owned(),
                    Verdict::Failed(failure) => failure.code.to_owned(),
                });
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn answers_are_read_to_the_letter() {
        let ok = |id: &str| json!({ "recordId": id, "result": "Ok", "data": "b3V0", "metadata": { "partitionKeys": { "k": "v" } } });
        let (one, two) = (|| ok("491000000"), || ok("492000000"));
        let with = |key: &str, value: Value| {
            let mut record = one();
            record[key] = value;
            json!({ "records": [record, two()] })
        };
        let check = |answer: Value, expected: &str| assert_eq!(outcome(answer.clone()), expected, "{answer}");
        check(json!({ "records": [one(), two()] }), "v:3 v:3");
        check(json!({ "records": [two(), one()] }), "v:3 v:3");
        check(with("result", json!("Dropped")), "dropped v:3");
        check(with("result", json!("ProcessingFailed")), "Lambda.ProcessingFailedStatus v:3");
        check(with("result", json!("ok")), "Lambda.ProcessingFailedStatus v:3");
        check(with("result", Value::Null), "Lambda.ProcessingFailedStatus v:3");
        check(with("data", json!("")), "v:0 v:3");
        check(with("data", json!("no base64!")), "Lambda.JsonProcessingException");
        check(with("data", Value::Null), "Lambda.JsonProcessingException");
        check(with("metadata", Value::Null), "DynamicPartitioning.MetadataExtractionFailed v:3");
        check(with("metadata", json!({ "partitionKeys": { "k": 7 } })), "7:3 v:3");
        check(
            with("metadata", json!({ "partitionKeys": { "k": "" } })),
            "DynamicPartitioning.MetadataExtractionFailed v:3",
        );
        check(
            with("metadata", json!({ "partitionKeys": { "k": ["v"] } })),
            "DynamicPartitioning.MetadataExtractionFailed v:3",
        );
        check(json!({ "records": [one()] }), "Lambda.MissingRecordId");
        check(json!({ "records": [] }), "Lambda.MissingRecordId");
        check(json!({ "records": [one(), two(), two()] }), "Lambda.DuplicatedRecordId");
        check(json!({ "records": [one(), two(), ok("493")] }), "Lambda.JsonProcessingException");
        check(with("recordId", json!("other")), "Lambda.MissingRecordId");
        check(with("recordId", json!(491)), "Lambda.JsonProcessingException");
        check(json!({ "Records": [] }), "Lambda.JsonProcessingException");
        check(Value::Null, "Lambda.JsonProcessingException");
        let large = "A".repeat(ANSWER_BYTES);
        assert_eq!(outcome(with("data", json!(large))), "Lambda.FunctionError");
    }

    #[test]
    fn a_batch_has_the_shape_of_a_firehose_event() {
        let origin =
            Origin { delivery_stream_arn: "arn:d".into(), source_arn: "arn:s".into(), region: "eu-west-1".into() };
        let event = event(&origin, "i-1", "shardId-000000000000", &records()[..1]);
        assert_eq!(
            event,
            json!({
                "invocationId": "i-1", "deliveryStreamArn": "arn:d", "sourceKinesisStreamArn": "arn:s", "region": "eu-west-1",
                "records": [{
                    "recordId": "491000000", "approximateArrivalTimestamp": 1_763_697_605_000_i64, "data": "aW4=",
                    "kinesisRecordMetadata": {
                        "sequenceNumber": "491", "subsequenceNumber": "", "partitionKey": "key", "shardId": "shardId-000000000000",
                        "approximateArrivalTimestamp": 1_763_697_605_000_i64 } }] })
        );
    }
}
