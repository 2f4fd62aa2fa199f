#![doc = include_str!("../README.md")]

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The format of a stored record: `NEWEST` when it is written, and 1 to `NEWEST` when it is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordFormat<const NEWEST: u32>;

impl<const NEWEST: u32> Serialize for RecordFormat<NEWEST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(NEWEST)
    }
}

impl<'de, const NEWEST: u32> Deserialize<'de> for RecordFormat<NEWEST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(deserializer)?;
        match found {
            0 => Err(D::Error::custom("format 0 does not exist: the first is 1")),
            found if found > NEWEST => Err(D::Error::custom(format!(
                "format {found} is newer than this release reads ({NEWEST}): deploy the release that wrote it, or a later one"
            ))),
            _ => Ok(Self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Record {
        #[serde(default)]
        format: RecordFormat<2>,
    }

    #[test]
    fn the_newest_is_written_and_every_known_one_is_read() {
        assert_eq!(serde_json::to_string(&Record::default()).unwrap(), r#"{"format":2}"#);
        for text in ["{}", r#"{"format":1}"#, r#"{"format":2}"#] {
            assert_eq!(serde_json::from_str::<Record>(text).unwrap(), Record::default(), "{text}");
        }
    }

    #[test]
    fn an_unknown_one_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = serde_json::from_str::<Record>(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        check(r#"{"format":3}"#, "format 3 is newer than this release reads (2): deploy the release that wrote it");
        check(r#"{"format":0}"#, "format 0 does not exist");
        check(r#"{"format":"1"}"#, "invalid type: string \"1\", expected u32");
    }
}
