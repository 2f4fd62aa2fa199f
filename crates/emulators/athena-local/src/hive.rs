//! Hive's types, as the catalogue writes them: what DuckDB stores, and which types of Parquet they can be read from.

use std::fmt;

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HiveType {
    Boolean,
    /// An integer of so many bits: 8, 16, 32 or 64.
    Integer(u8),
    Float,
    Double,
    Decimal(u8, u8),
    /// `string`, `varchar(n)` or `char(n)`: the lengths are not checked.
    Text,
    Binary,
    Date,
    Timestamp,
    Array(Box<HiveType>),
    Map(Box<HiveType>, Box<HiveType>),
    Struct(Vec<(String, HiveType)>),
}

impl HiveType {
    /// Reads `bigint`, `decimal(10,2)`, `array<struct<a:int,b:string>>` and so on; nothing when the text is no type.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if let Some(inner) = text.strip_prefix("array<").and_then(|rest| rest.strip_suffix('>')) {
            return Some(Self::Array(Box::new(Self::parse(inner)?)));
        }
        if let Some(inner) = text.strip_prefix("map<").and_then(|rest| rest.strip_suffix('>')) {
            let [key, value] = split(inner)[..] else { return None };
            return Some(Self::Map(Box::new(Self::parse(key)?), Box::new(Self::parse(value)?)));
        }
        if let Some(inner) = text.strip_prefix("struct<").and_then(|rest| rest.strip_suffix('>')) {
            let field = |field: &str| {
                let (name, data_type) = field.split_once(':')?;
                Some((name.trim().to_owned(), Self::parse(data_type)?))
            };
            return split(inner).into_iter().map(field).collect::<Option<Vec<_>>>().map(Self::Struct);
        }
        let (name, arguments) = text.split_once('(').unwrap_or((&text, ""));
        let numbers: Vec<u8> =
            arguments.trim_end_matches(')').split(',').filter_map(|number| number.trim().parse().ok()).collect();
        Some(match name.trim() {
            "boolean" => Self::Boolean,
            "tinyint" => Self::Integer(8),
            "smallint" => Self::Integer(16),
            "int" | "integer" => Self::Integer(32),
            "bigint" | "long" => Self::Integer(64),
            "float" | "real" => Self::Float,
            "double" => Self::Double,
            "decimal" => Self::Decimal(numbers.first().copied().unwrap_or(10), numbers.get(1).copied().unwrap_or(0)),
            "string" | "varchar" | "char" => Self::Text,
            "binary" => Self::Binary,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            _ => return None,
        })
    }

    /// DuckDB's type.
    pub(crate) fn duckdb(&self) -> String {
        match self {
            Self::Boolean => "BOOLEAN".to_owned(),
            Self::Integer(8) => "TINYINT".to_owned(),
            Self::Integer(16) => "SMALLINT".to_owned(),
            Self::Integer(32) => "INTEGER".to_owned(),
            Self::Integer(_) => "BIGINT".to_owned(),
            Self::Float => "FLOAT".to_owned(),
            Self::Double => "DOUBLE".to_owned(),
            Self::Decimal(precision, scale) => format!("DECIMAL({precision},{scale})"),
            Self::Text => "VARCHAR".to_owned(),
            Self::Binary => "BLOB".to_owned(),
            Self::Date => "DATE".to_owned(),
            Self::Timestamp => "TIMESTAMP".to_owned(),
            Self::Array(item) => format!("{}[]", item.duckdb()),
            Self::Map(key, value) => format!("MAP({}, {})", key.duckdb(), value.duckdb()),
            Self::Struct(fields) => {
                let field =
                    |(name, kind): &(String, Self)| format!("\"{}\" {}", name.replace('"', "\"\""), kind.duckdb());
                format!("STRUCT({})", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Whether a column of a file can be read as this type: it is of the type, or narrower. Athena's rules for Parquet by name.
    pub(crate) fn reads(&self, physical: &Physical) -> bool {
        let integer = |most: u8| physical.integer_bits().is_some_and(|bits| bits <= most);
        match self {
            Self::Boolean => physical.primitive == "BOOLEAN",
            Self::Integer(bits) => integer(*bits),
            Self::Float => physical.primitive == "FLOAT",
            Self::Double => matches!(physical.primitive.as_str(), "FLOAT" | "DOUBLE"),
            Self::Decimal(precision, scale) => {
                physical.converted == "DECIMAL" && physical.scale == *scale && physical.precision <= *precision
            }
            Self::Text => {
                physical.primitive == "BYTE_ARRAY" && !matches!(physical.converted.as_str(), "DECIMAL" | "BSON")
            }
            Self::Binary => {
                matches!(physical.primitive.as_str(), "BYTE_ARRAY" | "FIXED_LEN_BYTE_ARRAY")
                    && physical.converted != "DECIMAL"
            }
            Self::Date => physical.primitive == "INT32" && physical.converted == "DATE",
            Self::Timestamp => {
                physical.primitive == "INT96"
                    || (physical.primitive == "INT64" && physical.converted.starts_with("TIMESTAMP"))
            }
            Self::Array(_) | Self::Map(..) | Self::Struct(_) => physical.is_group,
        }
    }
}

/// As the catalogue writes it.
impl fmt::Display for HiveType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::Integer(8) => f.write_str("tinyint"),
            Self::Integer(16) => f.write_str("smallint"),
            Self::Integer(32) => f.write_str("int"),
            Self::Integer(_) => f.write_str("bigint"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Self::Text => f.write_str("string"),
            Self::Binary => f.write_str("binary"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Array(item) => write!(f, "array<{item}>"),
            Self::Map(key, value) => write!(f, "map<{key},{value}>"),
            Self::Struct(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, kind)| format!("{name}:{kind}")).collect();
                write!(f, "struct<{}>", fields.join(","))
            }
        }
    }
}

