//! Tracking events, from the tracking call to the query, with the binary as a user drives it.

mod arrival;
mod compaction;
mod evolution;
mod killed;
mod support;
