use std::error::Error;
use std::fmt;

/// Why a text is no JSON that can be read, and where.
///
/// In one word, so that a result with a place in it is returned in two registers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fault(usize);

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// An object is expected, and something else begins.
    NotAnObject,
    /// A list is expected, and something else begins.
    NotAList,
    /// The text ends before the value does.
    Ended,
    /// It is no JSON.
    NotJson,
    /// There are more levels than the rules allow.
    TooDeep,
    /// It is JSON, and has a value that not every reader reads.
    NotReadable,
}

/// Bits of the kind.
const KIND_BITS: u32 = 3;

impl Fault {
    /// A fault of a text; none has so many bytes that its places do not fit.
    #[cold]
    pub fn new(kind: FaultKind, at: usize) -> Self {
        Self(at << KIND_BITS | kind as usize)
    }

    /// What is wrong.
    pub fn kind(self) -> FaultKind {
        match self.0 & ((1 << KIND_BITS) - 1) {
            0 => FaultKind::NotAnObject,
            1 => FaultKind::NotAList,
            2 => FaultKind::Ended,
            3 => FaultKind::NotJson,
            4 => FaultKind::TooDeep,
            _ => FaultKind::NotReadable,
        }
    }

    /// The place of the first byte that is wrong, from 0; the text's length, if it ended.
    pub fn at(self) -> usize {
        self.0 >> KIND_BITS
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind() {
            FaultKind::NotAnObject => "expected a JSON object",
            FaultKind::NotAList => "expected a JSON list",
            FaultKind::Ended => "the JSON ends too early",
            FaultKind::NotJson => "no JSON",
            FaultKind::TooDeep => "too many levels of JSON",
            FaultKind::NotReadable => "half of a character, or a number beyond a double,",
        };
        write!(f, "{what} at byte {}", self.at())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.kind(), self.at())
    }
}

impl Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_place_are_what_was_put_in() {
        use FaultKind::{Ended, NotAList, NotAnObject, NotJson, NotReadable, TooDeep};
        for kind in [NotAnObject, NotAList, Ended, NotJson, TooDeep, NotReadable] {
            for at in [0, 1, 7, 8, 500 << 20, usize::MAX >> KIND_BITS] {
                let fault = Fault::new(kind, at);
                assert_eq!((fault.kind(), fault.at()), (kind, at));
            }
        }
        assert_eq!(Fault::new(NotAnObject, 12).to_string(), "expected a JSON object at byte 12");
    }
}