/// A column of a file: Parquet's primitive type and its annotation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Physical {
    /// `INT32`, `BYTE_ARRAY`, ...; empty for a group.
    pub(crate) primitive: String,
    /// `UTF8`, `DATE`, `DECIMAL`, `TIMESTAMP_MICROS`, ...; empty without one.
    pub(crate) converted: String,
    pub(crate) precision: u8,
    pub(crate) scale: u8,
    pub(crate) is_group: bool,
}

impl Physical {
    /// The bits of a signed integer; nothing for other types. The next wider type holds an unsigned one.
    fn integer_bits(&self) -> Option<u8> {
        Some(match (self.primitive.as_str(), self.converted.as_str()) {
            ("INT32", "INT_8") => 8,
            ("INT32", "INT_16" | "UINT_8") => 16,
            ("INT32", "" | "INT_32" | "UINT_16") => 32,
            ("INT32", "UINT_32") | ("INT64", "" | "INT_64") => 64,
            _ => return None,
        })
    }
}

impl fmt::Display for Physical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_group, self.converted.as_str()) {
            (true, "") => f.write_str("a group"),
            (true, kind) => write!(f, "a {kind} group"),
            (false, "") => f.write_str(&self.primitive),
            (false, "DECIMAL") => write!(f, "{} (DECIMAL({},{}))", self.primitive, self.precision, self.scale),
            (false, kind) => write!(f, "{} ({kind})", self.primitive),
        }
    }
}

/// Splits at commas that are in no brackets.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, character) in text.char_indices() {
        match character {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_and_written() {
        for (hive, duckdb) in [
            ("bigint", "BIGINT"),
            ("DECIMAL(10, 2)", "DECIMAL(10,2)"),
            ("varchar(20)", "VARCHAR"),
            ("array<map<string,decimal(4,1)>>", "MAP(VARCHAR, DECIMAL(4,1))[]"),
            ("struct<a:int,b:array<string>>", "STRUCT(\"a\" INTEGER, \"b\" VARCHAR[])"),
        ] {
            assert_eq!(HiveType::parse(hive).unwrap().duckdb(), duckdb);
        }
        assert_eq!(
            HiveType::parse("struct<a:int,b:map<string,date>>").unwrap().to_string(),
            "struct<a:int,b:map<string,date>>"
        );
        assert_eq!(HiveType::parse("uniontype<int>"), None);
        assert_eq!(HiveType::parse("text"), None);
    }

    #[test]
    fn narrower_columns_are_read_and_others_are_not() {
        let column = |primitive: &str, converted: &str| Physical {
            primitive: primitive.to_owned(),
            converted: converted.to_owned(),
            ..Physical::default()
        };
        for (hive, primitive, converted, reads) in [
            ("bigint", "INT32", "", true),
            ("bigint", "INT64", "INT_64", true),
            ("int", "INT64", "", false),
            ("bigint", "DOUBLE", "", false),
            ("bigint", "INT64", "TIMESTAMP_MICROS", false),
            ("double", "FLOAT", "", true),
            ("float", "DOUBLE", "", false),
            ("string", "BYTE_ARRAY", "UTF8", true),
            ("string", "INT64", "", false),
            ("timestamp", "INT64", "TIMESTAMP_MICROS", true),
            ("timestamp", "INT64", "", false),
            ("timestamp", "INT96", "", true),
            ("date", "INT32", "DATE", true),
            ("date", "INT32", "", false),
        ] {
            assert_eq!(
                HiveType::parse(hive).unwrap().reads(&column(primitive, converted)),
                reads,
                "{hive} {primitive} {converted}"
            );
        }
    }
}
