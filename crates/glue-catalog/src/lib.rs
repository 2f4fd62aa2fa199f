#![doc = include_str!("../README.md")]
// The futures of the SDK's client are deeper than the compiler's default of 128.
#![recursion_limit = "256"]

mod backoff;
mod client;
mod error;
mod fit;
mod parquet_columns;
mod partitions;
mod plan;
mod projection;
mod recipe;

pub use backoff::Backoff;
pub use client::{Catalog, PARTITIONS_PER_REQUEST};
pub use error::{Error, GlueError, Refusal, Wrote};
pub use fit::{Fit, fit};
pub use parquet_columns::{Column, ColumnError, columns};
pub use partitions::{covers, created_partition, date_of, location_of, updated_partition};
pub use plan::{Change, File, TablePlan, Wanted, columns_of, plan};
pub use projection::is_projected;
pub use recipe::PARTITION_KEY;
