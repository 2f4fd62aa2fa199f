//! One dataset: its settings against its table, its key and its format.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::document::{child, item};
use crate::key::KeyPattern;
use crate::model::{
    Compression, Csv, Dataset, DatasetName, ExtraColumns, Format, FormatKind, LoadMode, SlicePart, TableRef,
};
use crate::problem::nearest;
use crate::scope::Scope;
use crate::settings::{CompressionSetting, DatasetSettings, ExtraColumnsSetting, FormatSettings, FormatType, Mode};

/// A StatementName holds the name, and stays far below its limit.
const DATASET_NAME_BYTES_MAX: usize = 60;

/// The keys of a format that only CSV has.
const CSV_KEYS: [&str; 8] =
    ["delimiter", "quote", "header", "null", "empty_as_null", "encoding", "date_format", "time_format"];

/// The dataset, or `None` when something that it cannot be without is wrong; problems are reported in any case.
pub(crate) fn build(
    scope: &mut Scope<'_, '_>,
    pipeline: &str,
    name: &str,
    settings: &DatasetSettings,
) -> Option<Dataset> {
    let name = dataset_name(scope, name);
    let table = settings.table.as_deref().and_then(|table| target(scope, table));
    let key = settings.key.as_deref().and_then(|key| pattern(scope, key));
    let format = settings.format.as_ref().and_then(|settings| format(scope, settings));
    let mode = mode(scope, settings, key.as_ref());
    let rename = rename(scope, settings);
    let absent = absent(scope, settings, &rename);
    let freshness = settings.freshness.as_deref().and_then(|text| freshness(scope, text));
    let checks = crate::checks::build(scope, settings);
    Some(Dataset {
        name: name?,
        pipeline: pipeline.to_owned(),
        description: settings.description.clone()?,
        key: key?,
        format: format?,
        table: table?,
        mode,
        rename,
        absent,
        extra_columns: match settings.extra_columns {
            ExtraColumnsSetting::Refuse => ExtraColumns::Refuse,
            ExtraColumnsSetting::Ignore => ExtraColumns::Ignore,
        },
        checks,
        freshness,
    })
}

fn dataset_name(scope: &mut Scope<'_, '_>, name: &str) -> Option<DatasetName> {
    let path = scope.path.clone();
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        let help = "a dataset's name is made of a-z, 0-9 and _, and begins with a letter".to_owned();
        scope.problem(&path, format!("\"{name}\" cannot be a dataset's name"), Some(help));
        return None;
    }
    if name.len() > DATASET_NAME_BYTES_MAX {
        scope.problem(
            &path,
            format!("the name has {} bytes, and at most {DATASET_NAME_BYTES_MAX} fit", name.len()),
            None,
        );
        return None;
    }
    Some(DatasetName(name.to_owned()))
}

fn target(scope: &mut Scope<'_, '_>, text: &str) -> Option<TableRef> {
    let path = scope.path("table");
    let name = scope.table_ref(&path, text)?;
    if name.schema == "landfall" {
        scope.problem(
            &path,
            "the schema \"landfall\" is reserved",
            Some("name a schema of the pipeline's own".to_owned()),
        );
        return None;
    }
    let catalog = scope.catalog;
    if scope.existing(&path, &name).is_some() {
        scope.table = catalog.tables.get(&name);
    }
    Some(name)
}

fn pattern(scope: &mut Scope<'_, '_>, text: &str) -> Option<KeyPattern> {
    KeyPattern::parse(text).map_err(|error| scope.problem(&scope.path("key"), error.to_string(), None)).ok()
}

