use crate::fault::{Fault, FaultKind};
use crate::rules::Rules;

/// Kinds that fit into one word.
const KINDS: usize = u128::BITS as usize;

/// The containers that are open: a bit for each, 1 for an object.
pub(crate) struct Nesting {
    /// The innermost ones, the last in the lowest bit.
    kinds: u128,
    /// How many there are in all.
    depth: usize,
    /// Words of outer ones; only where the rules allow so many.
    outer: Vec<u128>,
}

impl Nesting {
    pub(crate) fn new() -> Self {
        Self { kinds: 0, depth: 0, outer: Vec::new() }
    }

    pub(crate) fn is_object(&self) -> bool {
        self.kinds & 1 == 1
    }

    /// Opens a container at `at`; the outermost is below `level`.
    #[inline(always)]
    pub(crate) fn enter<R: Rules>(&mut self, is_object: bool, level: usize, at: usize) -> Result<(), Fault> {
        if R::LEVELS - self.depth <= level {
            return Err(Fault::new(FaultKind::TooDeep, at));
        }
        if R::LEVELS > KINDS && self.depth > 0 && self.depth.is_multiple_of(KINDS) {
            self.outer.push(self.kinds);
        }
        self.kinds = (self.kinds << 1) | u128::from(is_object);
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost; `false` if it was the outermost.
    #[inline(always)]
    pub(crate) fn leave<R: Rules>(&mut self) -> bool {
        self.kinds >>= 1;
        self.depth -= 1;
        if R::LEVELS > KINDS && self.depth > 0 && self.depth.is_multiple_of(KINDS) {
            self.kinds = self.outer.pop().unwrap_or_default();
        }
        self.depth > 0
    }
}
