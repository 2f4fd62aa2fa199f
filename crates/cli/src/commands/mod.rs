//! One file per command.

pub mod check;
pub mod demo;
pub mod load;
pub mod local;
pub mod migrate;
pub mod plan;
pub mod query;
pub mod redshift;
pub mod reference;
pub mod sample;
