//! The memory of a process does not grow with its source.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests are tests")]

mod support;

use std::io::{self, Read};
use std::process::Command;

use event_parquet::{Limits, Part, Rejected, Sink, SinkError, convert};
use support::{layout, limits, source};

const SIZE: &str = "COLUMNAR_TEST_MEGABYTES";

/// As many events as are asked for, each with an id of its own.
struct Events {
    left: u64,
    line: Vec<u8>,
    number: u64,
}

impl Read for Events {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() && self.left > 0 {
            self.number += 1;
            let (second, filler) = (self.number % 60, "x".repeat(4000));
            self.line = format!(
                "{{\"messageId\":\"{}\",\"type\":\"page\",\"timestamp\":\"2026-01-02T00:00:{second:02}.000Z\",\"f\":\"{filler}{}\"}}\n",
                self.number, self.number * 31
            )
            .into_bytes();
            self.left = self.left.saturating_sub(self.line.len() as u64);
        }
        let count = self.line.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.line[..count]);
        self.line.drain(..count);
        Ok(count)
    }
}

/// Counts rows and lets the files go.
struct Counted(u64);

impl Sink for Counted {
    fn file(&mut self, part: Part) -> Result<(), SinkError> {
        self.0 += part.rows;
        Ok(())
    }

    fn rejected(&mut self, rejected: &Rejected<'_>) -> Result<(), SinkError> {
        Err(rejected.reason.to_string().into())
    }
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix("kB").unwrap().trim().parse().unwrap()
}

/// A process of its own for each size: this test, which finds the size in its environment.
#[test]
fn a_source_thirty_times_as_large_needs_no_more_memory() {
    if let Ok(megabytes) = std::env::var(SIZE) {
        let events = Events { left: megabytes.parse::<u64>().unwrap() * 1_000_000, line: Vec::new(), number: 0 };
        let tight = Limits { buffer_bytes: 2 << 20, file_bytes: 4 << 20, ids: 500, ..limits() };
        let mut counted = Counted(0);
        let report = convert(events, &source(None), &layout(), &tight, &mut counted).unwrap();
        assert_eq!((counted.0, report.duplicates), (report.total_rows(), 0));
        println!("PEAK {} ROWS {}", peak_kb(), counted.0);
        return;
    }
    let measure = |megabytes: &str| -> (u64, u64) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_source_thirty_times_as_large_needs_no_more_memory", "--nocapture"]);
        let output = command.env(SIZE, megabytes).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers = text.split("PEAK ").nth(1).unwrap_or_else(|| panic!("{text}"));
        let words: Vec<&str> = numbers.split_whitespace().collect();
        (words[0].parse().unwrap(), words[2].parse().unwrap())
    };
    let (small, few) = measure("4");
    let (large, many) = measure("120");
    assert!(many > few * 25, "{few} and {many} rows");
    assert!(large < small + 24_000, "{small} kB for {few} rows, {large} kB for {many}");
}
