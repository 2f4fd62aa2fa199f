//! Values and types as Athena's results show them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::DateTime;
use duckdb::core::{LogicalTypeHandle, LogicalTypeId};

/// The name of a result column's type, as Athena's query results name it.
pub(crate) fn type_name(logical: &LogicalTypeHandle) -> String {
    let name = match logical.id() {
        LogicalTypeId::Boolean => "boolean",
        LogicalTypeId::Tinyint => "tinyint",
        LogicalTypeId::Smallint | LogicalTypeId::UTinyint => "smallint",
        LogicalTypeId::Integer | LogicalTypeId::USmallint => "integer",
        // Sums of integers are wider here than in Athena.
        LogicalTypeId::Bigint | LogicalTypeId::UInteger | LogicalTypeId::Hugeint | LogicalTypeId::UBigint => "bigint",
        LogicalTypeId::Float => "real",
        LogicalTypeId::Double => "double",
        LogicalTypeId::Decimal => return format!("decimal({},{})", logical.decimal_width(), logical.decimal_scale()),
        LogicalTypeId::Date => "date",
        LogicalTypeId::Time => "time",
        LogicalTypeId::Timestamp
        | LogicalTypeId::TimestampS
        | LogicalTypeId::TimestampMs
        | LogicalTypeId::TimestampNs => "timestamp",
        LogicalTypeId::TimestampTZ => "timestamp with time zone",
        LogicalTypeId::Interval => "interval",
        LogicalTypeId::Blob => "varbinary",
        LogicalTypeId::List | LogicalTypeId::Array => return format!("array({})", type_name(&logical.child(0))),
        LogicalTypeId::Map => {
            return format!("map({}, {})", type_name(&logical.child(0)), type_name(&logical.child(1)));
        }
        LogicalTypeId::Struct => {
            let fields = (0..logical.num_children())
                .map(|at| format!("{} {}", logical.child_name(at), type_name(&logical.child(at))));
            return format!("row({})", fields.collect::<Vec<_>>().join(", "));
        }
        LogicalTypeId::Varchar if logical.get_alias().is_some_and(|alias| alias.eq_ignore_ascii_case("json")) => "json",
        _ => "varchar",
    };
    name.to_owned()
}

/// The value of `array` at `row`; nothing for NULL.
pub(crate) fn text(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) || matches!(array.data_type(), DataType::Null) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Float32 => {
            float(array.as_primitive::<Float32Type>().value(row).to_string().parse().unwrap_or(f64::NAN))
        }
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row), zone.is_some())
        }
        DataType::Binary => bytes(array.as_binary::<i32>().value(row)),
        DataType::List(_) => format!("[{}]", items(array.as_list::<i32>().value(row).as_ref())),
        DataType::FixedSizeList(..) => format!("[{}]", items(array.as_fixed_size_list().value(row).as_ref())),
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            let fields = columns.map(|(field, column)| format!("{}={}", field.name(), shown(column.as_ref(), row)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entry = |at| format!("{}={}", shown(keys.as_ref(), at), shown(values.as_ref(), at));
            format!("{{{}}}", (0..entries.len()).map(entry).collect::<Vec<_>>().join(", "))
        }
        _ => ArrayFormatter::try_new(array, &FormatOptions::default())
            .map(|format| format.value(row).to_string())
            .unwrap_or_default(),
    })
}

fn items(array: &dyn Array) -> String {
    (0..array.len()).map(|at| shown(array, at)).collect::<Vec<_>>().join(", ")
}

/// A value inside another.
fn shown(array: &dyn Array, row: usize) -> String {
    text(array, row).unwrap_or_else(|| "null".to_owned())
}

/// A floating-point number as Java writes it: `1.0`, `1.0E10`.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// Milliseconds are what Athena's timestamps have.
fn timestamp(microseconds: i64, zoned: bool) -> String {
    let zone = if zoned { " UTC" } else { "" };
    DateTime::from_timestamp_micros(microseconds)
        .map_or_else(|| microseconds.to_string(), |moment| format!("{}{zone}", moment.format("%Y-%m-%d %H:%M:%S%.3f")))
}

fn bytes(value: &[u8]) -> String {
    value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_as_athena_prints_them() {
        let floats = [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (12_345_678.9, "1.23456789E7"),
            (1e10, "1.0E10"),
        ];
        for (value, expected) in floats {
            assert_eq!(float(value), expected);
        }
        assert_eq!(timestamp(1_704_067_200_012_300, false), "2024-01-01 00:00:00.012");
        assert_eq!(timestamp(1_704_067_200_000_000, true), "2024-01-01 00:00:00.000 UTC");
        assert_eq!(bytes(b"hi"), "68 69");
    }
}
