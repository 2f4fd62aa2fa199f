use std::fmt;

use sha2::{Digest, Sha256};

/// The write keys that the collector accepts, as digests: the keys themselves are not kept.
#[derive(Clone)]
pub struct WriteKeys(Vec<[u8; 32]>);

/// Why a list of write keys cannot be used. None of these repeats a part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// There is no key in it.
    #[error("there is no write key in it: list one or more, separated by commas")]
    Empty,
    /// It begins as a JSON list and is none.
    #[error("it is no list of texts in JSON")]
    NotAList,
    /// A key that no client can send.
    #[error(
        "write key {number} has a colon, a blank, or a character beyond ASCII, and cannot be sent with Basic authentication"
    )]
    Unsendable {
        /// Which one, from 1.
        number: usize,
    },
}

impl WriteKeys {
    /// Reads keys that are separated by commas or line ends, or are a JSON list.
    ///
    /// # Errors
    /// When there is none, or one cannot be a key.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let text = text.trim();
        let keys: Vec<String> = match text.starts_with('[') {
            true => serde_json::from_str(text).map_err(|_| KeysError::NotAList)?,
            false => text.split([',', '\n', '\r']).map(str::to_owned).collect(),
        };
        let keys: Vec<&str> = keys.iter().map(|key| key.trim()).filter(|key| !key.is_empty()).collect();
        if keys.is_empty() {
            return Err(KeysError::Empty);
        }
        let is_sendable = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        match keys.iter().position(|key| !is_sendable(key)) {
            Some(index) => Err(KeysError::Unsendable { number: index + 1 }),
            None => Ok(Self(keys.iter().map(|key| digest(key)).collect())),
        }
    }

    /// Whether the key is one of them. How long it takes tells nothing of the keys: all of them are compared, by digest, to the end.
    pub(crate) fn has(&self, key: &str) -> bool {
        let digest = digest(key);
        let differs = |known: &[u8; 32]| known.iter().zip(&digest).fold(0, |bits, (a, b)| bits | (a ^ b));
        self.0.iter().fold(false, |found, known| found | (differs(known) == 0))
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

impl fmt::Debug for WriteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriteKeys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_keys() {
        let check = |text: &str, expected: &[&str]| {
            let keys = WriteKeys::parse(text).unwrap();
            assert_eq!(keys.0.len(), expected.len(), "{text}");
            assert!(expected.iter().all(|key| keys.has(key)), "{text}");
            assert!(!keys.has("") && !keys.has("other") && !keys.has(text.get(1..).unwrap()), "{text}");
        };
        check("abc", &["abc"]);
        check(" abc , def,,", &["abc", "def"]);
        check("abc\r\ndef\n", &["abc", "def"]);
        check(r#"["abc", "d,e"]"#, &["abc", "d,e"]);
    }

    #[test]
    fn what_is_no_list_of_keys() {
        let check =
            |text: &str, expected: KeysError| assert_eq!(WriteKeys::parse(text).unwrap_err(), expected, "{text}");
        check("", KeysError::Empty);
        check(" ,\n", KeysError::Empty);
        check("[]", KeysError::Empty);
        check("[1]", KeysError::NotAList);
        check("abc,d:e", KeysError::Unsendable { number: 2 });
        check("a b", KeysError::Unsendable { number: 1 });
        check("schlüssel", KeysError::Unsendable { number: 1 });
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", WriteKeys::parse("secret").unwrap()), "WriteKeys(1)");
    }
}
