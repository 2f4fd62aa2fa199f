//! DuckDB's error messages in Redshift's words.

use std::fmt::Write as _;

/// Why a statement did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The message that DescribeStatement shows.
    Error(String),
    /// It was cancelled.
    Cancelled,
}

impl Failure {
    /// A failure with Redshift's prefix.
    pub(crate) fn error(message: impl AsRef<str>) -> Self {
        let message = message.as_ref();
        Self::Error(if message.starts_with("ERROR:") { message.to_owned() } else { format!("ERROR: {message}") })
    }
}

/// What a message is about, for the parts that DuckDB leaves out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The relations that the statement names, as it names them.
    pub(crate) relations: &'a [String],
    /// The statement's number.
    pub(crate) query_id: i64,
}

/// The message of a serializable isolation violation.
pub(crate) fn conflict(transaction: u64, query_id: i64) -> String {
    format!(
        "ERROR: 1023 DETAIL: Serializable isolation violation on table - {query_id}, transactions forming the cycle are: \
         {transaction}, {} (pid:{query_id})",
        transaction + 1
    )
}

/// DuckDB's error as a failure.
pub(crate) fn translate(error: &duckdb::Error, context: Context<'_>) -> Failure {
    let message = match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    if message.starts_with("INTERRUPT Error") {
        return Failure::Cancelled;
    }
    Failure::error(redshift_message(&message, context))
}

/// DuckDB's message in Redshift's words; one that has none keeps its first paragraph.
fn redshift_message(message: &str, context: Context<'_>) -> String {
    let (class, text) = message.split_once(" Error: ").unwrap_or(("", message));
    let text = text.rfind("\n\nLINE ").map_or(text, |end| &text[..end]);
    conversion(text, context)
        .or_else(|| missing(text, context))
        .or_else(|| existing(text))
        .or_else(|| refused(class, text, context))
        .unwrap_or_else(|| text.split("\n\n").next().unwrap_or(text).trim_end().to_owned())
}

/// Values that cannot be cast.
fn conversion(text: &str, context: Context<'_>) -> Option<String> {
    let from_text = text.strip_prefix("Could not convert string ");
    if let Some(rest) = from_text {
        let quote = rest.chars().next()?;
        let (value, target) = rest[1..].rsplit_once(&format!("{quote} to "))?;
        return Some(from_string(value, target, context));
    }
    if let Some(rest) = text.strip_prefix("invalid input syntax for integer: \"") {
        return Some(from_string(rest.strip_suffix('"').unwrap_or(rest), "INT32", context));
    }
    let quoted_value = || text.split('"').nth(1).unwrap_or_default();
    if text.starts_with("invalid date field format") || text.starts_with("date field value out of range") {
        return Some(format!("invalid input syntax for type date: \"{}\"", quoted_value()));
    }
    if text.starts_with("invalid timestamp field format") || text.starts_with("timestamp field value out of range") {
        return Some(format!("invalid input syntax for type timestamp: \"{}\"", quoted_value()));
    }
    let uncast = text.starts_with("Could not cast value") || text.starts_with("Casting value");
    if uncast && text.contains(" DECIMAL(") {
        return Some("Numeric data overflow (result precision)".to_owned());
    }
    let narrow = text.contains("INT32") || text.contains("INT16");
    (text.contains("out of range for the destination type") || text.starts_with("Overflow in ")).then(|| {
        format!(
            "Value out of range for {} bytes.",
            if text.contains("INT16") {
                2
            } else if narrow {
                4
            } else {
                8
            }
        )
    })
}

