//! SET, RESET and SHOW.

use super::columns::Column;
use super::errors::Failure;
use super::identifiers::{DATABASE, SYSTEM_SCHEMA, identifier, quoted};
use super::outcome::Outcome;
use super::results::{Builder, Format};
use super::session::Session;
use super::stops::Stops;
use super::values::Field;
use crate::config::Conflicts;
use redshift_types::RedshiftType;

/// Parameters whose other values would change what statements answer, which is not emulated: only the default is taken.
const FIXED: [&str; 10] = [
    "client_encoding",
    "datestyle",
    "describe_field_name_in_uppercase",
    "enable_case_sensitive_identifier",
    "enable_case_sensitive_super_attribute",
    "error_on_nondeterministic_update",
    "json_serialization_enable",
    "navigate_super_null_on_error",
    "standard_conforming_strings",
    "statement_timeout",
];

/// The parameters that Redshift has, with their defaults. Those named neither in [`FIXED`] nor in [`apply`] concern performance alone: they are
/// kept and shown.
const PARAMETERS: [(&str, &str); 21] = [
    ("analyze_threshold_percent", "10"),
    ("application_name", ""),
    ("autocommit", "on"),
    ("client_encoding", "UTF8"),
    ("datestyle", "ISO, MDY"),
    ("describe_field_name_in_uppercase", "off"),
    ("enable_case_sensitive_identifier", "off"),
    ("enable_case_sensitive_super_attribute", "off"),
    ("enable_result_cache_for_session", "on"),
    ("error_on_nondeterministic_update", "off"),
    ("extra_float_digits", "0"),
    ("json_serialization_enable", "off"),
    ("max_concurrency_scaling_clusters", "1"),
    ("navigate_super_null_on_error", "on"),
    ("query_group", "default"),
    ("search_path", "$user, public"),
    ("standard_conforming_strings", "off"),
    ("statement_timeout", "0"),
    ("timezone", "UTC"),
    ("transaction_isolation", "serializable"),
    ("wlm_query_slot_count", "1"),
];

/// What SET changes in the whole warehouse: the faults that are asked for.
pub(crate) struct Faults<'a> {
    pub(crate) conflicts: &'a Conflicts,
    pub(crate) stops: &'a Stops,
}

/// `SET name TO value`; `None` is the default.
pub(crate) fn set(
    session: &mut Session,
    faults: &Faults<'_>,
    name: &str,
    value: Option<&str>,
) -> Result<Outcome, Failure> {
    if name == "landfall.conflict" {
        let count =
            value.unwrap_or("0").parse().map_err(|_| Failure::error("landfall.conflict takes a number of commits"))?;
        faults.conflicts.fail_next_commits(count);
        return Ok(Outcome::default());
    }
    if name == "landfall.stop_before" {
        let number = value
            .unwrap_or("0")
            .parse()
            .map_err(|_| Failure::error("landfall.stop_before takes the number of a statement"))?;
        faults.stops.set(number);
        return Ok(Outcome::default());
    }
    let known = PARAMETERS.iter().find(|(known, _)| *known == name);
    let default = match known {
        Some((_, default)) => *default,
        None if name.contains('.') => "",
        None => return Err(Failure::error(format!("unrecognized configuration parameter \"{name}\""))),
    };
    if let Some(value) = value.filter(|_| FIXED.contains(&name))
        && !same(value, default)
    {
        return Err(Failure::error(format!("redshift-local does not know {name} = '{value}', only '{default}'")));
    }
    let variable = identifier(&format!("setting_{name}"));
    let shown = match value {
        Some(value) => {
            session.settings.insert(name.to_owned(), value.to_owned());
            format!("set variable {variable} = {}", quoted(value))
        }
        None => {
            session.settings.remove(name);
            format!("reset variable {variable}")
        }
    };
    apply(session, name)?;
    session.connection.execute_batch(&shown).map_err(|error| Failure::error(error.to_string()))?;
    Ok(Outcome::default())
}

/// `RESET name` and `RESET ALL`.
pub(crate) fn reset(session: &mut Session, faults: &Faults<'_>, name: Option<&str>) -> Result<Outcome, Failure> {
    let names: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => session.settings.keys().cloned().collect(),
    };
    for name in names {
        set(session, faults, &name, None)?;
    }
    Ok(Outcome::default())
}

/// `SHOW name`.
pub(crate) fn show(session: &Session, name: &str, format: Format) -> Result<Outcome, Failure> {
    let value = |name: &str, default: &str| session.settings.get(name).map_or_else(|| default.to_owned(), Clone::clone);
    let text = |label: &str| Column::of_result(label, RedshiftType::Varchar(256), &[]);
    let (columns, rows) = if name == "all" {
        let rows = PARAMETERS
            .iter()
            .map(|(name, default)| vec![Field::Text((*name).to_owned()), Field::Text(value(name, default))]);
        (vec![text("name"), text("setting")], rows.collect())
    } else {
        let default = PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, default)| *default);
        let unknown = || Failure::error(format!("unrecognized configuration parameter \"{name}\""));
        let default = default.or_else(|| name.contains('.').then_some("")).ok_or_else(unknown)?;
        (vec![text(name)], vec![vec![Field::Text(value(name, default))]])
    };
    let mut builder = Builder::new(columns, format);
    let built = rows.iter().try_for_each(|row| builder.push_row(row)).and_then(|()| builder.finish());
    built.map(Outcome::returned).map_err(|error| Failure::error(error.to_string()))
}

/// The macro `current_setting`: a session's own value, else the default. DuckDB's function of that name shows DuckDB's settings.
pub(crate) fn current_setting() -> String {
    let values = PARAMETERS.iter().map(|(name, default)| {
        let variable = quoted(&format!("setting_{name}"));
        format!("when {} then coalesce(cast(getvariable({variable}) as varchar), {})", quoted(name), quoted(default))
    });
    format!(
        "create or replace macro current_setting(name) as case lower(name) {} \
         else error('unrecognized configuration parameter \"' || name || '\"') end",
        values.collect::<Vec<_>>().join(" ")
    )
}

/// Whether two values mean the same.
fn same(one: &str, other: &str) -> bool {
    let plain = |value: &str| match value.to_lowercase().as_str() {
        "false" | "0" => "off".to_owned(),
        "true" | "1" => "on".to_owned(),
        "utf-8" => "utf8".to_owned(),
        other => other.to_owned(),
    };
    plain(one) == plain(other)
}

/// What DuckDB must know of a parameter.
fn apply(session: &Session, name: &str) -> Result<(), Failure> {
    let sql = match name {
        "search_path" => search_path(&session.search_path()),
        "timezone" => {
            let zone = session.settings.get("timezone").map_or("UTC", String::as_str);
            format!("set timezone = {}", quoted(zone))
        }
        _ => return Ok(()),
    };
    let applied = session.connection.execute_batch(&sql);
    applied.map_err(|error| Failure::error(format!("invalid value for parameter \"{name}\": {error}")))
}

/// DuckDB's search path: the session's schemas, the system tables, the functions.
pub(crate) fn search_path(schemas: &[String]) -> String {
    let own = schemas.iter().map(|schema| format!("{DATABASE}.{}", identifier(schema)));
    let all: Vec<String> = own.chain([format!("{DATABASE}.{SYSTEM_SCHEMA}"), "memory.main".to_owned()]).collect();
    format!("set search_path = {}", quoted(&all.join(",")))
}
