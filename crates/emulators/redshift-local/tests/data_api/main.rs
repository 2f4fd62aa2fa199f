//! The Data API through the AWS SDK over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

mod api;
mod completions;
mod copy;
mod files;
mod life_cycle;
mod objects;
mod outside;
mod privileges;
mod support;
mod tables;
mod transactions;
