//! The columns of files, and whether they fit the catalogue's.

use std::collections::BTreeMap;

use duckdb::Connection;

use crate::catalog::Table;
use crate::engine::{message, text_literal};
use crate::error::Error;
use crate::hive::Physical;

/// A file on this machine, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct LocalFile {
    /// The path.
    pub(crate) path: String,
    /// The object's URL, for messages.
    pub(crate) url: String,
}

/// Which declared columns files have, and as what.
pub(crate) type Layout = BTreeMap<String, Physical>;

/// The files that have the same declared columns in the same types, group by group.
pub(crate) fn groups(
    connection: &Connection,
    table: &Table,
    files: &[LocalFile],
) -> Result<BTreeMap<Layout, Vec<String>>, Error> {
    let mut groups: BTreeMap<Layout, Vec<String>> = BTreeMap::new();
    for file in files {
        let mut layout = columns(connection, file)?;
        layout.retain(|name, _| table.columns.iter().any(|(column, _)| column == name));
        for (name, declared) in &table.columns {
            if let Some(physical) = layout.get(name).filter(|physical| !declared.reads(physical)) {
                return Err(Error::BadData {
                    file: file.url.clone(),
                    column: name.clone(),
                    declared: declared.to_string(),
                    physical: physical.to_string(),
                });
            }
        }
        groups.entry(layout).or_default().push(file.path.clone());
    }
    Ok(groups)
}

/// The top-level columns of a file, by their names in lower case.
fn columns(connection: &Connection, file: &LocalFile) -> Result<Layout, Error> {
    let failed = |error: duckdb::Error| Error::BadFile { file: file.url.clone(), message: message(&error) };
    let sql = format!(
        "select name, coalesce(type, ''), coalesce(converted_type, ''), coalesce(precision, 0), coalesce(scale, 0), \
         coalesce(num_children, 0), coalesce(logical_type, '') from parquet_schema({})",
        text_literal(&file.path)
    );
    let mut prepared = connection.prepare(&sql).map_err(failed)?;
    let mut rows = prepared.query([]).map_err(failed)?;
    let mut layout = Layout::new();
    let mut is_root = true;
    // Elements come before their children; those below a column are passed over.
    let mut below = 0_i64;
    while let Some(row) = rows.next().map_err(failed)? {
        let children: i64 = row.get(5).map_err(failed)?;
        if std::mem::take(&mut is_root) {
            continue;
        }
        if below > 0 {
            below += children - 1;
            continue;
        }
        below = children;
        let name: String = row.get(0).map_err(failed)?;
        let logical: String = row.get(6).map_err(failed)?;
        let physical = Physical {
            primitive: if children > 0 { String::new() } else { row.get(1).map_err(failed)? },
            converted: annotation(row.get(2).map_err(failed)?, &logical),
            precision: row.get(3).map_err(failed)?,
            scale: row.get(4).map_err(failed)?,
            is_group: children > 0,
        };
        layout.insert(name.to_lowercase(), physical);
    }
    Ok(layout)
}

/// The old annotation, or what the new one means where there is no old one (timestamps that are not adjusted to UTC, for example).
fn annotation(converted: String, logical: &str) -> String {
    let of_logical =
        [("TimestampType", "TIMESTAMP"), ("DateType", "DATE"), ("DecimalType", "DECIMAL"), ("StringType", "UTF8")];
    if !converted.is_empty() {
        return converted;
    }
    of_logical.iter().find(|(name, _)| logical.starts_with(name)).map_or_else(String::new, |(_, old)| (*old).to_owned())
}
