//! Names that Redshift and DuckDB place differently, put right before a statement is translated.

use super::identifiers::SYSTEM_SCHEMA;
use crate::scan::{Token, significant};

/// The relations of `information_schema` that show what Redshift's show.
const INFORMATION_SCHEMA: [&str; 3] = ["columns", "tables", "schemata"];
/// The relations that Redshift keeps in `pg_catalog`.
const PG_CATALOG: [&str; 15] = [
    "pg_table_def",
    "pg_user",
    "stl_load_commits",
    "stl_load_errors",
    "stv_db_isolation_level",
    "svv_all_schemas",
    "svv_columns",
    "svv_redshift_columns",
    "svv_redshift_tables",
    "svv_table_info",
    "svv_tables",
    "sys_load_error_detail",
    "sys_load_history",
    "information_schema_columns",
    "information_schema_tables",
];

/// `sql` with system relations named as they are kept here, and without the database in `database.schema.table`.
pub(crate) fn placed(sql: &str, database: &str) -> String {
    let tokens = significant(sql);
    let mut out = String::with_capacity(sql.len());
    let mut from = 0;
    let mut at = 0;
    while at < tokens.len() {
        match replacement(sql, &tokens[at..], database, at > 0 && tokens[at - 1].text(sql) == ".") {
            Some((count, text)) => {
                out.push_str(&sql[from..tokens[at].range.start]);
                out.push_str(&text);
                from = tokens[at + count - 1].range.end;
                at += count;
            }
            None => at += 1,
        }
    }
    out.push_str(&sql[from..]);
    out
}

/// How many tokens are replaced by what.
fn replacement(sql: &str, tokens: &[Token], database: &str, continued: bool) -> Option<(usize, String)> {
    let part = |at: usize| tokens.get(at)?.identifier(sql);
    let dot = |at: usize| tokens.get(at).is_some_and(|token| token.text(sql) == ".");
    let first = part(0).filter(|_| !continued && dot(1))?;
    let second = part(2)?;
    match first.as_str() {
        "information_schema" if INFORMATION_SCHEMA.contains(&second.as_str()) => {
            Some((3, format!("{SYSTEM_SCHEMA}.information_schema_{second}")))
        }
        "pg_catalog" if PG_CATALOG.contains(&second.as_str()) => Some((3, format!("{SYSTEM_SCHEMA}.{second}"))),
        name if name == database && dot(3) && part(4).is_some() => Some((2, String::new())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_relations_and_databases_are_placed() {
        let check = |sql: &str, expected: &str| assert_eq!(placed(sql, "dev"), expected);
        check(
            "select 1 from information_schema.columns c",
            "select 1 from redshift_local_system.information_schema_columns c",
        );
        check("select 1 from PG_CATALOG.stl_load_errors", "select 1 from redshift_local_system.stl_load_errors");
        check("select 'dev.public.t' from dev.public.t", "select 'dev.public.t' from public.t");
        check("select t.dev.public.x, dev.a from t", "select t.dev.public.x, dev.a from t");
    }
}
