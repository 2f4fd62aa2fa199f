//! The scalar functions by themselves.

use std::collections::HashSet;

use crate::{MACROS, SCALARS};

/// What a function gives: its text, `NULL`, or the message of its error.
fn given(name: &str, arguments: &[&str]) -> String {
    let function = SCALARS.iter().find(|function| function.name == name).ok_or(name).unwrap();
    assert_eq!(arguments.len(), function.arguments, "{name}");
    match (function.code)(arguments) {
        Ok(answer) => answer.unwrap_or_else(|| "NULL".to_owned()),
        Err(message) => format!("error: {message}"),
    }
}

#[track_caller]
fn check(name: &str, arguments: &[&str], expected: &str) {
    assert_eq!(given(name, arguments), expected, "{name}({arguments:?})");
}

#[test]
fn words_and_hashes() {
    check("rsx_initcap", &["new york-city"], "New York-City");
    check("rsx_soundex", &["Robert"], "R163");
    check("rsx_difference", &["Robert", "Rupert"], "4");
    check("rsx_boolean", &["yes"], "true");
    check("rsx_crc32", &["123456789"], "cbf43926");
    check(
        "rsx_fnv_hash",
        &["", "cd", &given("rsx_fnv_hash", &["", "ab", ""])],
        &given("rsx_fnv_hash", &["", "abcd", ""]),
    );
}

#[test]
fn notations_of_dates_and_times() {
    check("rsx_date", &["1/5/2024"], "2024-01-05");
    check("rsx_timestamp", &["Jan 5, 2024 3:04 PM"], "2024-01-05 15:04:00.000000");
    check("rsx_date", &["no date"], "error: invalid input syntax for type date: \"no date\"");
    check("rsx_to_char", &["TIMESTAMP", "2024-01-05 15:04:09", "YYYY-MM-DD HH24:MI:SS"], "2024-01-05 15:04:09");
    check("rsx_to_char", &["DECIMAL(5,1)", "1234.5", "9,999.99"], " 1,234.50");
    check(
        "rsx_to_date",
        &["20240230", "YYYYMMDD", "true"],
        "error: date/time field date value out of range: 2024-2-30",
    );
}

#[test]
fn numbers_expressions_and_paths() {
    check("rsx_strtol", &["ff", "16"], "255");
    check("rsx_regexp_count", &["banana", "AN", "1", "i"], "2");
    check("rsx_regexp_instr", &["banana", "n", "1", "2", "0", "c"], "5");
    check("rsx_regexp_substr", &["order 66 of 99", "[0-9]+", "1", "2", "c"], "99");
    check("rsx_json_path", &[r#"{"a": {"b": "c"}}"#, r#"["a", "b"]"#, "false"], "c");
}

#[test]
fn the_macros_call_every_function_and_no_other() {
    let text = MACROS.concat();
    let called: HashSet<&str> =
        text.match_indices("rsx_").map(|(at, _)| text[at..].split('(').next().unwrap()).collect();
    let known: HashSet<&str> = SCALARS.iter().map(|function| function.name).collect();
    let unknown: Vec<_> = called.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
