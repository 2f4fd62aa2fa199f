//! Values of columns as text, by type: Redshift casts neither BOOLEAN nor VARBYTE nor SUPER to VARCHAR.

use pipeline::Table;

/// What a type's values are, as far as their text is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Boolean,
    Integer,
    Date,
    Bytes,
    /// JSON-like values, which `JSON_SERIALIZE` writes.
    Super,
    /// GEOMETRY, GEOGRAPHY, HLLSKETCH: no text of theirs helps a person.
    Opaque,
    Other,
}

fn kind(data_type: &str) -> Kind {
    let base = data_type.split('(').next().unwrap_or_default().trim().to_lowercase();
    match base.as_str() {
        "varchar" | "nvarchar" | "character varying" | "text" | "char" | "nchar" | "character" | "bpchar" => Kind::Text,
        "bool" | "boolean" => Kind::Boolean,
        "smallint" | "int2" | "integer" | "int" | "int4" | "bigint" | "int8" => Kind::Integer,
        "date" => Kind::Date,
        "varbyte" | "varbinary" | "binary varying" => Kind::Bytes,
        "super" => Kind::Super,
        "geometry" | "geography" | "hllsketch" => Kind::Opaque,
        _ => Kind::Other,
    }
}

fn kind_of(table: &Table, column: &str) -> Kind {
    table.column(column).map_or(Kind::Text, |column| kind(&column.data_type))
}

/// The expression that writes a column's value as text; `value` is how the column is named in the query.
///
/// Source: Redshift developer guide, "Type compatibility and conversion", "JSON_SERIALIZE", "FROM_VARBYTE".
pub(super) fn text_of(table: &Table, column: &str, value: &str) -> String {
    match kind_of(table, column) {
        Kind::Text => value.to_owned(),
        Kind::Boolean => format!("CASE WHEN {value} THEN 'true' WHEN NOT {value} THEN 'false' END"),
        Kind::Bytes => format!("FROM_VARBYTE({value}, 'hex')"),
        Kind::Super => format!("JSON_SERIALIZE({value})"),
        Kind::Opaque => "CAST(NULL AS VARCHAR)".to_owned(),
        Kind::Integer | Kind::Date | Kind::Other => format!("CAST({value} AS VARCHAR)"),
    }
}

/// A value that a person wrote in `pipeline.toml`, as [`text_of`] writes it: for comparisons of texts.
pub(super) fn written(table: &Table, column: &str, value: &str) -> String {
    match kind_of(table, column) {
        Kind::Boolean => boolean(value).unwrap_or(value).to_owned(),
        Kind::Bytes => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

/// A capture of a key as the value that it means, so that `2016-4` and `2016-04` are one slice; a text that is no value of the type stays
/// as it is, and the check of the slice refuses it.
pub(super) fn canonical(table: &Table, column: &str, captured: &str) -> String {
    match kind_of(table, column) {
        Kind::Integer => captured.parse::<i64>().map_or_else(|_| captured.to_owned(), |number| number.to_string()),
        Kind::Date => date(captured).unwrap_or_else(|| captured.to_owned()),
        Kind::Boolean => boolean(captured).unwrap_or(captured).to_owned(),
        _ => captured.to_owned(),
    }
}

/// Redshift developer guide, "Boolean type": the texts that are a truth value.
fn boolean(text: &str) -> Option<&'static str> {
    match text.trim().to_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" => Some("true"),
        "f" | "false" | "n" | "no" | "0" => Some("false"),
        _ => None,
    }
}

/// `2016-4-1`, `2016-04-01` and `20160401` as `2016-04-01`.
fn date(text: &str) -> Option<String> {
    let format = if text.contains('-') { "%Y-%m-%d" } else { "%Y%m%d" };
    chrono::NaiveDate::parse_from_str(text, format).ok().map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::{column, table};

    #[test]
    fn texts_of_each_type() {
        let cases = [
            ("varchar(20)", "x"),
            ("boolean", "CASE WHEN x THEN 'true' WHEN NOT x THEN 'false' END"),
            ("varbyte(16)", "FROM_VARBYTE(x, 'hex')"),
            ("super", "JSON_SERIALIZE(x)"),
            ("geometry", "CAST(NULL AS VARCHAR)"),
            ("decimal(9,2)", "CAST(x AS VARCHAR)"),
        ];
        for (data_type, expected) in cases {
            let table = Table { columns: vec![column("x", data_type)], ..table() };
            assert_eq!(text_of(&table, "x", "x"), expected, "{data_type}");
        }
    }

    #[test]
    fn one_value_has_one_text() {
        let cases = [
            ("smallint", "04", "4"),
            ("bigint", "-007", "-7"),
            ("integer", "99999999999999999999", "99999999999999999999"),
            ("date", "2016-4-1", "2016-04-01"),
            ("date", "20160401", "2016-04-01"),
            ("date", "April", "April"),
            ("boolean", "Yes", "true"),
            ("varchar(4)", "04", "04"),
        ];
        for (data_type, captured, expected) in cases {
            let table = Table { columns: vec![column("x", data_type)], ..table() };
            assert_eq!(canonical(&table, "x", captured), expected, "{data_type} {captured}");
        }
    }
}
