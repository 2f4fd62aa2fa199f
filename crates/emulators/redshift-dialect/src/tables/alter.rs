//! ALTER TABLE.

use super::attributes::{encoding, one_of};
use super::columns::{read_column, read_type};
use crate::catalog::Catalog;
use crate::cursor::Cursor;
use crate::error::SqlError;
use crate::names::{quoted, quoted_relation};
use crate::statement::{AlterAppend, Relation, Statement, StatementKind};

/// `ALTER TABLE ...`, from its first word.
pub(crate) fn alter(cursor: &mut Cursor<'_>, catalog: &dyn Catalog) -> Result<Statement, SqlError> {
    cursor.expect(&["alter"])?;
    if !cursor.eat(&["table"]) {
        return Err(SqlError::unsupported(format!("ALTER {}", cursor.raw(1).to_uppercase())));
    }
    let table = cursor.relation()?;
    let name = quoted_relation(&table);
    let (kind, sql) = if cursor.eat(&["append", "from"]) {
        return append(cursor, table);
    } else if cursor.eat(&["rename", "to"]) {
        let to = cursor.identifier()?;
        let sql = format!("ALTER TABLE {name} RENAME TO {}", quoted(&to));
        (StatementKind::AlterRename { to }, Some(sql))
    } else if cursor.eat(&["rename"]) {
        cursor.eat(&["column"]);
        let from = cursor.identifier()?;
        cursor.expect(&["to"])?;
        let to = cursor.identifier()?;
        let sql = format!("ALTER TABLE {name} RENAME COLUMN {} TO {}", quoted(&from), quoted(&to));
        (StatementKind::AlterRenameColumn { from, to }, Some(sql))
    } else if cursor.eat(&["add"]) {
        add(cursor, &name, catalog)?
    } else if cursor.eat(&["drop"]) {
        drop_part(cursor, &name)?
    } else if cursor.eat(&["alter"]) {
        alter_part(cursor, &name)?
    } else if cursor.eat(&["owner", "to"]) {
        cursor.identifier()?;
        (StatementKind::AlterStorage, None)
    } else {
        return Err(cursor.unexpected());
    };
    cursor.expect_end()?;
    Ok(Statement { kind, sql: sql.into_iter().collect(), reads: Vec::new(), writes: vec![table] })
}

type Part = (StatementKind, Option<String>);

fn add(cursor: &mut Cursor<'_>, table: &str, catalog: &dyn Catalog) -> Result<Part, SqlError> {
    let key = cursor.are(&["primary", "key"])
        || cursor.are(&["foreign", "key"])
        || cursor.are(&["unique", "("])
        || cursor.is("constraint");
    if key {
        while !cursor.is_at_end() {
            cursor.advance();
        }
        return Ok((StatementKind::AlterStorage, None));
    }
    cursor.eat(&["column"]);
    let (column, extras) = read_column(cursor, catalog)?;
    if column.identity || extras.identity.is_some() {
        return Err(SqlError::refused("ALTER TABLE ADD COLUMN cannot add an IDENTITY column"));
    }
    if column.not_null && extras.duckdb_default.is_none() {
        return Err(SqlError::refused(
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
        ));
    }
    let mut sql = format!("ALTER TABLE {table} ADD COLUMN {} {}", quoted(&column.name), column.data_type.duckdb_type());
    if let Some(default) = &extras.duckdb_default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    Ok((StatementKind::AlterAddColumn(column), Some(sql)))
}

fn drop_part(cursor: &mut Cursor<'_>, table: &str) -> Result<Part, SqlError> {
    if cursor.eat(&["constraint"]) {
        cursor.identifier()?;
        if !cursor.eat(&["restrict"]) {
            cursor.eat(&["cascade"]);
        }
        return Ok((StatementKind::AlterStorage, None));
    }
    cursor.eat(&["column"]);
    let column = cursor.identifier()?;
    if !cursor.eat(&["restrict"]) {
        cursor.eat(&["cascade"]);
    }
    let sql = format!("ALTER TABLE {table} DROP COLUMN {}", quoted(&column));
    Ok((StatementKind::AlterDropColumn { column }, Some(sql)))
}

fn alter_part(cursor: &mut Cursor<'_>, table: &str) -> Result<Part, SqlError> {
    if cursor.eat(&["diststyle"]) {
        one_of(cursor, &["all", "even", "key", "auto"])?;
        if cursor.eat(&["distkey"]) {
            cursor.identifier()?;
        }
    } else if cursor.eat(&["distkey"]) {
        cursor.identifier()?;
    } else if cursor.eat(&["compound", "sortkey"]) || cursor.eat(&["sortkey"]) {
        if !cursor.eat(&["auto"]) && !cursor.eat(&["none"]) {
            cursor.skip_group()?;
        }
    } else if cursor.eat(&["encode"]) {
        encoding(cursor)?;
    } else {
        cursor.eat(&["column"]);
        let column = cursor.identifier()?;
        if cursor.eat(&["encode"]) {
            encoding(cursor)?;
            return Ok((StatementKind::AlterStorage, None));
        }
        cursor.expect(&["type"])?;
        let data_type = read_type(cursor)?;
        if !matches!(data_type, redshift_types::RedshiftType::Varchar(_)) {
            return Err(SqlError::refused("ALTER COLUMN TYPE can only change the size of a VARCHAR column"));
        }
        let sql =
            format!("ALTER TABLE {table} ALTER COLUMN {} SET DATA TYPE {}", quoted(&column), data_type.duckdb_type());
        return Ok((StatementKind::AlterColumnType { column, data_type }, Some(sql)));
    }
    Ok((StatementKind::AlterStorage, None))
}

fn append(cursor: &mut Cursor<'_>, target: Relation) -> Result<Statement, SqlError> {
    let source = cursor.relation()?;
    let (mut ignore_extra, mut fill_target) = (false, false);
    while !cursor.is_at_end() {
        if cursor.eat(&["ignoreextra"]) {
            ignore_extra = true;
        } else if cursor.eat(&["filltarget"]) {
            fill_target = true;
        } else {
            return Err(cursor.unexpected());
        }
    }
    if ignore_extra && fill_target {
        return Err(SqlError::refused("IGNOREEXTRA and FILLTARGET cannot be used in the same ALTER TABLE APPEND"));
    }
    let writes = vec![target.clone(), source.clone()];
    let kind = StatementKind::AlterAppend(AlterAppend { target, source, ignore_extra, fill_target });
    Ok(Statement { kind, sql: Vec::new(), reads: Vec::new(), writes })
}
