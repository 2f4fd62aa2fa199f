#![doc = include_str!("../README.md")]

mod envelope;
mod key;
mod record;
mod sequencer;
mod upload;

pub use envelope::{Delivery, Envelope, Ignored, Notice, Received, read};
pub use key::{KeyError, ObjectKey};
pub use record::NoticeError;
pub use sequencer::Sequencer;
pub use upload::{NotifiedObject, Upload, UploadId};
