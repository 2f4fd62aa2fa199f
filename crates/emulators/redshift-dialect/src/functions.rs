//! Redshift's own functions as DuckDB macros, and scalar functions in Rust where SQL does not reach.

mod answer;
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

pub use answer::Answer;
pub use scalars::{SCALARS, ScalarFunction};

/// The macros, by topic. Every name begins with `rs_`; a call of `len(...)` is written as `rs_len(...)`.
/// Those of operators come first, because the others use them. They call [`SCALARS`].
pub const MACROS: [&str; 6] = [
    include_str!("functions/operators.sql"),
    include_str!("functions/text.sql"),
    include_str!("functions/numbers.sql"),
    include_str!("functions/dates.sql"),
    include_str!("functions/binary.sql"),
    include_str!("functions/json.sql"),
];

static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    MACROS
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.strip_prefix("CREATE OR REPLACE MACRO rs_")?.split('(').next())
        .collect()
});

/// How a database orders NULLs, which time zone it has, and how it divides integers.
pub const SETTINGS: &str = "SET GLOBAL default_null_order = 'nulls_last_on_asc_first_on_desc'; SET GLOBAL TimeZone = 'UTC'; SET GLOBAL integer_division = true;";

/// Whether a function of Redshift's is a macro here.
pub(super) fn is_macro(name: &str) -> bool {
    NAMES.contains(name)
}

/// The macro's name for a function's.
pub(super) fn macro_name(name: &str) -> String {
    format!("rs_{name}")
}

/// A text literal as a date or time in DuckDB's notation; `None` for types whose texts need no other notation.
pub(super) fn literal_of(text: &str, target: redshift_types::RedshiftType) -> Option<Result<String, String>> {
    use redshift_types::RedshiftType as T;
    let answer = match target {
        T::Date => dates::date(&[text]),
        T::Timestamp => dates::timestamp(&[text]),
        T::TimestampTz => dates::timestamptz(&[text]),
        T::Time => dates::time(&[text]),
        T::TimeTz => dates::timetz(&[text]),
        T::Boolean => words::boolean(&[text]),
        _ => return None,
    };
    Some(answer.map(Option::unwrap_or_default))
}

/// A text literal as an interval in DuckDB's notation.
pub(super) fn interval_of(text: &str) -> Result<String, String> {
    dates::interval(&[text]).map(Option::unwrap_or_default)
}

/// Functions that have the same name and meaning in DuckDB.
pub(super) fn is_shared(name: &str) -> bool {
    const SHARED: [&str; 65] = [
        "abs",
        "acos",
        "any_value",
        "asin",
        "atan",
        "atan2",
        "avg",
        "bit_and",
        "bit_or",
        "cbrt",
        "ceil",
        "coalesce",
        "cos",
        "cube",
        "cot",
        "count",
        "cume_dist",
        "current_database",
        "current_date",
        "current_schema",
        "current_schemas",
        "current_timestamp",
        "current_user",
        "degrees",
        "dense_rank",
        "exp",
        "first_value",
        "floor",
        "greatest",
        "grouping",
        "grouping sets",
        "lag",
        "last_value",
        "lead",
        "least",
        "listagg",
        "max",
        "median",
        "min",
        "nth_value",
        "ntile",
        "nullif",
        "nvl",
        "percent_rank",
        "percentile_cont",
        "percentile_disc",
        "pi",
        "radians",
        "rank",
        "ratio_to_report",
        "rollup",
        "round",
        "row_number",
        "session_user",
        "sin",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "sum",
        "tan",
        "unnest",
        "user",
        "var_pop",
        "var_samp",
        "variance",
    ];
    SHARED.contains(&name)
}
