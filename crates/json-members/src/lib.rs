#![doc = include_str!("../README.md")]

mod fault;
mod lexer;
mod nesting;
mod rules;
mod scan;
mod text;

pub use fault::{Fault, FaultKind};
pub use rules::{Bounded, LEVELS_MAX, Readable, Rules, Syntax};
pub use scan::{Name, Scan};
pub use text::{text, unescape, unicode_escape};
