//! The columns of a result, as ColumnMetadata describes them.

use duckdb::core::{LogicalTypeHandle, LogicalTypeId};
use serde_json::{Value, json};

use super::catalog::Table;
use redshift_types::{MAX_VARCHAR_BYTES, RedshiftType};

/// One column of a result or a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) data_type: RedshiftType,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
}

impl Column {
    /// The column of a result: what a table that the statement reads declares, where the name and the kind of value fit exactly one.
    pub(crate) fn of_result(label: &str, value_type: RedshiftType, tables: &[Table]) -> Self {
        let mut declared = tables.iter().filter_map(|table| {
            let column = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(label))?;
            (column.data_type.duckdb_type() == value_type.duckdb_type()).then_some((table, column))
        });
        let label = label.to_lowercase();
        match (declared.next(), declared.next()) {
            (Some((table, column)), None) => Self {
                name: column.name.clone(),
                schema: table.schema.clone(),
                table: table.name.clone(),
                data_type: column.data_type,
                nullable: !column.not_null,
                default: None,
                label,
            },
            _ => Self {
                name: label.clone(),
                schema: String::new(),
                table: String::new(),
                data_type: value_type,
                nullable: true,
                default: None,
                label,
            },
        }
    }

    /// The column as the Data API writes it.
    pub(crate) fn json(&self) -> Value {
        let mut metadata = json!({
            "isCaseSensitive": self.data_type.is_text(),
            "isCurrency": false,
            "isSigned": self.data_type.is_signed(),
            "label": self.label,
            "length": self.data_type.length().unwrap_or_default(),
            "name": self.name,
            "nullable": i32::from(self.nullable),
            "precision": self.data_type.precision(),
            "scale": self.data_type.scale(),
            "schemaName": self.schema,
            "tableName": self.table,
            "typeName": self.data_type.type_name(),
        });
        if let Some(default) = &self.default {
            metadata["columnDefault"] = json!(default);
        }
        metadata
    }
}

/// What Redshift calls a value that DuckDB computed.
pub(crate) fn value_type(logical: &LogicalTypeHandle) -> RedshiftType {
    match logical.id() {
        LogicalTypeId::Boolean => RedshiftType::Boolean,
        LogicalTypeId::Tinyint | LogicalTypeId::Smallint | LogicalTypeId::UTinyint => RedshiftType::SmallInt,
        LogicalTypeId::Integer | LogicalTypeId::USmallint => RedshiftType::Integer,
        LogicalTypeId::Bigint | LogicalTypeId::UInteger => RedshiftType::BigInt,
        LogicalTypeId::Hugeint | LogicalTypeId::UHugeint | LogicalTypeId::UBigint => {
            RedshiftType::Decimal { precision: 38, scale: 0 }
        }
        LogicalTypeId::Float => RedshiftType::Real,
        LogicalTypeId::Double => RedshiftType::DoublePrecision,
        LogicalTypeId::Decimal => {
            RedshiftType::Decimal { precision: logical.decimal_width(), scale: logical.decimal_scale() }
        }
        LogicalTypeId::Date => RedshiftType::Date,
        LogicalTypeId::Time => RedshiftType::Time,
        LogicalTypeId::TimeTZ => RedshiftType::TimeTz,
        LogicalTypeId::Timestamp
        | LogicalTypeId::TimestampS
        | LogicalTypeId::TimestampMs
        | LogicalTypeId::TimestampNs => RedshiftType::Timestamp,
        LogicalTypeId::TimestampTZ => RedshiftType::TimestampTz,
        LogicalTypeId::Blob => RedshiftType::Varbyte(MAX_VARCHAR_BYTES),
        LogicalTypeId::List | LogicalTypeId::Struct | LogicalTypeId::Map | LogicalTypeId::Array => RedshiftType::Super,
        LogicalTypeId::Varchar if logical.get_alias().is_some_and(|alias| alias.eq_ignore_ascii_case("json")) => {
            RedshiftType::Super
        }
        _ => RedshiftType::Varchar(MAX_VARCHAR_BYTES),
    }
}
