#![doc = include_str!("../README.md")]

mod client;
mod content;
mod convert;
mod copy;
mod decode;
#[cfg(test)]
mod fixtures;
pub mod folder;
mod head;
mod json;
mod object;
mod parquet_head;
mod parquet_schema;
pub mod partition;
mod retryable;
mod rewrite;
mod source;
mod stream;
mod text_head;
mod transfer;
mod unpack;
mod write;

pub use client::client;
pub use content::ContentError;
pub use copy::{CopyError, copy_version};
pub use head::{Head, HeadError, read_head};
pub use object::ObjectRef;
pub use parquet_schema::read_parquet_schema;
pub use rewrite::{RewriteError, RewriteReason, Rewritten, needs_rewrite, rewrite};
pub use source::ReadError;
pub use transfer::{ObjectReader, PutError, put_blocking, read_error};
pub use write::{WriteError, put_bytes, put_if_absent, put_json};
