#![doc = include_str!("../README.md")]

pub mod clients;
pub mod cloud;
pub mod error;
pub mod events;
pub mod folder;
pub mod handler;
pub mod invoke;
pub mod notifications;
pub mod queue;
pub mod s3;

mod http;
mod lock;
mod routes;
mod warehouse;

pub use clients::Endpoints;
pub use cloud::{Cloud, CloudConfig};
pub use error::{BoxError, Error};
pub use handler::{Delivery, Handler};
pub use lock::is_in_use;