fn mode(scope: &mut Scope<'_, '_>, settings: &DatasetSettings, key: Option<&KeyPattern>) -> LoadMode {
    let slice = slice(scope, settings, key);
    let merge_path = scope.path("merge_key");
    let mut merge_key = Vec::new();
    for (index, name) in settings.merge_key.iter().enumerate() {
        let column = scope.column(&item(&merge_path, index), name);
        if merge_key.contains(&column) {
            scope.problem(&item(&merge_path, index), format!("the column \"{column}\" occurs twice"), None);
        }
        merge_key.push(column);
    }
    if settings.mode != Mode::Merge && scope.document.has(&merge_path) {
        scope.problem(
            &merge_path,
            "only mode = \"merge\" has a merge key",
            Some("delete it, or set mode = \"merge\"".to_owned()),
        );
    }
    if settings.mode == Mode::Merge && merge_key.is_empty() {
        let help = "write merge_key = [\"...\"], the columns that identify a row".to_owned();
        scope.problem(&scope.path("mode"), "mode = \"merge\" needs a merge key", Some(help));
    }
    match settings.mode {
        Mode::Replace => LoadMode::Replace { slice },
        Mode::Append => LoadMode::Append,
        Mode::Merge => LoadMode::Merge { key: merge_key },
        Mode::Truncate => LoadMode::Truncate,
    }
}

fn slice(scope: &mut Scope<'_, '_>, settings: &DatasetSettings, key: Option<&KeyPattern>) -> Vec<SlicePart> {
    let path = scope.path("slice");
    if settings.mode != Mode::Replace && scope.document.has(&path) {
        scope.problem(
            &path,
            "only mode = \"replace\" has a slice",
            Some("delete it, or set mode = \"replace\"".to_owned()),
        );
    }
    let mut parts = Vec::new();
    for (column, value) in &settings.slice {
        let path = child(&path, column);
        let column = scope.column(&path, column);
        let Some(capture) = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            let help = format!("write \"{{{column}}}\", with that name as a capture in the key");
            scope.problem(&path, format!("\"{value}\" is no capture"), Some(help));
            continue;
        };
        if let Some(key) = key {
            if !key.capture_names().any(|name| name == capture) {
                let help =
                    nearest(capture, key.capture_names()).or_else(|| Some(format!("write {{{capture}}} into the key")));
                scope.problem(&path, format!("the key \"{key}\" has no capture {{{capture}}}"), help);
            } else if key.is_optional(capture) {
                let message = format!("the capture {{{capture}?}} can be empty, and a slice needs a value");
                scope.problem(&path, message, Some(format!("write {{{capture}}} into the key")));
            }
        }
        if parts.iter().any(|part: &SlicePart| part.column == column) {
            scope.problem(&path, format!("the column \"{column}\" occurs twice"), None);
        }
        parts.push(SlicePart { column, capture: capture.to_owned() });
    }
    parts
}

fn rename(scope: &mut Scope<'_, '_>, settings: &DatasetSettings) -> BTreeMap<String, String> {
    let path = scope.path("rename");
    let mut rename: BTreeMap<String, String> = BTreeMap::new();
    for (source, column) in &settings.rename {
        let path = child(&path, source);
        let column = scope.column(&path, column);
        if let Some((other, _)) = rename.iter().find(|(_, taken)| **taken == column) {
            scope.problem(&path, format!("\"{other}\" is the column \"{column}\" already"), None);
        }
        rename.insert(source.clone(), column);
    }
    rename
}

fn absent(scope: &mut Scope<'_, '_>, settings: &DatasetSettings, rename: &BTreeMap<String, String>) -> Vec<String> {
    let path = scope.path("absent_columns");
    let mut absent = Vec::new();
    for (index, name) in settings.absent_columns.iter().enumerate() {
        let path = item(&path, index);
        let name = scope.column(&path, name);
        if absent.contains(&name) {
            scope.problem(&path, format!("the column \"{name}\" occurs twice"), None);
        }
        if rename.values().any(|column| *column == name) {
            scope.problem(&path, format!("the column \"{name}\" is in the file: \"rename\" names it"), None);
        }
        let column = scope.table.and_then(|table| table.column(&name));
        if column.is_some_and(|column| column.not_null && column.default.is_none() && !column.identity) {
            let help = "give it a DEFAULT in its DDL, or allow NULL".to_owned();
            scope.problem(
                &path,
                format!("the column \"{name}\" is NOT NULL without a DEFAULT, so a file must carry it"),
                Some(help),
            );
        }
        absent.push(name);
    }
    absent
}

