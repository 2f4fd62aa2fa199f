//! The binary as a user drives it: vendors upload, readers read, processes die, and the tables are what they should be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that meets an error fails")]

mod atomic_reload;
mod commands;
mod exactly_once;
mod files;
mod grants;
mod headers;
mod keys;
mod killed;
mod migrate;
mod modes;
mod support;
mod web_events;
