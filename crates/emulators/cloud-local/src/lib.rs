#![doc = include_str!("../README.md")]

pub mod clients;
pub mod cloud;
pub mod error;
pub mod events;
pub mod external;
pub mod folder;
pub mod invoke;
pub mod queue;
pub mod web_events;

mod routes;
mod warehouse;

pub use clients::Endpoints;
pub use cloud::{Cloud, CloudConfig};
pub use error::Error;
pub use external::{ExternalCloud, ExternalConfig};
pub use local_server::{BoxError, Delivery, Handler, is_in_use, make_private, write_private_file};
pub use s3_local::Admission;
pub use web_events::{EventFunctions, EventsConfig};
