//! LocalStack's events of S3, normalized to AWS's before a function sees them.
//!
//! LocalStack 4.14 encodes the key as a URL does, where AWS's EventBridge sends it as it is, and gives every object the same sequencer.
//! That sequencer tells its events from those of others, which are left alone. The true order is in the version: LocalStack's begin with a
//! number that grows.

use base64::Engine;
use base64::alphabet::Alphabet;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// The sequencer of every object in LocalStack.
const SEQUENCER: &str = "0062E99A88DC407460";

/// How many characters of a version are the number.
const NUMBER_CHARACTERS: usize = 8;

/// LocalStack's variant of base64.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

/// The body of a message, as AWS would have it.
pub(super) fn body(text: &str) -> String {
    let Ok(mut event) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    match event.pointer_mut("/detail/object") {
        Some(object) if object.get("sequencer").and_then(Value::as_str) == Some(SEQUENCER) => {
            normalize(object);
            event.to_string()
        }
        _ => text.to_owned(),
    }
}

fn normalize(object: &mut Value) {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let key = text("key").and_then(|key| percent_decode_str(key).decode_utf8().ok()).map(|key| json!(key));
    let sequencer = text("version-id").and_then(number).map(|number| json!(number));
    if let Some(key) = key {
        object["key"] = key;
    }
    match (sequencer, object.as_object_mut()) {
        (Some(sequencer), _) => object["sequencer"] = sequencer,
        // Without a version nothing tells the order but the time.
        (None, Some(object)) => drop(object.remove("sequencer")),
        (None, None) => {}
    }
}

/// The number that a version begins with, in hexadecimal digits.
fn number(version: &str) -> Option<String> {
    let alphabet = Alphabet::new(ALPHABET).ok()?;
    let number = GeneralPurpose::new(&alphabet, NO_PAD).decode(version.get(..NUMBER_CHARACTERS)?).ok()?;
    Some(hex::encode_upper(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(object: &Value) -> Value {
        let event = json!({ "source": "aws.s3", "detail": { "object": object } });
        let normalized: Value = serde_json::from_str(&body(&event.to_string())).unwrap();
        normalized["detail"]["object"].clone()
    }

    #[test]
    fn an_event_of_localstack_gets_its_key_and_its_order() {
        let sent = json!({ "key": "raw/dt%3D2026-11-26/a%20b%2B%25.gz", "sequencer": SEQUENCER,
            "version-id": "AaIX.wOwFoDUC47EmTAVQNFzgZveMwlP" });
        let expected = json!({ "key": "raw/dt=2026-11-26/a b+%.gz", "sequencer": "01A217FB03B0",
            "version-id": "AaIX.wOwFoDUC47EmTAVQNFzgZveMwlP" });
        assert_eq!(object(&sent), expected);
    }

    #[test]
    fn without_a_version_there_is_no_sequencer() {
        assert_eq!(object(&json!({ "key": "a", "sequencer": SEQUENCER })), json!({ "key": "a" }));
    }

    #[test]
    fn an_event_of_another_cloud_is_left_alone() {
        let event = json!({ "key": "a%3Db", "sequencer": "0055AED6DCD90281E5" });
        assert_eq!(object(&event), event);
        for text in ["no JSON", "{}", "{\"detail\": 1}"] {
            assert_eq!(body(text), text);
        }
    }
}
