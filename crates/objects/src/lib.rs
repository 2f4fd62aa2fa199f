#![doc = include_str!("../README.md")]

mod client;
mod copy;
mod error;
pub mod folder;
mod multipart;
mod object_ref;
mod ranges;
mod reader;
mod small;
mod stream;
mod write;

pub use client::client;
pub use copy::{CopyError, copy_version};
pub use error::{ReadError, WriteError};
pub use object_ref::ObjectRef;
pub use ranges::ObjectRanges;
pub use reader::{ObjectReader, is_read_error, read_error};
pub use small::get_if_present;
pub use stream::{PutError, StreamError, put_blocking, put_stream};
pub use write::{put_bytes, put_if_absent, put_if_unchanged, put_json};
