//! Scalar functions in Rust: text in, text out; the macros cast on both sides.

use std::error::Error;
use std::sync::Arc;

use duckdb::Connection;
use duckdb::arrow::array::{Array, RecordBatch, StringArray, StringBuilder};
use duckdb::arrow::datatypes::DataType;
use duckdb::vscalar::arrow::{ArrowFunctionSignature, VArrowScalar};

use super::{dates, hashes, json, numbers, patterns, regular, words};

/// The result of a function: NULL is `None`; the message of an error is Redshift's.
pub(super) type Answer = Result<Option<String>, String>;

/// A function's code. NULL in any argument gives NULL without a call.
#[derive(Clone, Copy)]
struct Code(fn(&[&str]) -> Answer);

impl Default for Code {
    fn default() -> Self {
        Self(|_| Ok(None))
    }
}

/// A function of N texts.
struct TextFunction<const N: usize>;

impl<const N: usize> VArrowScalar for TextFunction<N> {
    type State = Code;

    fn invoke(code: &Code, input: RecordBatch) -> Result<Arc<dyn Array>, Box<dyn Error>> {
        let columns: Vec<&StringArray> =
            input.columns().iter().filter_map(|column| column.as_any().downcast_ref()).collect();
        if columns.len() != N {
            return Err("a function of text received another type".into());
        }
        let mut answers = StringBuilder::new();
        let mut arguments: Vec<&str> = Vec::with_capacity(N);
        for row in 0..input.num_rows() {
            if columns.iter().any(|column| column.is_null(row)) {
                answers.append_null();
                continue;
            }
            arguments.clear();
            arguments.extend(columns.iter().map(|column| column.value(row)));
            answers.append_option((code.0)(&arguments)?);
        }
        Ok(Arc::new(answers.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Utf8; N], DataType::Utf8)]
    }
}

/// Registers every function.
pub(super) fn register(connection: &Connection) -> Result<(), duckdb::Error> {
    type Row = (&'static str, fn(&[&str]) -> Answer);
    let one: [Row; 12] = [
        ("rsx_initcap", words::initcap),
        ("rsx_soundex", words::soundex),
        ("rsx_crc32", hashes::crc32),
        ("rsx_boolean", words::boolean),
        ("rsx_date", dates::date),
        ("rsx_timestamp", dates::timestamp),
        ("rsx_timestamptz", dates::timestamptz),
        ("rsx_time", dates::time),
        ("rsx_timetz", dates::timetz),
        ("rsx_interval", dates::interval),
        ("rsx_zone_minutes", dates::zone_minutes),
        ("rsx_json_flatten", json::flatten),
    ];
    let two: [Row; 5] = [
        ("rsx_difference", words::difference),
        ("rsx_strtol", numbers::strtol),
        ("rsx_to_number", numbers::to_number),
        ("rsx_integer", numbers::integer),
        ("rsx_truncated", words::truncated),
    ];
    let three: [Row; 6] = [
        ("rsx_to_char", to_char),
        ("rsx_fnv_hash", hashes::fnv),
        ("rsx_binary", hashes::binary),
        ("rsx_to_date", patterns::to_date),
        ("rsx_to_timestamp", patterns::to_timestamp),
        ("rsx_json_path", json::path),
    ];
    for (name, code) in one {
        connection.register_scalar_function_with_state::<TextFunction<1>>(name, &Code(code))?;
    }
    for (name, code) in two {
        connection.register_scalar_function_with_state::<TextFunction<2>>(name, &Code(code))?;
    }
    for (name, code) in three {
        connection.register_scalar_function_with_state::<TextFunction<3>>(name, &Code(code))?;
    }
    connection.register_scalar_function_with_state::<TextFunction<4>>("rsx_regexp_count", &Code(regular::count))?;
    connection.register_scalar_function_with_state::<TextFunction<5>>("rsx_regexp_replace", &Code(regular::replace))?;
    connection.register_scalar_function_with_state::<TextFunction<5>>("rsx_regexp_substr", &Code(regular::substr))?;
    connection.register_scalar_function_with_state::<TextFunction<5>>(
        "rsx_text_to_numeric_alt",
        &Code(numbers::alternative),
    )?;
    connection.register_scalar_function_with_state::<TextFunction<6>>("rsx_regexp_instr", &Code(regular::instr))
}

/// `(DuckDB type, value, format)`: of a date or time, or of a number.
fn to_char(arguments: &[&str]) -> Answer {
    let [kind, value, format] = arguments else { return Ok(None) };
    match *kind {
        "DATE" => patterns::time_to_char(&[&format!("{value} 00:00:00"), format]),
        "TIME" => patterns::time_to_char(&[&format!("1970-01-01 {value}"), format]),
        "VARCHAR" => match dates::timestamp(&[value])? {
            Some(moment) => patterns::time_to_char(&[&moment, format]),
            None => Ok(None),
        },
        kind if kind.starts_with("TIME") => {
            let plain = value.find('+').map_or(*value, |zone| &value[..zone]);
            patterns::time_to_char(&[plain, format])
        }
        _ => numbers::number_to_char(&[value, format]),
    }
}
