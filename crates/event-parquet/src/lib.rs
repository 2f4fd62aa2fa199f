#![doc = include_str!("../README.md")]

mod convert;
mod error;
mod filing;
mod input;
mod layout;
mod limits;
mod output;
mod outputs;
mod plan;
mod properties;
mod records;
mod rejected;
mod report;
mod rows;
mod scan;
mod seen;
mod sink;
mod source;
mod values;
mod writer;

pub use convert::convert;
pub use error::Error;
pub use layout::{Columns, Layout};
pub use limits::Limits;
pub use properties::writer_properties;
pub use rejected::{Reason, Rejected};
pub use report::Report;
pub use seen::Seen;
pub use sink::{Part, Sink, SinkError};
pub use source::Source;
pub use writer::Writer;
