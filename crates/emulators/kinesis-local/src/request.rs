//! What requests have in common.

use std::sync::Arc;

use serde::Deserialize;

use crate::refusal::Refusal;
use crate::store::Store;
use crate::stream::Stream;

/// Reads a request, whose members that are not known are ignored, as AWS does.
pub(crate) fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::serialization(error.to_string()))
}

/// The two ways to say which stream is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    #[serde(rename = "StreamName")]
    pub(crate) name: Option<String>,
    #[serde(rename = "StreamARN")]
    pub(crate) arn: Option<String>,
}

impl Named {
    /// The name, from whichever is given.
    pub(crate) fn name(&self) -> Result<&str, Refusal> {
        let from_arn = match &self.arn {
            None => None,
            Some(arn) => match arn.split_once(":stream/") {
                Some((head, name)) if head.starts_with("arn:aws") && head.contains(":kinesis:") => Some(name),
                _ => return Err(Refusal::validation(arn, "streamARN", "Member must be the ARN of a stream")),
            },
        };
        match (self.name.as_deref(), from_arn) {
            (Some(name), Some(other)) if name != other => {
                Err(Refusal::argument(format!("StreamName {name} and StreamARN name two streams")))
            }
            (Some(name), _) | (None, Some(name)) => Ok(name),
            (None, None) => Err(Refusal::argument("Either StreamName or StreamARN must be provided.")),
        }
    }

    /// The stream that is meant.
    pub(crate) fn find(&self, store: &Store) -> Result<Arc<Stream>, Refusal> {
        let name = self.name()?;
        store.get(name).ok_or_else(|| Refusal::no_stream(name))
    }
}