fn freshness(scope: &mut Scope<'_, '_>, text: &str) -> Option<Duration> {
    let unit = |c: char| match c {
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86_400),
        'w' => Some(604_800),
        _ => None,
    };
    let seconds = text.char_indices().last().and_then(|(at, last)| {
        let number: u64 = text[..at].parse().ok().filter(|number| *number > 0)?;
        number.checked_mul(unit(last)?)
    });
    if seconds.is_none() {
        let help = "write a whole number with m, h, d or w, such as \"6h\"".to_owned();
        scope.problem(&scope.path("freshness"), format!("\"{text}\" is no span of time"), Some(help));
    }
    seconds.map(Duration::from_secs)
}

fn format(scope: &mut Scope<'_, '_>, settings: &FormatSettings) -> Option<Format> {
    let path = scope.path("format");
    let kind = settings.kind?;
    if kind != FormatType::Csv {
        for key in CSV_KEYS {
            if scope.document.has(&child(&path, key)) {
                scope.problem(
                    &child(&path, key),
                    format!("only type = \"csv\" has \"{key}\""),
                    Some("delete it".to_owned()),
                );
            }
        }
    }
    if kind == FormatType::Parquet && settings.compression != CompressionSetting::None {
        let help = "write \"none\": Parquet compresses inside, and the file is read as it is".to_owned();
        scope.problem(&child(&path, "compression"), "a Parquet file is not compressed as a whole", Some(help));
    }
    let kind = match kind {
        FormatType::Csv => FormatKind::Csv(csv(scope, &path, settings)),
        FormatType::JsonLines => FormatKind::JsonLines,
        FormatType::JsonArray => FormatKind::JsonArray,
        FormatType::Parquet => FormatKind::Parquet,
    };
    let compression = match settings.compression {
        CompressionSetting::None => Compression::None,
        CompressionSetting::Gzip => Compression::Gzip,
        CompressionSetting::Bzip2 => Compression::Bzip2,
        CompressionSetting::Zstd => Compression::Zstd,
        CompressionSetting::Zip => Compression::Zip,
    };
    Some(Format { kind, compression })
}

fn csv(scope: &mut Scope<'_, '_>, path: &str, settings: &FormatSettings) -> Csv {
    let delimiter = character(scope, &child(path, "delimiter"), &settings.delimiter);
    let quote = character(scope, &child(path, "quote"), &settings.quote);
    if delimiter == quote && delimiter.is_some() {
        let message = format!("delimiter and quote are the same character {:?}", settings.quote);
        scope.problem(&child(path, "quote"), message, Some("give each its own".to_owned()));
    }
    if !settings.header {
        let rename = scope.path("rename");
        if scope.document.has(&rename) {
            let help = "delete it: the columns come in the table's order".to_owned();
            scope.problem(&rename, "a file without a header has no names", Some(help));
        }
    }
    Csv {
        delimiter: delimiter.unwrap_or(','),
        quote: quote.unwrap_or('"'),
        header: settings.header,
        null: settings.null.clone(),
        empty_as_null: settings.empty_as_null,
        encoding: encoding(scope, &child(path, "encoding"), &settings.encoding),
        date_format: settings.date_format.clone(),
        time_format: settings.time_format.clone(),
    }
}

fn character(scope: &mut Scope<'_, '_>, path: &str, text: &str) -> Option<char> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if c.is_ascii() && c != '\n' && c != '\r' && c != '\0' => Some(c),
        _ => {
            let help = "write one ASCII character, such as \",\" or \"\\t\"".to_owned();
            scope.problem(path, format!("{text:?} cannot be used"), Some(help));
            None
        }
    }
}

fn encoding(scope: &mut Scope<'_, '_>, path: &str, label: &str) -> String {
    const USUAL: [&str; 12] = [
        "utf-8",
        "utf-16le",
        "utf-16be",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-15",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "shift_jis",
        "gb18030",
        "latin1",
    ];
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).filter(|e| *e != encoding_rs::REPLACEMENT);
    match encoding {
        Some(encoding) => encoding.name().to_lowercase(),
        None => {
            scope.problem(path, format!("\"{label}\" is no encoding"), nearest(label, USUAL));
            "utf-8".to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
