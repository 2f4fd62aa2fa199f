//! Which ids have been seen before.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use siphasher::sip128::{Hasher128, SipHasher24};

/// Ids in memory: what a hash table of 2^18 places holds, in 4.5 MB.
pub(crate) const IN_MEMORY: usize = 229_376;

/// Bytes of the filter in front of the file: with 5 million ids, which 5 GB of events have, 1 new id of some hundred is looked for.
const FILTER_BYTES: usize = 8 << 20;

/// Bytes of an id's hash in the file.
const HASH: usize = size_of::<u128>();

/// Every so many hashes of a run, one is remembered: that is how many are read for a look into the file.
const STRIDE: usize = 256;

/// Finds out whether an id was seen before, for any number of ids in bounded memory.
///
/// Ids are stored as 128 bits of SipHash under a random key: two different ids of billions count as the same once in far more than a
/// lifetime, and nobody can choose ids that do. The newest ones are in memory, the others in sorted runs of a temporary file, behind
/// a filter that knows nearly all new ids as such.
pub struct Seen {
    keys: (u64, u64),
    newest: HashSet<u128, BuildHasherDefault<Unchanged>>,
    capacity: usize,
    folder: PathBuf,
    older: Option<Older>,
}

/// The ids that are in the file.
struct Older {
    file: File,
    filter: Filter,
    runs: Vec<Run>,
    length: u64,
}

/// Sorted hashes in the file.
struct Run {
    offset: u64,
    count: usize,
    /// The first of every `STRIDE` hashes.
    firsts: Vec<u128>,
}

impl Seen {
    /// Nothing has been seen. Beyond a number of ids, a temporary file is made in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::with_capacity(folder, IN_MEMORY)
    }

    /// With another number of ids in memory.
    pub(crate) fn with_capacity(folder: impl Into<PathBuf>, capacity: usize) -> Self {
        let random = RandomState::new();
        let keys = (random.hash_one(0), random.hash_one(1));
        Self { keys, newest: HashSet::default(), capacity: capacity.max(1), folder: folder.into(), older: None }
    }

    /// Notes an id; returns whether it is new.
    ///
    /// # Errors
    /// Those of the temporary file.
    pub fn insert(&mut self, id: &[u8]) -> io::Result<bool> {
        let hash = self.hash(id);
        if let Some(older) = &self.older
            && older.filter.may_have(hash)
            && older.has(hash)?
        {
            return Ok(false);
        }
        let is_new = self.newest.insert(hash);
        if self.newest.len() >= self.capacity {
            self.spill()?;
        }
        Ok(is_new)
    }

    fn hash(&self, id: &[u8]) -> u128 {
        let mut hasher = SipHasher24::new_with_keys(self.keys.0, self.keys.1);
        hasher.write(id);
        hasher.finish128().as_u128()
    }

    /// Writes the newest ids as a sorted run.
    fn spill(&mut self) -> io::Result<()> {
        let older = match &mut self.older {
            Some(older) => older,
            none => none.insert(Older::create(&self.folder)?),
        };
        let mut hashes: Vec<u128> = self.newest.drain().collect();
        hashes.sort_unstable();
        older.append(&hashes)
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let runs = self.older.as_ref().map_or(0, |older| older.runs.len());
        f.debug_struct("Seen").field("newest", &self.newest.len()).field("runs", &runs).finish_non_exhaustive()
    }
}

impl Older {
    fn create(folder: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(folder)?;
        Ok(Self { file, filter: Filter::new(), runs: Vec::new(), length: 0 })
    }

    fn append(&mut self, hashes: &[u128]) -> io::Result<()> {
        // The file's position is its end: reading does not move it.
        let mut out = BufWriter::with_capacity(1 << 16, &self.file);
        for hash in hashes {
            self.filter.add(*hash);
            out.write_all(&hash.to_be_bytes())?;
        }
        out.flush()?;
        drop(out);
        let firsts = hashes.iter().copied().step_by(STRIDE).collect();
        self.runs.push(Run { offset: self.length, count: hashes.len(), firsts });
        self.length += (hashes.len() * HASH) as u64;
        Ok(())
    }

    fn has(&self, hash: u128) -> io::Result<bool> {
        let mut bytes = [0; STRIDE * HASH];
        for run in &self.runs {
            let Some(stride) = run.firsts.partition_point(|first| *first <= hash).checked_sub(1) else { continue };
            let from = stride * STRIDE;
            let block = &mut bytes[..(run.count - from).min(STRIDE) * HASH];
            self.file.read_exact_at(block, run.offset + (from * HASH) as u64)?;
            let wanted = hash.to_be_bytes();
            let (hashes, _) = block.as_chunks::<HASH>();
            if hashes.binary_search(&wanted).is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A Bloom filter of which all bits of an id are in one line of the processor's cache.
struct Filter {
    words: Vec<[u64; 8]>,
}

impl Filter {
    fn new() -> Self {
        Self { words: vec![[0; 8]; FILTER_BYTES / 64] }
    }

    fn add(&mut self, hash: u128) {
        let (line, bits) = self.place(hash);
        for (word, bit) in self.words[line].iter_mut().zip(bits) {
            *word |= bit;
        }
    }

    fn may_have(&self, hash: u128) -> bool {
        let (line, bits) = self.place(hash);
        self.words[line].iter().zip(bits).all(|(word, bit)| word & bit != 0)
    }

    /// One bit in each word of a line.
    fn place(&self, hash: u128) -> (usize, [u64; 8]) {
        let line = hash as usize % self.words.len();
        let bits = (hash >> 64) as u64;
        (line, std::array::from_fn(|at| 1 << ((bits >> (at * 6)) & 63)))
    }
}

/// Hashes are hashed already.
#[derive(Debug, Default)]
struct Unchanged(u64);

impl Hasher for Unchanged {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_new_once_in_memory_and_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Seen::with_capacity(folder.path(), 1000);
        let ids: Vec<String> = (0..12_345).map(|number| format!("id-{number}")).collect();
        for id in &ids {
            assert!(seen.insert(id.as_bytes()).unwrap(), "{id}");
            assert!(!seen.insert(id.as_bytes()).unwrap(), "{id}");
        }
        assert!(ids.iter().all(|id| !seen.insert(id.as_bytes()).unwrap()));
        assert_eq!(seen.older.as_ref().unwrap().runs.len(), 12);
        assert!(seen.insert(b"").unwrap());
        assert!(!seen.insert(b"").unwrap());
    }

    #[test]
    fn the_filter_knows_nearly_all_new_ids() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Seen::with_capacity(folder.path(), 50_000);
        for number in 0..200_000_u32 {
            assert!(seen.insert(&number.to_le_bytes()).unwrap());
        }
        let filter = &seen.older.as_ref().unwrap().filter;
        let wrong = (200_000..400_000_u32).filter(|number| filter.may_have(seen.hash(&number.to_le_bytes()))).count();
        assert!(wrong < 20, "{wrong} of 200000");
    }
}
