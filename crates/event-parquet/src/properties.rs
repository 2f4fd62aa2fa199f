//! How Parquet is written.

use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use pipeline::ATTRIBUTES_COLUMN;

/// Every file's `created_by`, so that who finds one knows where it comes from.
const CREATED_BY: &str = concat!("landfall ", env!("CARGO_PKG_VERSION"));

/// Where values hardly repeat, a dictionary costs time and saves nothing.
const WITHOUT_DICTIONARY: [&str; 6] =
    ["message_id", "timestamp", "original_timestamp", "sent_at", "received_at", ATTRIBUTES_COLUMN];

/// The properties of every file: zstd at its fastest level, dictionaries where values repeat, the least and the greatest value of each
/// row group (and of each page for `timestamp`, in whose order rows are), none for `attributes`.
pub fn writer_properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(column("timestamp"), EnabledStatistics::Page)
        .set_column_statistics_enabled(column(ATTRIBUTES_COLUMN), EnabledStatistics::None)
        .set_max_row_group_row_count(None);
    for name in WITHOUT_DICTIONARY {
        properties = properties.set_column_dictionary_enabled(column(name), false);
    }
    properties.build()
}

fn column(name: &str) -> ColumnPath {
    ColumnPath::from(name)
}
