//! COPY from JSON: values one after another, with white space or nothing between them.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::buffer::{Fill, MAX_RECORD_BYTES, Window};
use super::failure::{CopyFailure, LoadErrorRow, Rejection, Stop, of_column, raw_text, unreadable};
use super::jsonpaths::{self, JsonPath, each_member};
use super::options::{CopyOptions, Format, JsonShape};
use super::sink::Sink;
use crate::objects::ObjectSource;
use redshift_types::{RedshiftType, TargetColumn};

/// How a record's values find their columns.
pub(super) enum Mapping {
    /// By key; the map holds lower-case names if the case is ignored.
    Keys { columns: HashMap<String, usize>, ignore_case: bool },
    /// One path for each column.
    Paths(Vec<JsonPath>),
    /// The whole record is the only column's value.
    Whole,
}

impl Mapping {
    /// The mapping that the command asks for; reads the JSONPaths file.
    pub(super) fn of(
        options: &CopyOptions,
        columns: &[TargetColumn],
        objects: &dyn ObjectSource,
    ) -> Result<Self, CopyFailure> {
        let Format::Json(shape) = &options.format else {
            return Err(CopyFailure::of("COPY is not from JSON"));
        };
        let by_name = || columns.iter().enumerate().map(|(at, column)| (column.name.clone(), at)).collect();
        match shape {
            JsonShape::Auto => Ok(Self::Keys { columns: by_name(), ignore_case: false }),
            JsonShape::AutoIgnoreCase => Ok(Self::Keys { columns: by_name(), ignore_case: true }),
            JsonShape::NoShred if columns.len() == 1 && columns[0].data_type == RedshiftType::Super => Ok(Self::Whole),
            JsonShape::NoShred => Err(CopyFailure::of("COPY JSON 'noshred' needs exactly one column, of type SUPER")),
            JsonShape::Paths(location) => {
                let paths = jsonpaths::read(location, objects)?;
                if paths.len() != columns.len() {
                    let message = format!(
                        "Number of jsonpaths and the number of columns should match. JSONPath size: {}, Number of columns in table or column list: {}",
                        paths.len(),
                        columns.len()
                    );
                    return Err(CopyFailure::of(message));
                }
                Ok(Self::Paths(paths))
            }
        }
    }

    /// The value for each column of one record.
    fn values<'a>(&self, record: &'a RawValue, values: &mut [Option<&'a RawValue>]) -> Result<(), (usize, Rejection)> {
        match self {
            Self::Whole => values[0] = Some(record),
            Self::Paths(paths) => {
                for (at, path) in paths.iter().enumerate() {
                    values[at] = path.find(record).map_err(|rejection| (at, rejection))?;
                }
            }
            Self::Keys { columns, ignore_case } => {
                let found = each_member(record, |key, value| {
                    let key = if *ignore_case { Cow::Owned(key.to_lowercase()) } else { key };
                    if let Some(at) = columns.get(key.as_ref()) {
                        values[*at] = Some(value);
                    }
                });
                found.map_err(|rejection| (usize::MAX, rejection))?;
            }
        }
        Ok(())
    }
}

/// Loads the records of one object and counts them.
pub(super) fn load(url: &str, mut window: Window, mapping: &Mapping, sink: &mut Sink<'_>) -> Result<u64, Stop> {
    let options = sink.options;
    let (mut line, mut rows) = (1_i64, 0);
    loop {
        let data = window.unread();
        let mut values = serde_json::Deserializer::from_slice(data).into_iter::<&RawValue>();
        let next = values.next();
        let length = values.byte_offset();
        match next {
            Some(Ok(record)) if length < data.len() || window.at_end() => {
                if record.get().len() > MAX_RECORD_BYTES {
                    return Err(sink.reject_for_good(too_large(url, line, data)));
                }
                line += data[..length].iter().map(|byte| i64::from(*byte == b'\n')).sum::<i64>();
                rows += add(url, line, record, mapping, sink)?;
                window.consume(length);
                continue;
            }
            Some(Err(error)) if !error.is_eof() || window.at_end() => {
                let line = line + i64::try_from(error.line().saturating_sub(1)).unwrap_or_default();
                return Err(sink.reject_for_good(malformed(url, line, data, &error)));
            }
            None if window.at_end() => return Ok(rows),
            _ => {}
        }
        sink.check_cancelled()?;
        match window.fill() {
            Ok(Fill::Done) => {}
            Ok(Fill::Full) => {
                return Err(sink.reject_for_good(too_large(url, line, window.unread())));
            }
            Err(error) => return Err(unreadable(url, options, &error)),
        }
    }
}

/// Adds one record; 0 if it was rejected.
fn add(url: &str, line: i64, record: &RawValue, mapping: &Mapping, sink: &mut Sink<'_>) -> Result<u64, Stop> {
    let options = sink.options;
    let mut values = vec![None; sink.rows.columns.len()];
    let mut added = mapping.values(record, &mut values);
    if added.is_ok() {
        for (at, (column, value)) in sink.rows.columns.iter_mut().zip(&values).enumerate() {
            if let Err(rejection) = push(column, *value, options) {
                added = Err((at, rejection));
                break;
            }
        }
    }
    let Err((at, rejection)) = added else {
        return sink.accept(record.get().len()).map(|()| 1);
    };
    let column = sink.rows.columns.get(at);
    let row = LoadErrorRow {
        file_name: url.to_owned(),
        line_number: line,
        raw_line: raw_text(record.get().as_bytes()),
        raw_field_value: values
            .get(at)
            .copied()
            .flatten()
            .map(|value| serde_json::from_str(value.get()).unwrap_or_else(|_| raw_text(value.get().as_bytes())))
            .unwrap_or_default(),
        error_code: rejection.code,
        error_message: rejection.message,
        ..column.map(|column| of_column(&column.column)).unwrap_or_default()
    };
    sink.reject(row).map(|()| 0)
}

fn push(
    column: &mut super::columns::ColumnBuffer,
    value: Option<&RawValue>,
    options: &CopyOptions,
) -> Result<(), Rejection> {
    let Some(text) = value.map(RawValue::get).filter(|text| *text != "null") else {
        return column.push_null();
    };
    if column.column.data_type == RedshiftType::Super {
        return column.push_value(text.as_bytes(), options);
    }
    if !text.starts_with('"') {
        return column.push(text.as_bytes(), options);
    }
    let plain = &text[1..text.len() - 1];
    if !plain.contains('\\') {
        return column.push(plain.as_bytes(), options);
    }
    let unescaped: String =
        serde_json::from_str(text).map_err(|error| Rejection::new(1216, format!("Invalid JSON: {error}")))?;
    column.push(unescaped.as_bytes(), options)
}

fn too_large(url: &str, line: i64, data: &[u8]) -> LoadErrorRow {
    let error_message = format!("The JSON object is larger than the maximum of {MAX_RECORD_BYTES} bytes");
    bad_object(url, line, data, error_message)
}

fn malformed(url: &str, line: i64, data: &[u8], error: &serde_json::Error) -> LoadErrorRow {
    bad_object(url, line, data, format!("Invalid JSON: {error}"))
}

fn bad_object(url: &str, line_number: i64, data: &[u8], error_message: String) -> LoadErrorRow {
    LoadErrorRow {
        file_name: url.to_owned(),
        line_number,
        raw_line: raw_text(data),
        error_code: 1216,
        error_message,
        ..LoadErrorRow::default()
    }
}
