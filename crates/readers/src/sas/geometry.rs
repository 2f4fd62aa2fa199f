use std::io::{self, Read};

use crate::sas::error::Error;

/// The part of a header that holds the file's size; where the fields lie: "SAS7BDAT Database Binary Format" (Shotwell), section "Header".
const BYTES: u64 = 288;
const ALIGNED: u8 = 0x33;

/// Header and pages: what a file must have at least.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Geometry {
    header_bytes: u64,
    page_bytes: u64,
    pages: u64,
}

impl Geometry {
    /// Reads a header's beginning. One that makes no sense has no pages: the library reports what is wrong with it.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut head = Vec::new();
        input.take(BYTES).read_to_end(&mut head)?;
        Ok(Self::of(&head).unwrap_or_default())
    }

    fn of(head: &[u8]) -> Option<Self> {
        let is_64_bit = *head.get(32)? == ALIGNED;
        let shift = if *head.get(35)? == ALIGNED { 4 } else { 0 };
        let is_little = *head.get(37)? == 1;
        let four = |at: usize| -> Option<u64> {
            let bytes: [u8; 4] = head.get(at..at + 4)?.try_into().ok()?;
            Some(u64::from(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }))
        };
        let eight = |at: usize| -> Option<u64> {
            let bytes: [u8; 8] = head.get(at..at + 8)?.try_into().ok()?;
            Some(if is_little { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) })
        };
        let pages = if is_64_bit { eight(204 + shift)? } else { four(204 + shift)? };
        // Beyond these the library takes the fields for something else, or refuses the file.
        let is_size = |bytes: u64| (1 << 10..=1 << 24).contains(&bytes);
        let geometry = Self { header_bytes: four(196 + shift)?, page_bytes: four(200 + shift)?, pages };
        let makes_sense = is_size(geometry.header_bytes) && is_size(geometry.page_bytes) && pages <= 1 << 24;
        makes_sense.then_some(geometry)
    }

    pub(super) fn check(self, file: &str, length: u64) -> Result<(), Error> {
        let expected = self.header_bytes + self.pages * self.page_bytes;
        if length >= expected {
            return Ok(());
        }
        let page = length.saturating_sub(self.header_bytes) / self.page_bytes.max(1) + 1;
        Err(Error::Truncated { file: file.to_owned(), length, expected, pages: self.pages, page })
    }

    /// Where a page begins; pages are counted from 1.
    pub(super) fn offset(self, page: u64) -> u64 {
        self.header_bytes + page.saturating_sub(1) * self.page_bytes
    }
}
