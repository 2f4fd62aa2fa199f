#![doc = include_str!("../README.md")]

mod answer;
mod buffers;
mod config;
mod deliver;
mod error;
mod lane;
mod plan;
mod prefix;
mod stats;
mod stream;
mod transform;
mod worker;

pub use config::DeliveryConfig;
pub use deliver::{Interrupt, Step};
pub use error::{Ended, PrefixError, StartError};
pub use plan::Compression;
pub use stats::DeliveryStats;
pub use stream::DeliveryStream;