/// A text that is no number, with the block of details that carries the whole text.
fn from_string(value: &str, target: &str, context: Context<'_>) -> String {
    let word: String = target.chars().take_while(char::is_ascii_alphanumeric).collect();
    let kind = match word.as_str() {
        "INT16" | "INT32" => "Integer",
        "INT64" | "INT128" => "Long",
        "FLOAT" => "Float",
        "DOUBLE" => "Double",
        "DECIMAL" => "Decimal",
        "BOOL" => return format!("invalid input syntax for type boolean: \"{value}\""),
        _ => return format!("invalid input syntax for type {}: \"{value}\"", word.to_lowercase()),
    };
    let digits = value.trim().trim_start_matches(['-', '+']);
    if word.starts_with("INT") && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let name = if kind == "Integer" { "integer" } else { "bigint" };
        return format!("Overflow, value \"{value}\" is out of range for type {name}");
    }
    let (position, character) = bad_digit(value);
    let summary = format!("Invalid digit, Value '{character}', Pos {position}, Type: {kind} ");
    with_details(&summary, 1207, value, context.query_id)
}

/// A message with Redshift's block of details.
fn with_details(summary: &str, code: u32, details: &str, query_id: i64) -> String {
    let line = "-----------------------------------------------";
    let mut message = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        message,
        "{summary}\n  Detail: \n  {line}\n  error:  {summary}\n  code:      {code}\n  context:   {details}\n  query:     {query_id}\n  \
         location:  :0\n  process:   query0_{query_id}_{query_id} [pid=0]\n  {line}\n"
    );
    message
}

/// The first character that no number has there, and its place in bytes from 0.
fn bad_digit(value: &str) -> (usize, String) {
    let bad = value.char_indices().find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && matches!(c, '-' | '+'))));
    bad.map_or((value.len(), String::new()), |(at, c)| (at, c.to_string()))
}

/// Names that do not exist.
fn missing(text: &str, context: Context<'_>) -> Option<String> {
    if let Some(rest) = text.strip_prefix("Table with name ").or_else(|| text.strip_prefix("View with name ")) {
        let (name, rest) = rest.split_once(" does not exist")?;
        let name = name.trim_matches('"');
        if let Some(schema) = rest.strip_prefix(" because schema ") {
            return Some(format!("schema {} does not exist", schema.split(' ').next()?));
        }
        let qualified = context.relations.iter().find(|relation| relation.rsplit('.').next() == Some(name));
        return Some(format!("relation \"{}\" does not exist", qualified.map_or(name, String::as_str)));
    }
    if let Some(rest) = text.strip_prefix("Cannot access file \"") {
        return Some(format!("relation \"{}\" does not exist", rest.split('"').next()?));
    }
    if let Some(rest) = text.strip_prefix("Schema with name ") {
        return Some(format!("schema \"{}\" does not exist", rest.split_once(" does not exist")?.0.trim_matches('"')));
    }
    if let Some(rest) = text.strip_prefix("Referenced column \"") {
        let name = rest.split('"').next()?;
        return Some(format!("column \"{name}\" does not exist in {}", context.relations.join(", ")));
    }
    if let Some(rest) = text.strip_prefix("Referenced update column ") {
        let table = context.relations.last().map_or("", |relation| relation.as_str());
        return Some(format!("column \"{}\" of relation \"{table}\" does not exist", rest.split(' ').next()?));
    }
    if text.starts_with("Table \"") && text.contains("does not have a column") {
        let mut names = text.split('"').skip(1).step_by(2);
        let (table, column) = (names.next()?, names.next()?);
        return Some(format!("column \"{column}\" of relation \"{table}\" does not exist"));
    }
    if let Some(rest) =
        text.strip_prefix("Scalar Function with name ").or_else(|| text.strip_prefix("Table Function with name "))
    {
        return Some(format!("function {}() does not exist", rest.split(' ').next()?.trim_start_matches("rs_")));
    }
    let signature = text.strip_prefix("No function matches the given name and argument types '")?;
    Some(format!("function {} does not exist", signature.split('\'').next()?.to_lowercase()))
}

/// Names that exist already.
fn existing(text: &str) -> Option<String> {
    let name = || text.split('"').nth(1).unwrap_or_default();
    if text.contains("\" already exists") {
        let kind = if text.starts_with("Schema") { "Schema" } else { "Relation" };
        return Some(format!("{kind} \"{}\" already exists", name()));
    }
    let column = text.strip_prefix("Column with name ")?.split(' ').next()?;
    Some(format!("column \"{column}\" already exists"))
}

