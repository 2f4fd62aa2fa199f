//! Firehose's event, read leniently: AWS's own samples write times as numbers and as text, sequence numbers as text and as numbers, leave
//! fields out and misspell one. What is not needed is not looked at.

use std::borrow::Cow;
use std::fmt;

use event_lake::{Instant, time};
use json_members::{Readable, Scan, text};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::members::{Doubtful, plain};

/// About as many records as an event has.
const RECORDS: usize = 512;

/// Firehose's event.
#[derive(Debug, Deserialize)]
pub(crate) struct Incoming<'a> {
    #[serde(borrow)]
    pub(crate) records: Vec<IncomingRecord<'a>>,
    /// The SAM CLI's sample of a stream as source misspells it.
    #[serde(rename = "deliveryStreamArn", alias = "deliverySteamArn", borrow, default)]
    stream_arn: Scalar<'a>,
}

/// One record of it.
#[derive(Debug, Deserialize)]
pub(crate) struct IncomingRecord<'a> {
    #[serde(rename = "recordId", borrow, default)]
    id: Scalar<'a>,
    #[serde(borrow, default)]
    data: Scalar<'a>,
    #[serde(rename = "approximateArrivalTimestamp", borrow, default)]
    arrival: Scalar<'a>,
    #[serde(rename = "kinesisRecordMetadata", borrow, default, deserialize_with = "json")]
    kinesis: Option<&'a str>,
}

/// What Firehose tells of a record that came from a Kinesis stream.
#[derive(Debug, Default, Deserialize)]
struct Kinesis<'a> {
    #[serde(rename = "sequenceNumber", borrow, default)]
    sequence: Scalar<'a>,
    #[serde(rename = "subsequenceNumber", borrow, default)]
    subsequence: Scalar<'a>,
    #[serde(rename = "approximateArrivalTimestamp", borrow, default)]
    arrival: Scalar<'a>,
}

impl<'a> Incoming<'a> {
    /// Reads the event.
    pub(crate) fn read(text: &'a str) -> Result<Self, Error> {
        let event = match Self::quick(text) {
            Ok(event) => event,
            Err(Doubtful) => serde_json::from_str(text)
                .map_err(|error| Error::NotFirehose { line: error.line(), column: error.column() })?,
        };
        match event.records.iter().position(|record| record.id().is_none()) {
            Some(index) => Err(Error::NoRecordId(index)),
            None => Ok(event),
        }
    }

    /// Reads an event as Firehose sends it in one pass.
    fn quick(text: &'a str) -> Result<Self, Doubtful> {
        let scan = Scan::<Readable>::new(text.as_bytes());
        let (mut records, mut stream_arn) = (None, None);
        let end = scan.members(scan.blanks(0), 1, |name, at| match plain(text, &name)? {
            "records" => {
                let mut read = Vec::with_capacity(RECORDS);
                let end = scan.items(at, 2, |at| {
                    let (record, end) = IncomingRecord::quick(text, at)?;
                    read.push(record);
                    Ok::<_, Doubtful>(end)
                })?;
                once(&mut records, read, end)
            }
            "deliveryStreamArn" | "deliverySteamArn" => Scalar::quick(text, at, 1, &mut stream_arn),
            _ => Ok(scan.value(at, 1)?),
        })?;
        let records = records.filter(|_| scan.blanks(end) == text.len()).ok_or(Doubtful)?;
        Ok(Self { records, stream_arn: stream_arn.unwrap_or_default() })
    }

    /// The delivery stream's name, from its ARN.
    pub(crate) fn stream(&self) -> Option<&str> {
        self.stream_arn.text()?.rsplit_once('/').map(|(_, name)| name).filter(|name| !name.is_empty())
    }
}

impl<'a> IncomingRecord<'a> {
    /// The record that begins here, and its end.
    fn quick(text: &'a str, at: usize) -> Result<(Self, usize), Doubtful> {
        let scan = Scan::<Readable>::new(text.as_bytes());
        let (mut id, mut data, mut arrival, mut kinesis) = (None, None, None, None);
        let end = scan.members(at, 3, |name, at| match plain(text, &name)? {
            "recordId" => Scalar::quick(text, at, 3, &mut id),
            "data" => Scalar::quick(text, at, 3, &mut data),
            "approximateArrivalTimestamp" => Scalar::quick(text, at, 3, &mut arrival),
            "kinesisRecordMetadata" => {
                let end = scan.value(at, 3)?;
                once(&mut kinesis, &text[at..end], end)
            }
            _ => Ok(scan.value(at, 3)?),
        })?;
        let [id, data, arrival] = [id, data, arrival].map(Option::unwrap_or_default);
        Ok((Self { id, data, arrival, kinesis }, end))
    }

    /// What the answer must repeat.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.text()
    }

    /// The body in base64.
    pub(crate) fn data(&self) -> Option<&str> {
        self.data.text()
    }

    /// What names the record in its stream, and stays when Firehose sends it again; as text only when somebody asks.
    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin(self)
    }

    fn origin_text(&self) -> String {
        let kinesis = self.kinesis();
        match kinesis.sequence.text().filter(|sequence| !sequence.is_empty()) {
            Some(sequence) => format!("{sequence}:{}", kinesis.subsequence.text().unwrap_or_default()),
            None => self.id().unwrap_or_default().to_owned(),
        }
    }

    /// When the stream took the record.
    pub(crate) fn arrival(&self) -> Option<Instant> {
        let read = |scalar: &Scalar<'_>| scalar.text().and_then(time::parse);
        read(&self.arrival).or_else(|| read(&self.kinesis().arrival))
    }

    fn kinesis(&self) -> Kinesis<'_> {
        self.kinesis.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}

/// The name of a record in its stream.
pub(crate) struct Origin<'a>(&'a IncomingRecord<'a>);

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin_text())
    }
}

/// A text, or a number as text; anything else is as good as absent.
#[derive(Debug, Default)]
struct Scalar<'a>(Option<Cow<'a, str>>);

impl Scalar<'_> {
    fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor).map(Scalar)
    }
}

impl<'a> Scalar<'a> {
    /// Reads the scalar that begins here into its place, and returns its end.
    fn quick(json: &'a str, at: usize, level: usize, place: &mut Option<Self>) -> Result<usize, Doubtful> {
        let scan = Scan::<Readable>::new(json.as_bytes());
        match json.as_bytes().get(at) {
            Some(b'"') => {
                let found = scan.long_string(at)?;
                let end = found.end();
                let value =
                    if found.has_escapes { text(&json[at..end]).ok_or(Doubtful)? } else { json[found.inside].into() };
                once(place, Self(Some(value)), end)
            }
            Some(b'-' | b'0'..=b'9') => {
                let end = scan.value(at, level)?;
                let number = &json[at..end];
                // Other numbers may show themselves otherwise than they are written.
                let is_whole = number.len() <= 18 && number.bytes().all(|byte| byte.is_ascii_digit());
                if is_whole { once(place, Self(Some(number.into())), end) } else { Err(Doubtful) }
            }
            _ => once(place, Self(None), scan.value(at, level)?),
        }
    }
}

/// Fills a place that must be empty: `serde` refuses a field that occurs twice.
fn once<T>(place: &mut Option<T>, value: T, end: usize) -> Result<usize, Doubtful> {
    if place.replace(value).is_none() { Ok(end) } else { Err(Doubtful) }
}

/// The text of a value.
fn json<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a str>, D::Error> {
    <&'a RawValue>::deserialize(deserializer).map(|raw| Some(raw.get()))
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
