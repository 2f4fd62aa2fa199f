//! One file per command.

pub(crate) mod athena;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod load;
pub(crate) mod local;
pub(crate) mod migrate;
pub(crate) mod plan;
pub(crate) mod query;
pub(crate) mod redshift;
pub(crate) mod reference;
pub(crate) mod render;
pub(crate) mod replay;
pub(crate) mod sample;
pub(crate) mod track;
