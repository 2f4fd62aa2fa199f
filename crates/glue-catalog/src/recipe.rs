//! A table of Parquet files as Athena and Redshift Spectrum read it.

use std::collections::HashMap;

use aws_sdk_glue::error::BuildError;
use aws_sdk_glue::types::{Column, SerDeInfo, StorageDescriptor, Table, TableInput};

/// The column that names the day of a partition; it is in the folders' names, not in the files.
pub const PARTITION_KEY: &str = "dt";

const INPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
const OUTPUT_FORMAT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
const SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

/// A column of a table.
pub(crate) fn column(name: &str, type_name: &str) -> Result<Column, BuildError> {
    Column::builder().name(name).r#type(type_name).build()
}

/// A table that does not exist yet.
pub(crate) fn new_table(
    name: &str,
    location: &str,
    columns: Vec<Column>,
    parameters: HashMap<String, String>,
) -> Result<TableInput, BuildError> {
    let serde = SerDeInfo::builder().serialization_library(SERDE).parameters("serialization.format", "1").build();
    let storage = StorageDescriptor::builder()
        .set_columns(Some(columns))
        .location(location)
        .input_format(INPUT_FORMAT)
        .output_format(OUTPUT_FORMAT)
        .serde_info(serde)
        .compressed(false)
        .number_of_buckets(-1)
        .build();
    let mut all = HashMap::from([("EXTERNAL".to_owned(), "TRUE".to_owned())]);
    all.insert("classification".to_owned(), "parquet".to_owned());
    all.extend(parameters);
    TableInput::builder()
        .name(name)
        .table_type("EXTERNAL_TABLE")
        .set_parameters(Some(all))
        .storage_descriptor(storage)
        .partition_keys(column(PARTITION_KEY, "string")?)
        .build()
}

/// Whether a table's files are read as Parquet.
pub(crate) fn is_parquet(storage: &StorageDescriptor) -> bool {
    let serde = storage.serde_info().and_then(SerDeInfo::serialization_library);
    serde.is_some_and(|library| library.to_ascii_lowercase().contains("parquet"))
}

/// A table as it is, in the form that replaces it: UpdateTable takes less than GetTable gives.
pub(crate) fn unchanged(table: &Table) -> Result<TableInput, BuildError> {
    TableInput::builder()
        .name(table.name())
        .set_description(table.description.clone())
        .set_owner(table.owner.clone())
        .set_last_access_time(table.last_access_time)
        .set_last_analyzed_time(table.last_analyzed_time)
        .retention(table.retention())
        .set_storage_descriptor(table.storage_descriptor.clone())
        .set_partition_keys(table.partition_keys.clone())
        .set_view_original_text(table.view_original_text.clone())
        .set_view_expanded_text(table.view_expanded_text.clone())
        .set_table_type(table.table_type.clone())
        .set_parameters(table.parameters.clone())
        .set_target_table(table.target_table.clone())
        .build()
}
