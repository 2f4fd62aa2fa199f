#![doc = include_str!("../README.md")]

mod compression;
mod content;
mod convert;
mod decode;
mod decompress;
mod error;
#[cfg(test)]
mod fixtures;
mod head;
mod json;
mod parquet_head;
mod parquet_schema;
mod read_head;
mod rewrite;
mod stream;
mod text_head;

pub use content::ContentError;
pub use convert::rewritten_format;
pub use error::{HeadError, RewriteError};
pub use head::Head;
pub use parquet_schema::read_parquet_schema;
pub use read_head::read_head;
pub use rewrite::{RewriteReason, Rewritten, needs_rewrite, rewrite};
