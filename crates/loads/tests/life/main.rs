//! The life of a load on the embedded cloud, with the deliveries, losses and overlaps that a queue and an event bus allow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that meets an error fails")]

mod deliveries;
mod failures;
mod modes;
mod overwritten;
mod support;
