use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// The longest key S3 takes, in bytes of UTF-8.
const MAX_BYTES: usize = 1024;

/// An object's key, decoded: the name a person would use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectKey(String);

/// Why a text is no object key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Keys have at least one byte.
    #[error("the object key is empty")]
    Empty,
    /// Keys have at most 1,024 bytes of UTF-8.
    #[error("the object key has {0} bytes, and S3 allows 1024")]
    TooLong(usize),
    /// Percent-decoding gave bytes that are no UTF-8.
    #[error("the object key {0:?} does not decode to UTF-8")]
    NotUtf8(String),
}

impl ObjectKey {
    /// Decodes the key of an S3 event message, which is form-encoded: `+` is a space, `%2B` a plus.
    ///
    /// Rule: S3 user guide, "Event message structure".
    ///
    /// # Errors
    /// That the text does not decode to UTF-8, or is no key.
    pub fn from_event(encoded: &str) -> Result<Self, KeyError> {
        let spaced = encoded.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| KeyError::NotUtf8(encoded.to_owned()))?;
        Self::from_plain(&decoded)
    }

    /// Takes a key as it is, from EventBridge, an API answer or a person.
    ///
    /// # Errors
    /// That it is empty or longer than 1,024 bytes.
    pub fn from_plain(key: &str) -> Result<Self, KeyError> {
        match key.len() {
            0 => Err(KeyError::Empty),
            length if length > MAX_BYTES => Err(KeyError::TooLong(length)),
            _ => Ok(Self(key.to_owned())),
        }
    }

    /// The decoded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_keys_are_form_decoded_once() {
        let cases = [
            ("plain/key.csv", "plain/key.csv"),
            ("two+words.csv", "two words.csv"),
            ("two%20words.csv", "two words.csv"),
            ("a%2Bb.csv", "a+b.csv"),
            ("100%25.csv", "100%.csv"),
            ("twice%252B.csv", "twice%2B.csv"),
            ("caf%C3%A9.csv", "café.csv"),
            ("quote%27%22.csv", "quote'\".csv"),
            ("%27%3B+drop+table+--", "'; drop table --"),
            ("a%2F..%2Fb", "a/../b"),
        ];
        for (encoded, decoded) in cases {
            assert_eq!(ObjectKey::from_event(encoded).unwrap().as_str(), decoded, "{encoded}");
        }
    }

    #[test]
    fn plain_keys_are_not_decoded() {
        assert_eq!(ObjectKey::from_plain("a+b%20c").unwrap().as_str(), "a+b%20c");
    }

    #[test]
    fn keys_have_1_to_1024_bytes_of_utf8() {
        assert_eq!(ObjectKey::from_event(""), Err(KeyError::Empty));
        assert!(ObjectKey::from_event(&"é".repeat(512)).is_ok());
        assert_eq!(ObjectKey::from_event(&"é".repeat(513)), Err(KeyError::TooLong(1026)));
        assert_eq!(ObjectKey::from_event("%FF"), Err(KeyError::NotUtf8("%FF".into())));
    }
}
