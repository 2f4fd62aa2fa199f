use std::cell::Cell;

use json_members::{Bounded, Fault, FaultKind, Readable, Rules, Scan, Syntax, text};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Target, WORDS, events, hash};

/// The scanner of JSON beside `serde_json`.
#[derive(Default)]
pub(super) struct Json {
    outcomes: [Cell<u64>; 2],
}

impl Target for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn corpus(&self) -> Vec<Vec<u8>> {
        events(2_000)
    }

    fn dictionary(&self) -> &[&'static [u8]] {
        WORDS
    }

    fn run(&self, input: &[u8]) -> Result<u64, String> {
        let found = end::<Syntax>(input);
        let (bounded, readable) = (end::<Bounded>(input), end::<Readable>(input));
        let which = usize::from(found.is_err());
        self.outcomes[which].set(self.outcomes[which].get() + 1);
        if found.unwrap_or_else(Fault::at) > input.len() {
            return Err(format!("a place behind the end: {found:?}"));
        }
        if bounded != found && bounded.map_err(Fault::kind) != Err(FaultKind::TooDeep) {
            return Err(format!("bounded {bounded:?}, and without a bound {found:?}"));
        }
        // `serde_json` looks at what follows a number or word, and wants UTF-8.
        let Ok(json) = std::str::from_utf8(input) else { return Ok(hash(&format!("{found:?}"))) };
        if !json.starts_with(['{', '[', '"']) {
            return Ok(hash(&format!("{found:?}")));
        }
        let mut stream = serde_json::Deserializer::from_str(json).into_iter::<&RawValue>();
        let expected = stream.next().is_some_and(|value| value.is_ok()).then(|| stream.byte_offset());
        if found.ok() != expected {
            return Err(format!("it ends at {found:?}, and for serde_json at {expected:?}"));
        }
        if let Ok(end) = readable {
            let value = serde_json::from_str::<Value>(&json[..end]);
            let value = value.map_err(|error| format!("it is readable, and serde_json says: {error}"))?;
            members(json, &value)?;
        }
        Ok(hash(&format!("{found:?} {readable:?}")))
    }

    fn tally(&self) -> String {
        let [sound, unsound] = &self.outcomes;
        format!("{} values, {} faults", sound.get(), unsound.get())
    }
}

fn end<R: Rules>(input: &[u8]) -> Result<usize, Fault> {
    Scan::<R>::new(input).value(0, 0)
}

/// Every member is what `serde_json` reads; where a name occurs twice, the last.
fn members(json: &str, value: &Value) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Ok(()) };
    let scan = Scan::<Readable>::new(json.as_bytes());
    let mut found = serde_json::Map::new();
    let end = scan.members(0, 1, |name, at| {
        let end = scan.value(at, 1)?;
        let name = text(&json[name.quoted()]).unwrap_or_default().into_owned();
        found.insert(name, serde_json::from_str(&json[at..end]).unwrap_or_default());
        Ok::<_, Fault>(end)
    });
    if end.is_ok() && found == *object { Ok(()) } else { Err("its members are others for serde_json".to_owned()) }
}
