//! Redshift's types in trees.

use polyglot_sql::expressions::{Cast, DataType, Expression};
use polyglot_sql::{DialectType, generate_data_type};

use crate::error::SqlError;
use redshift_types::RedshiftType;

/// The type that a cast names.
pub(super) fn type_of(data_type: &DataType) -> Result<RedshiftType, SqlError> {
    let text = match data_type {
        DataType::Text => "text".to_string(),
        DataType::TextWithLength { length } => format!("varchar({length})"),
        DataType::Timestamp { timezone: true, .. } => "timestamptz".to_string(),
        DataType::Timestamp { .. } => "timestamp".to_string(),
        DataType::Time { timezone: true, .. } => "timetz".to_string(),
        DataType::Time { .. } => "time".to_string(),
        DataType::Json => "super".to_string(),
        other => generate_data_type(other, DialectType::Redshift)
            .map_err(|e| SqlError::unsupported(format!("this type: {e}")))?,
    };
    RedshiftType::parse(&text).map_err(|e| SqlError::refused(e.to_string()))
}

/// The DuckDB type as a node of the tree.
pub(super) fn duckdb_type(target: RedshiftType) -> DataType {
    use RedshiftType as T;
    match target {
        T::SmallInt => DataType::SmallInt { length: None },
        T::Integer => DataType::Int { length: None, integer_spelling: true },
        T::BigInt => DataType::BigInt { length: None },
        T::Decimal { precision, scale } => {
            DataType::Decimal { precision: Some(u32::from(precision)), scale: Some(u32::from(scale)) }
        }
        T::Real => DataType::Float { precision: None, scale: None, real_spelling: true },
        T::DoublePrecision => DataType::Double { precision: None, scale: None },
        T::Boolean => DataType::Boolean,
        T::Char(_) | T::Varchar(_) => DataType::VarChar { length: None, parenthesized_length: false },
        T::Date => DataType::Date,
        T::Timestamp => DataType::Timestamp { precision: None, timezone: false },
        T::TimestampTz => DataType::Timestamp { precision: None, timezone: true },
        T::Time => DataType::Time { precision: None, timezone: false },
        T::TimeTz => DataType::Time { precision: None, timezone: true },
        T::Super => DataType::Json,
        T::Varbyte(_) => DataType::Blob,
    }
}

/// A plain DuckDB cast.
pub(super) fn cast_to(value: Expression, data_type: RedshiftType) -> Expression {
    Expression::Cast(Box::new(Cast {
        this: value,
        to: duckdb_type(data_type),
        trailing_comments: Vec::new(),
        double_colon_syntax: false,
        format: None,
        default: None,
        inferred_type: None,
    }))
}
