//! The files of a shard: records one after the other, each in a frame that says whether it is whole.
//!
//! ```text
//! length of the rest: u32 | CRC-32 of the rest: u32 | number: u64 | arrival, ms: i64 | length of the key: u16 | key | data
//! ```
//!
//! All numbers are little-endian. A file is named by the number of its first record. A process that is killed may leave the last frame of
//! the newest file torn; the next start cuts it off: it was never acknowledged.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use local_server::{Error, failed};

/// The bytes of a frame before what its checksum covers.
pub(crate) const HEAD: usize = 8;

/// Number, arrival and length of the key.
const FIXED: usize = 18;

/// More than a frame's rest can have: a record of 10 MiB, the most that Kinesis allows for any stream, and what is around it.
const LONGEST: usize = 11 * 1024 * 1024;

/// A record as a shard keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its place in the shard, from 1.
    pub(crate) number: u64,
    /// When it was taken: milliseconds since 1970, never less than the record's before it.
    pub(crate) arrival: i64,
    pub(crate) partition_key: String,
    pub(crate) data: Bytes,
}

/// What is in a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) records: u64,
    /// The bytes of whole frames.
    pub(crate) bytes: u64,
    pub(crate) last_arrival: i64,
}

/// Appends a frame to the buffer.
pub(crate) fn encode(buffer: &mut Vec<u8>, number: u64, arrival: i64, partition_key: &str, data: &[u8]) {
    let start = buffer.len();
    let rest = FIXED + partition_key.len() + data.len();
    buffer.reserve(HEAD + rest);
    // Keys have at most 256 characters, and records at most 10 MiB, so neither length is cut.
    buffer.extend_from_slice(&(rest as u32).to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&number.to_le_bytes());
    buffer.extend_from_slice(&arrival.to_le_bytes());
    buffer.extend_from_slice(&(partition_key.len() as u16).to_le_bytes());
    buffer.extend_from_slice(partition_key.as_bytes());
    buffer.extend_from_slice(data);
    let checksum = crc32fast::hash(&buffer[start + HEAD..]);
    buffer[start + 4..start + HEAD].copy_from_slice(&checksum.to_le_bytes());
}

/// How many bytes the frame has that begins here, when that much can be read.
pub(crate) fn frame_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
    Some(HEAD + length as usize)
}

/// The record of a whole frame; none when the frame is damaged.
pub(crate) fn decode(frame: &Bytes) -> Option<Stored> {
    let rest = frame.get(HEAD..)?;
    let checksum = u32::from_le_bytes(frame.get(4..HEAD)?.try_into().ok()?);
    if crc32fast::hash(rest) != checksum {
        return None;
    }
    let number = u64::from_le_bytes(rest.get(..8)?.try_into().ok()?);
    let arrival = i64::from_le_bytes(rest.get(8..16)?.try_into().ok()?);
    let key = usize::from(u16::from_le_bytes(rest.get(16..FIXED)?.try_into().ok()?));
    let partition_key = std::str::from_utf8(rest.get(FIXED..FIXED + key)?).ok()?.to_owned();
    Some(Stored { number, arrival, partition_key, data: frame.slice(HEAD + FIXED + key..) })
}

/// The path of the segment that begins with this record.
pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.log"))
}

/// The numbers of the first records of a shard's segments, in order.
pub(crate) fn list(folder: &Path) -> Result<Vec<u64>, Error> {
    let mut firsts = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let path = entry.map_err(failed("list", folder))?.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        let first = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (true, Some(first)) = (is_log, first) {
            firsts.push(first);
        }
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// When the first record of a segment was taken.
pub(crate) fn first_arrival(path: &Path) -> Result<i64, Error> {
    let mut start = [0; HEAD + FIXED];
    let mut file = File::open(path).map_err(failed("open", path))?;
    file.read_exact(&mut start).map_err(failed("read", path))?;
    let mut arrival = [0; 8];
    arrival.copy_from_slice(&start[HEAD + 8..HEAD + 16]);
    Ok(i64::from_le_bytes(arrival))
}

/// Reads a segment to the end of its last whole frame, and cuts off what is behind it.
pub(crate) fn repair(path: &Path, first: u64) -> Result<Contents, Error> {
    let file = File::options().read(true).write(true).open(path).map_err(failed("open", path))?;
    let size = file.metadata().map_err(failed("read", path))?.len();
    let mut reader = BufReader::with_capacity(1024 * 1024, &file);
    let mut contents = Contents::default();
    while let Some(frame) = next_frame(&mut reader).map_err(failed("read", path))? {
        let Some(record) = decode(&frame).filter(|record| record.number == first + contents.records) else { break };
        contents.records += 1;
        contents.bytes += frame.len() as u64;
        contents.last_arrival = record.arrival;
    }
    drop(reader);
    if contents.bytes < size {
        tracing::warn!(path = %path.display(), bytes = size - contents.bytes, "a record that was not written whole is cut off");
        file.set_len(contents.bytes).map_err(failed("cut", path))?;
    }
    Ok(contents)
}

/// The next frame, or none where the file ends, in the middle of a frame or not.
fn next_frame(reader: &mut impl Read) -> io::Result<Option<Bytes>> {
    let mut head = [0; HEAD];
    if !fills(reader, &mut head)? {
        return Ok(None);
    }
    let Some(length) = frame_length(&head).filter(|length| (HEAD + FIXED..=LONGEST).contains(length)) else {
        return Ok(None);
    };
    let mut frame = vec![0; length];
    frame[..HEAD].copy_from_slice(&head);
    Ok(fills(reader, &mut frame[HEAD..])?.then(|| frame.into()))
}

fn fills(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_tail_is_cut_wherever_it_is_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path(), 7);
        let mut whole = Vec::new();
        encode(&mut whole, 7, 1_000, "key", b"first");
        let first = whole.len();
        encode(&mut whole, 8, 1_001, "été", b"");
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let contents = repair(&path, 7).unwrap();
            let expected = if length == whole.len() {
                Contents { records: 2, bytes: whole.len() as u64, last_arrival: 1_001 }
            } else if length >= first {
                Contents { records: 1, bytes: first as u64, last_arrival: 1_000 }
            } else {
                Contents::default()
            };
            assert_eq!(contents, expected, "{length}");
            assert_eq!(fs::metadata(&path).unwrap().len(), expected.bytes);
        }
        let mut damaged = whole.clone();
        damaged[first + HEAD + FIXED] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(repair(&path, 7).unwrap().records, 1);
        assert_eq!((list(folder.path()).unwrap(), first_arrival(&path).unwrap()), (vec![7], 1_000));
    }

    #[test]
    fn frames_carry_their_records() {
        let mut frame = Vec::new();
        encode(&mut frame, 3, -5, "clé", &[0, 255]);
        assert_eq!(frame_length(&frame), Some(frame.len()));
        let record = decode(&frame.into()).unwrap();
        assert_eq!(
            record,
            Stored { number: 3, arrival: -5, partition_key: "clé".into(), data: Bytes::from_static(&[0, 255]) }
        );
    }
}
