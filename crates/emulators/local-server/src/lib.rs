#![doc = include_str!("../README.md")]

pub mod json;

mod delivery;
mod error;
mod files;
mod guard;
mod handler;
mod lock;
mod private;
mod server;

pub use delivery::{Delivery, DeliveryObserver};
pub use error::{BoxError, Error, failed};
pub use files::{read_json, write_json};
pub use guard::{Callers, Guard};
pub use handler::Handler;
pub use lock::{StateLock, is_in_use};
pub use private::{create_private_folder, make_private, write_private_file};
pub use server::{HttpServer, Served, Service};

/// The account that everything local belongs to, as in AWS's own examples.
pub const ACCOUNT: &str = "123456789012";
