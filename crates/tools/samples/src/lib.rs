#![doc = include_str!("../README.md")]

pub mod flights;
pub mod web_events;
