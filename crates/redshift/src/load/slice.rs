//! The rows that a load replaces: those whose columns have the values that the key's captures name.

use pipeline::LoadMode;

use super::Request;
use super::values::canonical;
use crate::sql::{identifier, literal};

/// Column and value of each part of the slice, in the order of the pipeline.
pub(super) fn values<'a>(request: &'a Request<'_>) -> Vec<(&'a str, String)> {
    captured(request).map(|(column, value)| (column, canonical(request.table, column, value))).collect()
}

/// The condition on the table's rows, or `None` for the whole table.
pub(super) fn condition(request: &Request<'_>) -> Option<String> {
    let parts = values(request)
        .into_iter()
        .map(|(column, value)| format!("{} = {}", identifier(column), literal(&value)))
        .collect::<Vec<_>>();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// The slice as one text: `month=4,year=2016`, or empty for the whole table.
pub(super) fn text(request: &Request<'_>) -> String {
    joined(values(request).iter().map(|(column, value)| (*column, value.as_str())))
}

/// The texts under which the ledger may have the slice: earlier releases wrote the captures as they were.
pub(super) fn texts(request: &Request<'_>) -> String {
    let text = text(request);
    let raw = joined(captured(request));
    if raw == text { literal(&text).to_string() } else { format!("{}, {}", literal(&text), literal(&raw)) }
}

fn captured<'a>(request: &'a Request<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let parts = match &request.dataset.mode {
        LoadMode::Replace { slice } => slice.as_slice(),
        _ => &[],
    };
    parts.iter().filter_map(|part| Some((part.column.as_str(), request.captures.get(&part.capture)?.as_str())))
}

fn joined<'a>(parts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut parts = parts.map(|(column, value)| format!("{column}={value}")).collect::<Vec<_>>();
    parts.sort();
    parts.join(",")
}
