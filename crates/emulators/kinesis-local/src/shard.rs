//! A shard: an append-only log in files of bounded size.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use local_server::{Error, failed};

use crate::segment;

/// How large a file becomes before the next one is begun. Seeking reads at most one file, and old records are removed file by file.
const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// How long records are kept. Whole files of the oldest records are removed, and never one that a consumer in this process has not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Kinesis keeps records for 24 hours unless it is told otherwise.
    pub age: Duration,
    /// The most bytes of a shard.
    pub bytes: u64,
    /// The most records of a shard.
    pub records: u64,
}

impl Default for Retention {
    /// 24 hours, as Kinesis; and 1 GiB of a shard, which is a bound of ours.
    fn default() -> Self {
        Self { age: Duration::from_secs(24 * 3600), bytes: 1024 * 1024 * 1024, records: u64::MAX }
    }
}

/// A record that is put.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewRecord<'a> {
    pub(crate) partition_key: &'a str,
    pub(crate) data: &'a [u8],
}

pub(crate) struct Shard {
    folder: PathBuf,
    retention: Retention,
    log: Mutex<Log>,
}

/// One file of the log.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    /// When its first record was taken.
    pub(crate) arrival: i64,
    /// How many of its bytes are whole records.
    pub(crate) bytes: u64,
    pub(crate) path: Arc<Path>,
}

struct Log {
    /// Oldest first; the last one is written to. There is always one.
    segments: Vec<Segment>,
    file: File,
    /// The number of the next record.
    next: u64,
    last_arrival: i64,
    /// Consumers need what is not below this number.
    needed: u64,
    /// A write failed and could not be taken back: only a restart knows what the file holds.
    is_damaged: bool,
}

impl Shard {
    /// Opens the log, which is begun if there is none. `needed` is what consumers have not read.
    pub(crate) fn open(folder: PathBuf, retention: Retention, needed: u64) -> Result<Self, Error> {
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
        let mut segments = Vec::new();
        let (mut next, mut last_arrival) = (1, 0);
        let firsts = segment::list(&folder)?;
        for (index, first) in firsts.iter().copied().enumerate() {
            let path: Arc<Path> = segment::path(&folder, first).into();
            if index + 1 == firsts.len() {
                let contents = segment::repair(&path, first)?;
                (next, last_arrival) = (first + contents.records, contents.last_arrival);
                let arrival = if contents.records > 0 { segment::first_arrival(&path)? } else { i64::MAX };
                segments.push(Segment { first, arrival, bytes: contents.bytes, path });
            } else {
                let bytes = fs::metadata(&path).map_err(failed("read", &path))?.len();
                segments.push(Segment { first, arrival: segment::first_arrival(&path)?, bytes, path });
            }
        }
        if segments.is_empty() {
            segments.push(begin(&folder, next)?);
        }
        let current =
            segments.last().map(|segment| Arc::clone(&segment.path)).unwrap_or_else(|| folder.as_path().into());
        let file = File::options().append(true).open(&current).map_err(failed("open", &current))?;
        let log = Log { segments, file, next, last_arrival, needed, is_damaged: false };
        Ok(Self { folder, retention, log: Mutex::new(log) })
    }

