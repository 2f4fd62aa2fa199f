//! One source, from its first byte to its last.

use std::io::Read;

use crate::error::Error;
use crate::input::Input;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::records::Records;
use crate::report::Report;
use crate::sink::Sink;
use crate::source::Source;

/// Converts events, JSON objects on lines or one directly behind the other, plain or compressed by gzip or zstd, to Parquet.
///
/// One pass, whose memory the limits bound. The same source with the same layout and limits makes the same files, byte by byte.
///
/// # Errors
/// When the source does not give its bytes, the disk is full, or the sink fails. Content that cannot be read is not an error: it is rejected.
pub fn convert(
    reader: impl Read,
    source: &Source,
    layout: &Layout,
    limits: &Limits,
    sink: &mut impl Sink,
) -> Result<Report, Error> {
    let mut input = Input::new(reader)?;
    let mut records = Records::new(source, layout, limits, sink);
    records.read(&mut input)?;
    records.close(&input)
}
