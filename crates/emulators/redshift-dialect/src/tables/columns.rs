//! The columns and constraints between the parentheses of CREATE TABLE.

use super::attributes::{encoding, one_of};
use crate::catalog::Catalog;
use crate::cursor::Cursor;
use crate::error::SqlError;
use crate::query;
use crate::statement::Identity;
use redshift_types::{RedshiftType, TargetColumn};

/// Columns, and beside each what only its DuckDB definition needs.
#[derive(Default)]
pub(super) struct Items {
    pub(super) columns: Vec<TargetColumn>,
    pub(super) extras: Vec<Extras>,
}

/// What a column's DuckDB definition has beside name, type and NOT NULL.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) duckdb_default: Option<String>,
    pub(super) identity: Option<Identity>,
    pub(super) ignores_case: bool,
}

impl Extras {
    /// The translation of a default that was written in Redshift's SQL.
    pub(super) fn with_default(
        default: Option<&str>,
        data_type: RedshiftType,
        catalog: &dyn Catalog,
    ) -> Result<Self, SqlError> {
        let duckdb_default = default.map(|text| query::assigned(text, data_type, catalog)).transpose()?;
        Ok(Self { duckdb_default, ..Self::default() })
    }
}

/// Reads `( column ..., constraint ... )`.
pub(super) fn read_items(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Items, SqlError> {
    cursor.expect(&["("])?;
    let mut items = Items::default();
    let mut primary_key = Vec::new();
    loop {
        if !read_constraint(cursor, &mut primary_key)? {
            let (column, extras) = read_column(cursor, catalog)?;
            if items.columns.iter().any(|other| other.name == column.name) {
                return Err(SqlError::refused(format!("column \"{}\" duplicated", column.name)));
            }
            items.columns.push(column);
            items.extras.push(extras);
        }
        if cursor.eat(&[")"]) {
            break;
        }
        cursor.expect(&[","])?;
    }
    for name in primary_key {
        match items.columns.iter_mut().find(|column| column.name == name) {
            Some(column) => column.not_null = true,
            None => return Err(SqlError::refused(format!("column \"{name}\" named in key does not exist"))),
        }
    }
    Ok(items)
}

/// Reads one column with its attributes.
pub(super) fn read_column(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<(TargetColumn, Extras), SqlError> {
    let name = cursor.identifier()?;
    let data_type = read_type(cursor)?;
    let mut column = TargetColumn { name, data_type, not_null: false, default: None, identity: false };
    let mut extras = Extras::default();
    while !cursor.is_at_end() && !cursor.is(",") && !cursor.is(")") {
        read_attribute(cursor, &mut column, &mut extras)?;
    }
    extras.duckdb_default = Extras::with_default(column.default.as_deref(), data_type, catalog)?.duckdb_default;
    Ok((column, extras))
}

fn read_attribute(cursor: &mut Cursor<'_>, column: &mut TargetColumn, extras: &mut Extras) -> Result<(), SqlError> {
    if cursor.eat(&["default"]) {
        column.default = Some(default_text(cursor)?);
    } else if cursor.eat(&["not", "null"]) {
        column.not_null = true;
    } else if cursor.eat(&["generated", "by", "default", "as", "identity"]) {
        extras.identity = Some(identity(cursor, true)?);
        column.not_null = true;
    } else if cursor.eat(&["identity"]) {
        extras.identity = Some(identity(cursor, false)?);
        column.identity = true;
        column.not_null = true;
    } else if cursor.eat(&["encode"]) {
        encoding(cursor)?;
    } else if cursor.eat(&["collate"]) {
        extras.ignores_case = cursor.eat(&["case_insensitive"]) || cursor.eat(&["ci"]);
        if !extras.ignores_case {
            one_of(cursor, &["case_sensitive", "cs"])?;
        }
    } else if cursor.eat(&["primary", "key"]) {
        column.not_null = true;
    } else if cursor.eat(&["references"]) {
        references(cursor)?;
    } else if cursor.eat(&["constraint"]) {
        cursor.identifier()?;
    } else {
        one_of(cursor, &["null", "distkey", "sortkey", "unique"])?;
    }
    Ok(())
}

/// The default's text: everything up to the next attribute.
fn default_text(cursor: &mut Cursor<'_>) -> Result<String, SqlError> {
    const NEXT: [&str; 12] = [
        "not",
        "generated",
        "identity",
        "encode",
        "collate",
        "primary",
        "references",
        "constraint",
        "distkey",
        "sortkey",
        "unique",
        ",",
    ];
    let start = cursor.position();
    loop {
        if cursor.is("(") {
            cursor.skip_group()?;
        } else if !cursor.is_at_end()
            && !cursor.is(")")
            && (cursor.position() == start || !NEXT.iter().any(|w| cursor.is(w)))
        {
            cursor.advance();
        } else {
            break;
        }
    }
    if cursor.position() == start {
        return Err(cursor.unexpected());
    }
    Ok(cursor.slice(start, cursor.position()).to_string())
}

fn identity(cursor: &mut Cursor<'_>, by_default: bool) -> Result<Identity, SqlError> {
    let (mut seed, mut step) = (1, 1);
    if cursor.eat(&["("]) {
        seed = cursor.integer()?;
        cursor.expect(&[","])?;
        step = cursor.integer()?;
        cursor.expect(&[")"])?;
    }
    Ok(Identity { seed, step, by_default })
}

fn references(cursor: &mut Cursor<'_>) -> Result<(), SqlError> {
    cursor.relation()?;
    if cursor.is("(") {
        cursor.skip_group()?;
    }
    Ok(())
}

/// Passes a table constraint; collects the columns of a primary key, which are NOT NULL.
fn read_constraint(cursor: &mut Cursor<'_>, primary_key: &mut Vec<String>) -> Result<bool, SqlError> {
    let start = cursor.position();
    if cursor.eat(&["constraint"]) {
        cursor.identifier()?;
    }
    if cursor.eat(&["primary", "key"]) {
        cursor.expect(&["("])?;
        loop {
            primary_key.push(cursor.identifier()?);
            if cursor.eat(&[")"]) {
                return Ok(true);
            }
            cursor.expect(&[","])?;
        }
    }
    if cursor.are(&["unique", "("]) {
        cursor.advance();
        cursor.skip_group()?;
        return Ok(true);
    }
    if cursor.eat(&["foreign", "key"]) {
        cursor.skip_group()?;
        cursor.expect(&["references"])?;
        references(cursor)?;
        return Ok(true);
    }
    cursor.seek(start);
    Ok(false)
}

/// Reads a type with its length.
pub(crate) fn read_type(cursor: &mut Cursor<'_>) -> Result<RedshiftType, SqlError> {
    let start = cursor.position();
    let word = cursor.identifier()?;
    match word.as_str() {
        "double" => drop(cursor.eat(&["precision"])),
        "character" | "binary" | "char" => drop(cursor.eat(&["varying"])),
        _ => {}
    }
    if cursor.is("(") {
        cursor.skip_group()?;
    }
    if matches!(word.as_str(), "time" | "timestamp") && !cursor.eat(&["with", "time", "zone"]) {
        cursor.eat(&["without", "time", "zone"]);
    }
    let text = match (word.as_str(), cursor.slice(start, cursor.position())) {
        // a precision of a timestamp is accepted and has no effect
        ("time" | "timestamp", text) if text.contains('(') => {
            let open = text.find('(').unwrap_or(text.len());
            let close = text.find(')').map_or(text.len(), |at| at + 1);
            format!("{}{}", &text[..open], &text[close..])
        }
        (_, text) => text.replace('"', ""),
    };
    RedshiftType::parse(&text).map_err(|e| SqlError::refused(e.to_string()))
}