    /// Appends the records in one write, and tells the number of the first; the others follow it. Blocks on the disk.
    pub(crate) fn append(&self, records: &[NewRecord<'_>]) -> Result<u64, Error> {
        let mut log = self.log();
        if log.segments.last().is_some_and(|segment| segment.bytes >= SEGMENT_BYTES) {
            self.roll(&mut log)?;
        }
        let arrival = Utc::now().timestamp_millis().max(log.last_arrival);
        let first = log.next;
        let mut frames = Vec::with_capacity(records.iter().map(|record| record.data.len() + 300).sum());
        for (number, record) in (first..).zip(records) {
            segment::encode(&mut frames, number, arrival, record.partition_key, record.data);
        }
        log.write(&frames)?;
        if let Some(segment) = log.segments.last_mut() {
            segment.bytes += frames.len() as u64;
            segment.arrival = segment.arrival.min(arrival);
        }
        log.next += records.len() as u64;
        log.last_arrival = arrival;
        Ok(first)
    }

    /// The number of the next record that is put.
    pub(crate) fn end(&self) -> u64 {
        self.log().next
    }

    /// The number of the oldest record that is kept.
    pub(crate) fn start(&self) -> u64 {
        self.log().segments.first().map_or(1, |segment| segment.first)
    }

    /// The arrival of the newest record: milliseconds since 1970.
    pub(crate) fn last_arrival(&self) -> i64 {
        self.log().last_arrival
    }

    /// The segment that holds the record of this number, or, where that one is gone already, the oldest; none when the record is not there yet.
    pub(crate) fn segment_of(&self, number: u64) -> Option<Segment> {
        let log = self.log();
        if number >= log.next {
            return None;
        }
        log.segments.iter().rev().find(|segment| segment.first <= number).or(log.segments.first()).cloned()
    }

    /// The number of a record from which on to look for the first one that was taken at this time or later.
    pub(crate) fn before_time(&self, arrival: i64) -> u64 {
        let log = self.log();
        // The segment before the first that begins too late may still end with the right record.
        let later = log.segments.iter().position(|segment| segment.arrival >= arrival).unwrap_or(log.segments.len());
        log.segments.get(later.saturating_sub(1)).map_or(log.next, |segment| segment.first)
    }

    /// Consumers need nothing below this number any more.
    pub(crate) fn set_needed(&self, needed: u64) {
        let mut log = self.log();
        log.needed = needed;
        self.trim(&mut log);
    }

    /// Removes what is older than the retention allows.
    pub(crate) fn expire(&self) {
        self.trim(&mut self.log());
    }

    fn roll(&self, log: &mut Log) -> Result<(), Error> {
        let segment = begin(&self.folder, log.next)?;
        log.file = File::options().append(true).open(&segment.path).map_err(failed("open", &segment.path))?;
        log.segments.push(segment);
        self.trim(log);
        Ok(())
    }

    /// A file that cannot be removed is tried again by the next start, which finds it.
    fn trim(&self, log: &mut Log) {
        let oldest = Utc::now().timestamp_millis() - i64::try_from(self.retention.age.as_millis()).unwrap_or(i64::MAX);
        let mut bytes: u64 = log.segments.iter().map(|segment| segment.bytes).sum();
        while let [first, second, ..] = log.segments.as_slice() {
            // The next one begins after this one's last record.
            let is_old = second.arrival < oldest;
            let is_over = bytes > self.retention.bytes || log.next - first.first > self.retention.records;
            if second.first > log.needed || !(is_old || is_over) {
                break;
            }
            if let Err(error) = fs::remove_file(&first.path) {
                tracing::warn!(path = %first.path.display(), %error, "old records could not be removed");
            }
            bytes -= first.bytes;
            log.segments.remove(0);
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Writes whole frames or nothing.
    fn write(&mut self, frames: &[u8]) -> Result<(), Error> {
        let Some(segment) = self.segments.last() else { return Ok(()) };
        if self.is_damaged {
            let source = std::io::Error::other("an earlier write failed half-way; a restart repairs the file");
            return Err(failed("write", &segment.path)(source));
        }
        let Err(source) = self.file.write_all(frames) else { return Ok(()) };
        self.is_damaged = self.file.set_len(segment.bytes).is_err();
        Err(failed("write", &segment.path)(source))
    }
}

fn begin(folder: &Path, first: u64) -> Result<Segment, Error> {
    let path: Arc<Path> = segment::path(folder, first).into();
    File::create(&path).map_err(failed("create", &path))?;
    Ok(Segment { first, arrival: i64::MAX, bytes: 0, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_by_count_size_and_age_and_never_while_they_are_needed() {
        let check = |retention: Retention| {
            let folder = tempfile::tempdir().unwrap();
            let shard = Shard::open(folder.path().to_owned(), retention, 1).unwrap();
            // Two records fill a file.
            let record = NewRecord { partition_key: "k", data: &vec![0; SEGMENT_BYTES as usize / 2] };
            for first in [1, 3, 5] {
                assert_eq!(shard.append(&[record, record]).unwrap(), first);
            }
            // The next millisecond makes the last record older than no time at all.
            while Utc::now().timestamp_millis() <= shard.last_arrival() {}
            shard.expire();
            assert_eq!(shard.start(), 1);
            shard.set_needed(5);
            assert_eq!((shard.start(), shard.end()), (5, 7));
            drop(shard);
            let again = Shard::open(folder.path().to_owned(), retention, 5).unwrap();
            assert_eq!((again.start(), again.end()), (5, 7));
            assert_eq!(segment::list(folder.path()).unwrap(), [5]);
        };
        check(Retention { records: 2, ..Retention::default() });
        check(Retention { bytes: SEGMENT_BYTES, ..Retention::default() });
        check(Retention { age: Duration::ZERO, ..Retention::default() });
    }
}
