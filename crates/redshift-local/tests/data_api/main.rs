//! The Data API through the AWS SDK over HTTP.

mod api;
mod life_cycle;
mod support;
mod tables;
mod transactions;
