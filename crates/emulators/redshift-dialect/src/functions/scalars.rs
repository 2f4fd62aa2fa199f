//! Scalar functions in Rust: text in, text out; the macros cast on both sides.

use super::answer::Answer;
use super::{dates, hashes, json, numbers, patterns, regular, words};

/// A function of texts that a database needs for translated statements. NULL in any argument gives NULL without a call.
#[derive(Clone, Copy, Debug)]
pub struct ScalarFunction {
    /// The name that the macros call it by.
    pub name: &'static str,
    /// How many texts it takes.
    pub arguments: usize,
    /// The code.
    pub code: fn(&[&str]) -> Answer,
}

const fn scalar(name: &'static str, arguments: usize, code: fn(&[&str]) -> Answer) -> ScalarFunction {
    ScalarFunction { name, arguments, code }
}

/// Every scalar function.
pub const SCALARS: [ScalarFunction; 28] = [
    scalar("rsx_initcap", 1, words::initcap),
    scalar("rsx_soundex", 1, words::soundex),
    scalar("rsx_crc32", 1, hashes::crc32),
    scalar("rsx_boolean", 1, words::boolean),
    scalar("rsx_date", 1, dates::date),
    scalar("rsx_timestamp", 1, dates::timestamp),
    scalar("rsx_timestamptz", 1, dates::timestamptz),
    scalar("rsx_time", 1, dates::time),
    scalar("rsx_timetz", 1, dates::timetz),
    scalar("rsx_interval", 1, dates::interval),
    scalar("rsx_zone_minutes", 1, dates::zone_minutes),
    scalar("rsx_json_flatten", 1, json::flatten),
    scalar("rsx_difference", 2, words::difference),
    scalar("rsx_strtol", 2, numbers::strtol),
    scalar("rsx_to_number", 2, numbers::to_number),
    scalar("rsx_integer", 2, numbers::integer),
    scalar("rsx_truncated", 2, words::truncated),
    scalar("rsx_to_char", 3, to_char),
    scalar("rsx_fnv_hash", 3, hashes::fnv),
    scalar("rsx_binary", 3, hashes::binary),
    scalar("rsx_to_date", 3, patterns::to_date),
    scalar("rsx_to_timestamp", 3, patterns::to_timestamp),
    scalar("rsx_json_path", 3, json::path),
    scalar("rsx_regexp_count", 4, regular::count),
    scalar("rsx_regexp_replace", 5, regular::replace),
    scalar("rsx_regexp_substr", 5, regular::substr),
    scalar("rsx_text_to_numeric_alt", 5, numbers::alternative),
    scalar("rsx_regexp_instr", 6, regular::instr),
];

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
