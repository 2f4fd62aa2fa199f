#![doc = include_str!("../README.md")]

mod databases;
mod expression;
mod files;
mod glue;
mod pages;
mod partitions;
mod refusal;
mod request;
mod shape;
mod store;
mod tables;

pub use glue::{Glue, GlueConfig};

pub use local_server::{Served, Service};
