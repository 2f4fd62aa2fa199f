//! Redshift's own functions as DuckDB macros, and scalar functions in Rust where SQL does not reach.

pub(super) mod user;

mod dates;
mod hashes;
mod json;
mod numbers;
mod patterns;
mod regular;
mod scalars;
mod words;

use std::collections::HashSet;
use std::sync::LazyLock;

/// The macros, by topic. Every name begins with `rs_`; a call of `len(...)` is written as `rs_len(...)`.
/// Those of operators come first, because the others use them.
const MACROS: [&str; 6] = [
    include_str!("functions/operators.sql"),
    include_str!("functions/text.sql"),
    include_str!("functions/numbers.sql"),
    include_str!("functions/dates.sql"),
    include_str!("functions/binary.sql"),
    include_str!("functions/json.sql"),
];

/// The most digits after the point of a sum, whose type is DECIMAL(38, scale).
const LARGEST_SCALE: usize = 37;

static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    MACROS
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.strip_prefix("CREATE OR REPLACE MACRO rs_")?.split('(').next())
        .collect()
});

/// Creates the macros and functions, and sets how DuckDB orders NULLs and which time zone it has. May run again.
///
/// # Errors
///
/// DuckDB's, when the connection is broken or in an aborted transaction.
pub fn prepare(connection: &duckdb::Connection) -> Result<(), duckdb::Error> {
    connection.execute_batch("SET GLOBAL default_null_order = 'nulls_last_on_asc_first_on_desc'; SET GLOBAL TimeZone = 'UTC';")?;
    scalars::register(connection)?;
    for text in MACROS {
        connection.execute_batch(&with_decimals(text))?;
    }
    Ok(())
}

/// Fills in one overload per scale: macros are chosen by exact type, and keep it.
fn with_decimals(text: &str) -> String {
    let overloads = |body: &dyn Fn(usize) -> String| (0..=LARGEST_SCALE).map(body).collect::<Vec<_>>().join(", ");
    let same = overloads(&|scale| format!("(a DECIMAL(38, {scale})) AS a"));
    let average = overloads(&|scale| {
        let quotient = "CAST(replace(CAST(a AS VARCHAR), '.', '') AS HUGEINT) // n";
        let unit = format!("CAST(0.{:0>scale$} AS DECIMAL({scale}, {scale}))", 1);
        let value = if scale == 0 {
            format!("CAST({quotient} AS DECIMAL(38, 0))")
        } else {
            format!("CAST(CAST({quotient} AS DECIMAL({}, 0)) * {unit} AS DECIMAL(38, {scale}))", 38 - scale)
        };
        format!("(a DECIMAL(38, {scale}), n) AS {value}")
    });
    text.replace("@DECIMALS_SAME@", &same).replace("@DECIMALS_AVERAGE@", &average)
}

/// Whether a function of Redshift's is a macro here.
pub(super) fn is_macro(name: &str) -> bool {
    NAMES.contains(name)
}

/// The macro's name for a function's.
pub(super) fn macro_name(name: &str) -> String {
    format!("rs_{name}")
}