/// Values and transactions that are refused.
fn refused(class: &str, text: &str, context: Context<'_>) -> Option<String> {
    if let Some(column) = text.strip_prefix("NOT NULL constraint failed: ") {
        let column = column.rsplit('.').next().unwrap_or(column).trim();
        return Some(with_details(
            &format!("Cannot insert a NULL value into column {column}"),
            8007,
            "",
            context.query_id,
        ));
    }
    if text.starts_with("More than one row returned by a subquery") {
        return Some("single-row subquery returns more than one row".to_owned());
    }
    if class.starts_with("Transaction") || text.contains("write-write conflict") {
        return Some(conflict(context.query_id.unsigned_abs(), context.query_id));
    }
    if text.starts_with("Existing object ") {
        let name = text.split(' ').nth(2)?;
        let kind = if text.contains("of type Table") { "view" } else { "table" };
        return Some(format!("\"{name}\" is not a {kind}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(duckdb: &str, expected: &str) {
        let relations = ["public.nope".to_owned(), "t".to_owned()];
        let message = redshift_message(duckdb, Context { relations: &relations, query_id: 7 });
        assert_eq!(message.lines().next(), Some(expected), "{duckdb}");
    }

    #[test]
    fn messages_are_redshifts() {
        check(
            "Catalog Error: Table with name nope does not exist!\nDid you mean \"x\"?",
            "relation \"public.nope\" does not exist",
        );
        check("Catalog Error: Table with name other does not exist!", "relation \"other\" does not exist");
        check(
            "Catalog Error: Table with name \"s.t\" does not exist because schema \"s\" does not exist.",
            "schema \"s\" does not exist",
        );
        check(
            "Binder Error: Referenced column \"c\" not found in FROM clause!\nCandidate",
            "column \"c\" does not exist in public.nope, t",
        );
        check(
            "Binder Error: Table \"t\" does not have a column with name \"zz\"",
            "column \"zz\" of relation \"t\" does not exist",
        );
        check("Catalog Error: Table with name \"t\" already exists!", "Relation \"t\" already exists");
        check("Catalog Error: Schema with name \"s\" already exists!", "Schema \"s\" already exists");
        check("Constraint Error: NOT NULL constraint failed: k.bb", "Cannot insert a NULL value into column bb");
        check(
            "Conversion Error: Could not convert string 'lx' to INT32\n\nLINE 1: x",
            "Invalid digit, Value 'l', Pos 0, Type: Integer ",
        );
        check(
            "Conversion Error: Could not convert string '1a' to INT64 when casting from source column a",
            "Invalid digit, Value 'a', Pos 1, Type: Long ",
        );
        check(
            "Invalid Input Error: invalid input syntax for integer: \"a \"b\"\"",
            "Invalid digit, Value 'a', Pos 0, Type: Integer ",
        );
        check(
            "Conversion Error: invalid date field format: \"x\", expected",
            "invalid input syntax for type date: \"x\"",
        );
        check("Out of Range Error: Overflow in addition of INT64 (1 + 1)!", "Value out of range for 8 bytes.");
        check("Parser Error: syntax error at or near \"s\"\n\nLINE 1: s", "syntax error at or near \"s\"");
        check("Invalid Input Error: as the macro says", "as the macro says");
        let conflict = "1023 DETAIL: Serializable isolation violation on table - 7, transactions forming the cycle are: 7, 8 (pid:7)";
        check("TransactionContext Error: Conflict on tuple deletion!", &format!("ERROR: {conflict}"));
    }

    #[test]
    fn the_whole_text_of_a_failed_cast_survives() {
        let text = "landfall: check 'it''s' has 3\nrows";
        let duckdb = format!("Conversion Error: Could not convert string '{text}' to INT32\n\nLINE 1: select 1");
        let message = redshift_message(&duckdb, Context { relations: &[], query_id: 7 });
        assert!(message.contains(&format!("code:      1207\n  context:   {text}\n  query:     7\n")), "{message}");
    }
}
