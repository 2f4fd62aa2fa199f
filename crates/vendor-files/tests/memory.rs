//! Memory does not grow with the object; alone in its process, so that the peak is its own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../../objects/tests/fake/mod.rs"]
mod fake;

use std::sync::Arc;

use fake::{Content, Fake};
use objects::ObjectRef;
use pipeline::{Compression, Format, FormatKind};
use vendor_files::rewrite;

/// Bytes of the array: on one line, so that no reader by lines could hold it.
const SIZE: u64 = 200 << 20;

/// Every 1024 bytes are one element.
fn array(start: u64, end: u64) -> Vec<u8> {
    (start..end)
        .map(|at| match (at, at % 1024) {
            (0, _) => b'[',
            (at, _) if at == SIZE - 1 => b']',
            (_, 0) => b',',
            (_, 1) => b'{',
            (_, 2 | 4 | 6 | 1022) => b'"',
            (_, 5) => b':',
            (_, 1023) => b'}',
            _ => b'x',
        })
        .collect()
}

/// The last element is closed where the array is, so it is one byte short: `"` at 1021, `}` at 1022.
fn closed(start: u64, end: u64) -> Vec<u8> {
    let mut bytes = array(start, end);
    for (at, byte) in [(SIZE - 3, b'"'), (SIZE - 2, b'}')] {
        if (start..end).contains(&at) {
            bytes[(at - start) as usize] = byte;
        }
    }
    bytes
}

fn kilobytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_large_array_takes_little_memory() {
    let fake = Fake::default();
    fake.state().objects.insert("a.json".to_owned(), Content { size: SIZE, bytes: Arc::new(closed) });
    let before = kilobytes("VmRSS");
    let format = Format { kind: FormatKind::JsonArray, compression: Compression::None };
    let (source, target) = (ObjectRef::new("bucket", "a.json"), ObjectRef::new("bucket", "drop/b.json"));
    let done = rewrite(&fake.client(), &source, &format, &target).await.unwrap();
    assert_eq!((done.records, done.bytes), (SIZE / 1024, SIZE - 1));
    assert_eq!(fake.state().dropped, done.bytes);
    let grown = (kilobytes("VmHWM") - before) / 1024;
    assert!(grown < 96, "{grown} MiB");
}
