#![doc = include_str!("../README.md")]

pub mod beside;
pub mod clients;
pub mod cloud;
pub mod error;
pub mod events;
pub mod firehose;
pub mod folder;
pub mod function_url;
pub mod glue;
pub mod handler;
pub mod invoke;
pub mod kinesis;
pub mod notifications;
pub mod queue;
pub mod s3;
pub mod web_events;

mod http;
mod lock;
mod routes;
mod warehouse;

pub use beside::{Beside, BesideConfig};
pub use clients::Endpoints;
pub use cloud::{Cloud, CloudConfig};
pub use error::{BoxError, Error};
pub use handler::{Delivery, Handler};
pub use lock::is_in_use;
pub use web_events::{EventFunctions, EventsConfig};
