//! The declared lengths of CHAR and VARCHAR, which DuckDB does not know.

use duckdb::Connection;

use super::catalog::Table;
use super::errors::{Context, Failure, translate};
use super::identifiers::{DATABASE, identifier};
use redshift_types::RedshiftType;

/// DuckDB numbers the rows that a transaction inserted, and has not committed, from here.
const FIRST_LOCAL_ROW: i64 = 36_028_797_018_960_000;

/// Looks at what a statement wrote: a text longer than its column is an error, unless the excess is blanks, which are cut off.
///
/// With `inserted_only`, rows from before the transaction are not looked at.
pub(crate) fn lengths(
    connection: &Connection,
    table: &Table,
    inserted_only: bool,
    context: Context<'_>,
) -> Result<(), Failure> {
    let failed = |error| translate(&error, context);
    let limits: Vec<(&str, RedshiftType)> = table
        .columns
        .iter()
        .filter(|column| column.data_type.is_text())
        .map(|column| (column.name.as_str(), column.data_type))
        .collect();
    if limits.is_empty() {
        return Ok(());
    }
    let relation = qualified(table);
    let rows = if inserted_only { format!(" where rowid >= {FIRST_LOCAL_ROW}") } else { String::new() };
    let measures: Vec<String> = limits.iter().map(|(name, data_type)| measure(name, *data_type)).collect();
    let sql = format!("select [{}] from {relation}{rows}", measures.join(", "));
    let verdicts: Vec<i32> = connection
        .query_row(&sql, [], |row| match row.get(0)? {
            duckdb::types::Value::List(values) => Ok(values.iter().map(verdict).collect()),
            _ => Ok(Vec::new()),
        })
        .map_err(failed)?;
    for ((name, data_type), found) in limits.iter().zip(verdicts) {
        let bytes = data_type.length().unwrap_or_default();
        match found {
            0 => {}
            1 => {
                let column = identifier(name);
                let cut = format!(
                    "update {relation} set {column} = rpad(rtrim({column}, ' '), {bytes}, ' ') where strlen({column}) > {bytes}"
                );
                connection.execute_batch(&cut).map_err(failed)?;
            }
            2 => return Err(Failure::error(format!("value too long for type {data_type}"))),
            _ => return Err(Failure::error("CHAR string contains invalid ASCII character")),
        }
    }
    Ok(())
}

/// The table's name as DuckDB finds it.
pub(crate) fn qualified(table: &Table) -> String {
    if table.temporary {
        format!("temp.main.{}", identifier(&table.name))
    } else {
        format!("{DATABASE}.{}.{}", identifier(&table.schema), identifier(&table.name))
    }
}

/// 0 when all fits, 1 when only blanks are too many, 2 when a text is too long, 3 when a CHAR holds more than ASCII.
fn measure(name: &str, data_type: RedshiftType) -> String {
    let (column, bytes) = (identifier(name), data_type.length().unwrap_or_default());
    let ascii = match data_type {
        RedshiftType::Char(_) => format!("when bool_or(strlen({column}) <> length({column})) then 3 "),
        _ => String::new(),
    };
    format!(
        "case when max(strlen(rtrim({column}, ' '))) > {bytes} then 2 {ascii}when max(strlen({column})) > {bytes} then 1 else 0 end"
    )
}

fn verdict(value: &duckdb::types::Value) -> i32 {
    match value {
        duckdb::types::Value::Int(verdict) => *verdict,
        _ => 0,
    }
}
