//! The columns of a Parquet file as Hive names their types.
//!
//! Athena user guide, "Data types in Amazon Athena"; the layouts of lists and maps are those of the Parquet format's "Logical types",
//! the older ones included.

use std::collections::BTreeSet;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::schema::types::Type;

use crate::recipe::PARTITION_KEY;

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, in lower case.
    pub name: String,
    /// Its type as Hive writes it, for instance `array<bigint>`.
    pub type_name: String,
}

/// A file's column has no place in a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// No type of Hive holds its values.
    #[error("column {column}: Athena has no type for {found}; write it as another type, for instance as text")]
    Type {
        /// The path of the column.
        column: String,
        /// Parquet's type.
        found: String,
    },
    /// Its name cannot be that of a column.
    #[error("column {column}: {problem}; give it another name")]
    Name {
        /// The name.
        column: String,
        /// Why not.
        problem: &'static str,
    },
}

/// The columns of a file with this root of its schema, in the file's order.
///
/// # Errors
/// A column that no table can have.
pub fn columns(root: &Type) -> Result<Vec<Column>, ColumnError> {
    let mut names = BTreeSet::new();
    let mut columns = Vec::new();
    for field in root.get_fields() {
        let name = field.name().to_lowercase();
        let wrong = |problem| ColumnError::Name { column: field.name().to_owned(), problem };
        if name.is_empty() || name.chars().count() > 255 {
            return Err(wrong("a name has 1 to 255 characters"));
        }
        if name == PARTITION_KEY {
            return Err(wrong("it is the name of the tables' partition key"));
        }
        if !names.insert(name.clone()) {
            return Err(wrong("two columns have this name but for its case"));
        }
        columns.push(Column { type_name: field_type(field, field.name())?, name });
    }
    Ok(columns)
}

/// A repeated field is a list, whatever is in it.
fn field_type(field: &Type, path: &str) -> Result<String, ColumnError> {
    let inner = bare_type(field, path)?;
    let is_repeated =
        field.get_basic_info().has_repetition() && field.get_basic_info().repetition() == Repetition::REPEATED;
    Ok(if is_repeated { format!("array<{inner}>") } else { inner })
}

fn bare_type(field: &Type, path: &str) -> Result<String, ColumnError> {
    if let Type::PrimitiveType { physical_type, .. } = field {
        return primitive(field, *physical_type, path);
    }
    let info = field.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::List), _) | (_, ConvertedType::LIST) => list(field, path),
        (Some(LogicalType::Map), _) | (_, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => map(field, path),
        (Some(LogicalType::Variant { .. }), _) => Err(unsupported(path, "VARIANT")),
        _ => structure(field, path),
    }
}

fn unsupported(path: &str, found: impl Into<String>) -> ColumnError {
    ColumnError::Type { column: path.to_owned(), found: found.into() }
}

fn list(field: &Type, path: &str) -> Result<String, ColumnError> {
    let [repeated] = field.get_fields() else { return Err(unsupported(path, "a list without one element")) };
    let inner = format!("{path}.{}", repeated.name());
    // Three levels, unless the middle one is the element itself: as older writers have it.
    let element = match repeated.as_ref() {
        Type::GroupType { fields, .. } if fields.len() == 1 && !is_element(repeated.name(), field.name()) => {
            field_type(&fields[0], &inner)?
        }
        _ => bare_type(repeated, &inner)?,
    };
    Ok(format!("array<{element}>"))
}

fn is_element(name: &str, list: &str) -> bool {
    name == "array" || name == format!("{list}_tuple")
}

fn map(field: &Type, path: &str) -> Result<String, ColumnError> {
    let wrong = || unsupported(path, "a map without one key and one value");
    let [entries] = field.get_fields() else { return Err(wrong()) };
    if entries.is_primitive() {
        return Err(wrong());
    }
    let [key, value] = entries.get_fields() else { return Err(wrong()) };
    if !key.is_primitive() {
        return Err(unsupported(path, "a map with keys that are not simple"));
    }
    let (key, value) = (field_type(key, &format!("{path}.key"))?, field_type(value, &format!("{path}.value"))?);
    Ok(format!("map<{key},{value}>"))
}

