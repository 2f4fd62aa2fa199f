#![doc = include_str!("../README.md")]

mod body;
mod checksums;
mod conditions;
mod error;
mod hooks;
mod listing;
mod lists;
mod multipart;
mod names;
mod notifications;
mod objects;
mod protocol;
mod s3;
mod sequencer;
mod signatures;
mod store;
mod store_error;
mod version;

pub use error::Error;
pub use hooks::{Admission, Observer};

pub use local_server::{Served, Service};
pub use notifications::{Change, ObjectEvent};
pub use s3::{S3, S3Config};
