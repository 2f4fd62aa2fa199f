#![doc = include_str!("../README.md")]

mod auto_dates;
mod buffer;
mod calendar;
mod characters;
mod columns;
mod command;
mod copied;
mod cursor;
mod dates;
mod error;
mod failure;
mod json;
mod jsonpaths;
mod lexer;
mod load;
mod manifest;
mod numbers;
mod objects;
mod options;
mod parquet;
mod parser;
mod sink;
mod source;
mod split;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod values;

pub use command::{CopyCommand, parse};
pub use copied::{Copied, CopiedFile};
pub use dates::{DateFormat, Pattern, TimeFormat};
pub use error::CopyError;
pub use failure::{CopyFailure, LoadErrorRow};
pub use load::run;
pub use objects::{ListedObject, ObjectError, ObjectLocation, ObjectSource, OpenObject, S3Objects};
pub use options::{Compression, CopyOptions, Encoding, Format, JsonShape};
pub use target::field_columns;