fn structure(field: &Type, path: &str) -> Result<String, ColumnError> {
    let mut members = Vec::new();
    for member in field.get_fields() {
        let name = member.name().to_lowercase();
        let inner = format!("{path}.{name}");
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            let problem = "the name of a structure's member has letters, digits and `_` only";
            return Err(ColumnError::Name { column: inner, problem });
        }
        members.push(format!("{name}:{}", field_type(member, &inner)?));
    }
    if members.is_empty() {
        return Err(unsupported(path, "a structure without members"));
    }
    Ok(format!("struct<{}>", members.join(",")))
}

fn primitive(field: &Type, physical: Physical, path: &str) -> Result<String, ColumnError> {
    let info = field.get_basic_info();
    let (logical, converted) = (info.logical_type_ref(), info.converted_type());
    let name = match (physical, logical, converted) {
        (_, Some(LogicalType::Decimal { scale, precision }), _) => return decimal(*precision, *scale, path),
        (_, _, ConvertedType::DECIMAL) => return decimal(field.get_precision(), field.get_scale(), path),
        (_, Some(LogicalType::Float16), _) => return Err(unsupported(path, "FLOAT16")),
        (_, _, ConvertedType::INTERVAL) => return Err(unsupported(path, "INTERVAL")),
        (Physical::BOOLEAN, ..) => "boolean",
        (Physical::INT32 | Physical::INT64, Some(LogicalType::Integer { bit_width, is_signed }), _) => {
            integer(*bit_width, *is_signed)
        }
        (Physical::INT32, Some(LogicalType::Date), _) | (Physical::INT32, _, ConvertedType::DATE) => "date",
        (Physical::INT64, Some(LogicalType::Timestamp { .. }), _)
        | (Physical::INT64, _, ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS)
        | (Physical::INT96, ..) => "timestamp",
        (Physical::INT32, _, converted) => integer_of(converted).unwrap_or("int"),
        (Physical::INT64, _, converted) => integer_of(converted).unwrap_or("bigint"),
        (Physical::FLOAT, ..) => "float",
        (Physical::DOUBLE, ..) => "double",
        (_, Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _)
        | (_, _, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON) => "string",
        (Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY, ..) => "binary",
    };
    Ok(name.to_owned())
}

/// Hive has no unsigned numbers: the next wider type holds them.
fn integer(bits: i8, is_signed: bool) -> &'static str {
    match (bits, is_signed) {
        (8, true) => "tinyint",
        (16, true) | (8, false) => "smallint",
        (32, true) | (16, false) => "int",
        (64, true) | (32, false) => "bigint",
        _ => "decimal(20,0)",
    }
}

fn integer_of(converted: ConvertedType) -> Option<&'static str> {
    let (bits, is_signed) = match converted {
        ConvertedType::INT_8 => (8, true),
        ConvertedType::INT_16 => (16, true),
        ConvertedType::INT_32 => (32, true),
        ConvertedType::INT_64 => (64, true),
        ConvertedType::UINT_8 => (8, false),
        ConvertedType::UINT_16 => (16, false),
        ConvertedType::UINT_32 => (32, false),
        ConvertedType::UINT_64 => (64, false),
        _ => return None,
    };
    Some(integer(bits, is_signed))
}

fn decimal(precision: i32, scale: i32, path: &str) -> Result<String, ColumnError> {
    if (1..=38).contains(&precision) && (0..=precision).contains(&scale) {
        Ok(format!("decimal({precision},{scale})"))
    } else {
        Err(unsupported(path, format!("DECIMAL({precision},{scale})")))
    }
}

#[cfg(test)]
mod tests;
