#![doc = include_str!("../README.md")]
// The futures of the SDK's clients, nested in the handler's, are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

mod address;
mod body;
mod context;
mod error;
mod handler;
mod incoming;
mod keys;
mod members;
mod plan;
mod record;
mod refusal;
mod response;
mod route;
mod stream;

pub use context::{Context, STREAM_VARIABLE, StartError, WRITE_KEYS_SECRET_VARIABLE, WRITE_KEYS_VARIABLE};
pub use error::Error;
pub use handler::handle;
pub use keys::{KeysError, WriteKeys};
pub use plan::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EVENT_BYTES_MAX};
pub use response::Response;
pub use stream::{Patience, RECORD_BYTES_MAX, REQUEST_BYTES_MAX, REQUEST_RECORDS_MAX, Stream};
