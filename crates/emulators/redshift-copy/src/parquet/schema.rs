//! The types of a Parquet file's columns, and which of Redshift's each fits.

use std::fs::File;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::schema::types::Type;
use redshift_types::RedshiftType;

/// The footer of a file. Types are those of Parquet, whatever its writer notes of Arrow's.
pub(super) fn read(file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::load(file, plain.clone())?;
    let columns = metadata.parquet_schema().root_schema().get_fields();
    let fields = metadata.schema().fields().iter().zip(columns);
    let read_as = Schema::new(fields.map(|(field, column)| refined(field, column)).collect::<Vec<_>>());
    if read_as == **metadata.schema() {
        return Ok(metadata);
    }
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), plain.with_schema(Arc::new(read_as)))
}

/// A column as it is read: INT96 in microseconds, because its years do not fit into nanoseconds, and an ENUM as text.
fn refined(field: &Arc<Field>, column: &Type) -> Field {
    let field = field.as_ref().clone().with_metadata(Default::default());
    if !column.is_primitive() {
        return field;
    }
    let info = column.get_basic_info();
    let is_enum = info.logical_type_ref() == Some(&LogicalType::Enum) || info.converted_type() == ConvertedType::ENUM;
    match column.get_physical_type() {
        PhysicalType::INT96 => field.with_data_type(DataType::Timestamp(TimeUnit::Microsecond, None)),
        PhysicalType::BYTE_ARRAY if is_enum => field.with_data_type(DataType::Utf8),
        _ => field,
    }
}

/// Whether Redshift takes values of this type for a column of that one.
pub(super) fn fits(found: &DataType, target: RedshiftType) -> bool {
    match (found, target) {
        (DataType::Int8 | DataType::Int16, RedshiftType::SmallInt | RedshiftType::Integer)
        | (DataType::Int32, RedshiftType::Integer)
        | (DataType::Int64, RedshiftType::BigInt)
        | (DataType::Float16 | DataType::Float32, RedshiftType::Real)
        | (DataType::Float64, RedshiftType::DoublePrecision)
        | (DataType::Boolean, RedshiftType::Boolean)
        | (DataType::Date32, RedshiftType::Date)
        | (DataType::Utf8, RedshiftType::Varchar(_) | RedshiftType::Char(_))
        | (DataType::Binary | DataType::FixedSizeBinary(_), RedshiftType::Varbyte(_))
        | (DataType::Timestamp(..), RedshiftType::Timestamp)
        | (DataType::Timestamp(_, Some(_)), RedshiftType::TimestampTz) => true,
        (DataType::Decimal128(precision, scale), RedshiftType::Decimal { precision: most, scale: wanted }) => {
            *precision <= most && u8::try_from(*scale) == Ok(wanted)
        }
        _ => false,
    }
}

/// The type in SQL's words.
pub(super) fn sql_name(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INTEGER",
        DataType::Int64 => "BIGINT",
        DataType::UInt8 => "UTINYINT",
        DataType::UInt16 => "USMALLINT",
        DataType::UInt32 => "UINTEGER",
        DataType::UInt64 => "UBIGINT",
        DataType::Float16 | DataType::Float32 => "FLOAT",
        DataType::Float64 => "DOUBLE",
        DataType::Boolean => "BOOLEAN",
        DataType::Date32 => "DATE",
        DataType::Utf8 => "VARCHAR",
        DataType::Binary | DataType::FixedSizeBinary(_) => "BLOB",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            return format!("DECIMAL({precision},{scale})");
        }
        other => return other.to_string(),
    };
    name.to_owned()
}
