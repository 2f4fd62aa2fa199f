/// How many levels of lists and objects `serde_json` reads.
pub const LEVELS_MAX: usize = 127;

/// What a text must be beyond the syntax of RFC 8259.
pub trait Rules: Copy {
    /// How many levels of lists and objects there may be.
    const LEVELS: usize;

    /// Whether every value can be read: no half of a character in texts, no number that may be beyond a double.
    const IS_READABLE: bool;
}

/// Nothing more, at any depth.
#[derive(Debug, Clone, Copy)]
pub struct Syntax;

/// At most [`LEVELS_MAX`] levels.
#[derive(Debug, Clone, Copy)]
pub struct Bounded;

/// At most [`LEVELS_MAX`] levels, and only values that every reader reads. `serde_json` reads whatever these rules take; it also reads a few
/// numbers that they do not: those with more than 200 bytes or more than two digits of an exponent.
#[derive(Debug, Clone, Copy)]
pub struct Readable;

impl Rules for Syntax {
    const LEVELS: usize = usize::MAX;
    const IS_READABLE: bool = false;
}

impl Rules for Bounded {
    const LEVELS: usize = LEVELS_MAX;
    const IS_READABLE: bool = false;
}

impl Rules for Readable {
    const LEVELS: usize = LEVELS_MAX;
    const IS_READABLE: bool = true;
}
