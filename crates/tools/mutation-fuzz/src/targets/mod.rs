//! What is fed.

#[cfg(feature = "collect")]
mod collect;
mod columnar;
mod combined_log;
mod json;
mod sas;
mod transform;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};

use pipeline::Events;
use samples::web_events::{Options, Records};

/// Something that reads hostile input.
pub(crate) trait Target {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// Real input.
    fn corpus(&self) -> Vec<Vec<u8>>;

    /// Words that mean something to it.
    fn dictionary(&self) -> &[&'static [u8]];

    /// Where changes hurt, for formats that have such places.
    fn places(&self, _input: &[u8]) -> Vec<Range<usize>> {
        Vec::new()
    }

    /// Reads an input; a hash of what came of it, or what must not have happened.
    fn run(&self, input: &[u8]) -> Result<u64, String>;

    /// What the inputs came to, to see that they are not all refused at the door.
    fn tally(&self) -> String;
}

/// Why a target cannot be run.
pub(crate) struct Skipped(pub(crate) String);

type Make = fn() -> Result<Box<dyn Target>, Skipped>;

/// All targets by name.
pub(crate) fn all() -> Vec<(&'static str, Make)> {
    vec![
        ("json", || Ok(Box::new(json::Json::default()))),
        ("transform", || Ok(Box::new(transform::Transform::new()?))),
        ("combined-log", || Ok(Box::new(combined_log::Logs::new()))),
        ("sas", || Ok(Box::new(sas::SasFiles::new()?))),
        ("columnar", || Ok(Box::new(columnar::Columnar::new()?))),
        #[cfg(feature = "collect")]
        ("collect", || Ok(Box::new(collect::Collect::new()?))),
    ]
}

/// The repository's folder.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The events that the pipelines declare.
fn declared() -> Result<Events, Skipped> {
    let project = pipeline_folder::load(&repository().join("pipelines")).map_err(|error| Skipped(error.to_string()))?;
    let events = project.pipelines.into_iter().find_map(|pipeline| pipeline.events);
    events.ok_or_else(|| Skipped("no pipeline has events".to_owned()))
}

/// Generated events, more of them malformed than in life.
fn events(count: u64) -> Vec<Vec<u8>> {
    let options = Options { events: count, unknown: 200, repeated: 100, malformed: 200, ..Options::default() };
    Records::new(&options).map(|record| record.data).collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// What JSON and events are made of.
const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"null",
    b"true",
    b"false",
    b"{}",
    b"[]",
    b"\"\"",
    b"0",
    b"-0",
    b"-",
    b"1e400",
    b"1E-400",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"1.5",
    b"00",
    b"NaN",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00",
    b"\\ud83d\\ude00",
    b"\\u",
    b"\\x",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\x00",
    b"\n",
    b"\r\n",
    b"\t",
    b"\xe2\x80\xa8",
    b"\"type\":\"track\"",
    b"\"type\":",
    b"\"event\":\"Post Created\"",
    b"\"event\":\"../../x\"",
    b"\"timestamp\":",
    b"\"originalTimestamp\":",
    b"\"sentAt\":",
    b"\"receivedAt\":",
    b"\"messageId\":",
    b"\"messageId\":\"\"",
    b"\"userId\":",
    b"\"context\":{",
    b"\"traits\":{",
    b"\"properties\":{",
    b"\"email\":",
    b"\"ip\":",
    b"\"2015-12-10T04:08:31.909Z\"",
    b"\"2015-12-10\"",
    b"\"0000-01-01T00:00:00Z\"",
    b"\"9999-12-31T23:59:60+14:00\"",
    b"1449720511909",
    b"-1e18",
    b"\"+262143-12-31T23:59:59Z\"",
    b"\"identify\"",
    b"\"page\"",
    b"\"alias\"",
    b"[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
];
