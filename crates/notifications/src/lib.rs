#![doc = include_str!("../README.md")]

mod envelope;
mod key;
mod record;
mod response;
mod sequencer;
mod upload;

pub use envelope::{Delivery, Envelope, Ignored, Notice, Received, read};
pub use key::{KeyError, ObjectKey};
pub use record::NoticeError;
pub use response::Response;
pub use sequencer::Sequencer;
pub use upload::{NotifiedObject, Upload, UploadId};

/// What a function answers to an SQS batch: the messages that must be delivered again.
///
/// Rule: Lambda developer guide, "Reporting batch item failures": an empty list is full success, an unknown id fails the
/// whole batch.
pub use aws_lambda_events::sqs::SqsBatchResponse;
