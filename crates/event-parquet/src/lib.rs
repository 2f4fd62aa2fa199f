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
mod rows;
mod scan;
mod seen;
mod text;
mod values;
mod writer;

pub use convert::{Part, Report, Sink, SinkError, Source, convert};
pub use error::Error;
pub use layout::{Columns, Layout};
pub use limits::Limits;
pub use properties::writer_properties;
pub use rejected::{Reason, Rejected};
pub use seen::Seen;
pub use writer::Writer;
