//! COPY and the table that it reads into.

use std::collections::HashSet;

use pipeline::{Compression, Csv};
use serde::{Deserialize, Serialize};

use super::Request;
use crate::sql::{identifier, identifiers, literal};

/// The widest VARCHAR: a column that is read and dropped takes any text.
const DROPPED_TYPE: &str = "VARCHAR(65535)";

/// The columns of a file, mapped to the columns of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceColumns {
    /// The fields in file order: COPY maps by position. `None` is a field that is read and dropped.
    Positional(Vec<Option<String>>),
    /// Records carry names: the columns that are read, by their names in the table.
    Named(Vec<String>),
}

/// How the objects that COPY reads are written: only what COPY takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceFormat {
    /// Delimited text in UTF-8.
    Csv {
        /// Delimiter, quote, header and the texts that mean something.
        csv: Csv,
        /// None, gzip, bzip2 or zstd.
        compression: Compression,
    },
    /// JSON objects one after another.
    Json {
        /// `s3://` of a JSONPaths file; without one, keys are matched to columns in any case.
        paths: Option<String>,
        /// None, gzip, bzip2 or zstd.
        compression: Compression,
    },
    /// Apache Parquet, mapped by position.
    Parquet,
}

impl SourceColumns {
    /// The columns of the table that the file carries, in file order.
    pub fn table_columns(&self) -> impl Iterator<Item = &str> {
        let (positional, named) = match self {
            Self::Positional(fields) => (Some(fields.iter().flatten()), None),
            Self::Named(names) => (None, Some(names.iter())),
        };
        positional.into_iter().flatten().chain(named.into_iter().flatten()).map(String::as_str)
    }

    /// Whether the file has a field that the table lacks.
    pub fn has_extra(&self) -> bool {
        matches!(self, Self::Positional(fields) if fields.iter().any(Option::is_none))
    }
}

/// Reads the manifest's objects into `target`, a quoted name.
pub(super) fn statement(request: &Request<'_>, target: &str) -> String {
    let columns = identifiers(column_names(request.columns).iter().map(String::as_str));
    let role = match request.copy_role {
        "default" => "default".to_owned(),
        arn => literal(arn).to_string(),
    };
    format!(
        "COPY {target} ({columns}) FROM {manifest} IAM_ROLE {role} MANIFEST {format}",
        manifest = literal(request.manifest),
        format = format_options(request.format),
    )
}

/// The temporary table with the file's columns in file order, typed like the table's.
pub(super) fn create_staging(request: &Request<'_>, name: &str) -> String {
    let extra = extra_names(request.columns);
    let definitions = column_names(request.columns)
        .iter()
        .map(|column| {
            let name = identifier(column);
            match request.table.column(column) {
                // COPY then names the line that lacks a value; the table itself would only name the column.
                Some(known) if !extra.contains(column) && known.not_null => {
                    format!("{name} {} NOT NULL", known.data_type)
                }
                Some(known) if !extra.contains(column) => format!("{name} {}", known.data_type),
                _ => format!("{name} {DROPPED_TYPE}"),
            }
        })
        .collect::<Vec<_>>()
        .join(", ");
    // A batch's temporary tables live as long as its session, which ends with it; a name left over would be an error.
    format!("CREATE TEMP TABLE {name} ({definitions})")
}

fn extra_names(columns: &SourceColumns) -> HashSet<String> {
    let SourceColumns::Positional(fields) = columns else { return HashSet::new() };
    (0..fields.len()).filter(|i| fields[*i].is_none()).map(dropped_name).collect()
}

/// A name for each field; one that is dropped is named after its position.
fn column_names(columns: &SourceColumns) -> Vec<String> {
    match columns {
        SourceColumns::Positional(fields) => {
            fields.iter().enumerate().map(|(i, name)| name.clone().unwrap_or_else(|| dropped_name(i))).collect()
        }
        SourceColumns::Named(names) => names.clone(),
    }
}

fn dropped_name(position: usize) -> String {
    format!("landfall_dropped_{}", position + 1)
}

fn format_options(format: &SourceFormat) -> String {
    match format {
        SourceFormat::Csv { csv, compression } => csv_options(csv, *compression),
        SourceFormat::Json { paths, compression } => {
            let paths = paths.as_deref().unwrap_or("auto ignorecase");
            join([
                format!("FORMAT AS JSON {}", literal(paths)),
                "TIMEFORMAT 'auto' DATEFORMAT 'auto' COMPUPDATE OFF".to_owned(),
                compression_option(*compression).to_owned(),
            ])
        }
        // Parquet takes none of the options above; its types are its own.
        SourceFormat::Parquet => "FORMAT AS PARQUET".to_owned(),
    }
}

fn csv_options(csv: &Csv, compression: Compression) -> String {
    let null = csv.null.as_deref().filter(|text| !text.is_empty());
    join([
        format!("FORMAT AS CSV DELIMITER {} QUOTE {}", delimiter(csv.delimiter), literal(&csv.quote.to_string())),
        if csv.header { "IGNOREHEADER 1".to_owned() } else { String::new() },
        if csv.empty_as_null { "EMPTYASNULL".to_owned() } else { String::new() },
        null.map_or_else(String::new, |text| format!("NULL AS {}", literal(text))),
        format!("DATEFORMAT {}", literal(csv.date_format.as_deref().unwrap_or("auto"))),
        format!("TIMEFORMAT {}", literal(csv.time_format.as_deref().unwrap_or("auto"))),
        "COMPUPDATE OFF".to_owned(),
        compression_option(compression).to_owned(),
    ])
}

/// A control character is written as its octal number, the form that the guide gives for a tab.
fn delimiter(delimiter: char) -> String {
    if delimiter.is_ascii_control() {
        format!("'\\{:03o}'", delimiter as u32)
    } else {
        literal(&delimiter.to_string()).to_string()
    }
}

/// ZIP never reaches COPY: it is unpacked before.
fn compression_option(compression: Compression) -> &'static str {
    match compression {
        Compression::None | Compression::Zip => "",
        Compression::Gzip => "GZIP",
        Compression::Bzip2 => "BZIP2",
        Compression::Zstd => "ZSTD",
    }
}

fn join(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
