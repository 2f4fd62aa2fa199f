//! A place in a shard, from which records are read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use local_server::{Error, failed};

use crate::segment::{self, HEAD, Stored};
use crate::shard::{Segment, Shard};

/// How much of a file is read at once, unless a record is larger.
const READ_BYTES: usize = 512 * 1024;

/// How much is read at once at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    /// The most records.
    pub records: usize,
    /// The most bytes of data and partition keys.
    pub bytes: usize,
    /// Whether one record is read even though it is larger.
    pub one_at_least: bool,
}

/// A place in a shard. It remembers where in which file it is, so that reading on needs no search.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    /// The number of the next record.
    pub(crate) next: u64,
    /// The file of that record and its offset there.
    place: Option<Place>,
}

#[derive(Debug)]
struct Place {
    first: u64,
    offset: u64,
    file: File,
    /// What was read of the file already, from the offset on.
    ahead: Bytes,
}

impl Cursor {
    /// The place before the record of this number.
    pub(crate) fn at(next: u64) -> Self {
        Self { next, place: None }
    }

    /// The place before the first record that was taken at this time or later. Blocks on the disk.
    pub(crate) fn at_time(shard: &Shard, arrival: i64) -> Result<Self, Error> {
        let mut cursor = Self::at(shard.before_time(arrival));
        cursor.skip(shard, |record| record.arrival < arrival)?;
        Ok(cursor)
    }

    /// Reads on. Blocks on the disk.
    pub(crate) fn read(&mut self, shard: &Shard, limit: ReadLimit) -> Result<Vec<Stored>, Error> {
        let mut records: Vec<Stored> = Vec::new();
        let mut bytes = 0;
        while records.len() < limit.records {
            let Some((record, length)) = self.peek(shard)? else { break };
            bytes += record.partition_key.len() + record.data.len();
            if bytes > limit.bytes && !(limit.one_at_least && records.is_empty()) {
                break;
            }
            self.advance(&record, length);
            records.push(record);
        }
        Ok(records)
    }

    /// Passes over records as long as the condition holds.
    fn skip(&mut self, shard: &Shard, passes: impl Fn(&Stored) -> bool) -> Result<(), Error> {
        while let Some((record, length)) = self.peek(shard)?.filter(|(record, _)| passes(record)) {
            self.advance(&record, length);
        }
        Ok(())
    }

    /// The next record, and how many bytes its frame has.
    fn peek(&mut self, shard: &Shard) -> Result<Option<(Stored, usize)>, Error> {
        loop {
            let Some(segment) = shard.segment_of(self.next) else { return Ok(None) };
            if self.next < segment.first {
                // What was removed meanwhile is passed over; there may be nothing behind it yet.
                self.next = segment.first;
                continue;
            }
            if self.place.as_ref().is_none_or(|place| place.first != segment.first) {
                match File::open(&segment.path) {
                    Ok(file) => self.place = Some(Place { first: segment.first, offset: 0, file, ahead: Bytes::new() }),
                    // Removed since the segment was looked up.
                    Err(error) if error.kind() == io::ErrorKind::NotFound && shard.start() > segment.first => continue,
                    Err(error) => return Err(failed("open", &segment.path)(error)),
                }
            }
            let Some(place) = &mut self.place else { return Ok(None) };
            let frame = place.frame(&segment)?;
            let Some(record) = segment::decode(&frame) else { return Err(damaged(&segment)) };
            if record.number >= self.next {
                return Ok(Some((record, frame.len())));
            }
            place.pass(frame.len());
        }
    }

    fn advance(&mut self, record: &Stored, length: usize) {
        self.next = record.number + 1;
        if let Some(place) = &mut self.place {
            place.pass(length);
        }
    }
}

impl Place {
    /// The frame at the offset, which is one of those that are written whole.
    fn frame(&mut self, segment: &Segment) -> Result<Bytes, Error> {
        loop {
            let length = segment::frame_length(&self.ahead);
            if let Some(length) = length
                && self.ahead.len() >= length
            {
                return Ok(self.ahead.slice(..length));
            }
            let left = usize::try_from(segment.bytes.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            let wanted = length.unwrap_or(HEAD).max(READ_BYTES).min(left);
            if wanted <= self.ahead.len() {
                return Err(damaged(segment));
            }
            let mut bytes = vec![0; wanted];
            self.file.seek(SeekFrom::Start(self.offset)).map_err(failed("read", &segment.path))?;
            self.file.read_exact(&mut bytes).map_err(failed("read", &segment.path))?;
            self.ahead = bytes.into();
        }
    }

    fn pass(&mut self, length: usize) {
        self.offset += length as u64;
        self.ahead = self.ahead.slice(length.min(self.ahead.len())..);
    }
}

fn damaged(segment: &Segment) -> Error {
    let source = io::Error::new(io::ErrorKind::InvalidData, "a record in it is damaged");
    failed("understand", &segment.path)(source)
}
