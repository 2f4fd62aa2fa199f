//! The keys of `pipeline.toml`. The schema of these types validates the file and generates the reference.
//!
//! A key that must be there is an `Option` all the same (`schemars(required)` states the duty): its absence is reported by the
//! walk over the schema, and everything else in the file is still checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pipeline: the datasets of one system, or its tracking events, or both. The file is `pipelines/<pipeline>/pipeline.toml`; the tables are
/// `tables/*.sql` in the same folder, the views `views/*.sql`, the queries of checks `checks/*.sql`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineSettings {
    /// What this pipeline is for, in one line.
    #[schemars(required)]
    pub(crate) description: Option<String>,
    /// The datasets by name. A name is lower case (`a-z`, `0-9`, `_`, a letter first), at most 60 bytes long and unique in all pipelines.
    pub(crate) datasets: Option<BTreeMap<String, DatasetSettings>>,
    /// The tracking events. At most one pipeline of a project has them.
    pub(crate) events: Option<EventsSettings>,
}

/// The files that feed one table: where they arrive, how they are read, how they are loaded.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatasetSettings {
    /// What the files contain, in one line.
    #[schemars(required)]
    pub(crate) description: Option<String>,
    /// Which keys of the landing bucket are files of this dataset. Text stands for itself; `{name}` stands for one or more characters but
    /// `/`, `{name?}` also for none, `{name:digits}` for digits and `{name:date}` for a date such as `2015-10-31`. No key may belong to two datasets.
    #[schemars(required)]
    pub(crate) key: Option<String>,
    /// The table that takes the rows, as `schema.table`. Its DDL is a file in `tables/`.
    #[schemars(required)]
    pub(crate) table: Option<String>,
    /// What a load does to the rows that are there.
    #[serde(default)]
    pub(crate) mode: Mode,
    /// The columns that identify a row. Needed with `mode = "merge"`, and only there.
    #[serde(default)]
    pub(crate) merge_key: Vec<String>,
    /// Which rows a file replaces: column = `"{capture}"` of the key. Without it a file replaces all rows. Only with `mode = "replace"`.
    #[serde(default)]
    pub(crate) slice: BTreeMap<String, String>,
    /// A load is expected at least this often: a number with `m`, `h`, `d` or `w`, such as `"6h"`. Without it lateness is no alert.
    pub(crate) freshness: Option<String>,
    /// What a column of the file means that the table lacks.
    #[serde(default)]
    pub(crate) extra_columns: ExtraColumnsSetting,
    /// Columns of the table that no file carries. They take their DEFAULT, or NULL.
    #[serde(default)]
    pub(crate) absent_columns: Vec<String>,
    /// How a file is read.
    #[schemars(required)]
    pub(crate) format: Option<FormatSettings>,
    /// Name in the file = column of the table, for names that differ by more than upper and lower case.
    #[serde(default)]
    pub(crate) rename: BTreeMap<String, String>,
    /// What must hold before a load is visible. A load that breaks an expectation changes nothing and raises an alert.
    #[serde(default)]
    pub(crate) expect: ExpectSettings,
}

/// What a load does to the rows that are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// The file's rows replace all rows, or the rows of one `slice`, in one transaction: readers see the old rows or the new rows.
    #[default]
    Replace,
    /// The file's rows are added.
    Append,
    /// Rows with the same `merge_key` are replaced, others are added.
    Merge,
    /// TRUNCATE, then COPY: cheaper than `replace`, but readers see an empty table meanwhile.
    Truncate,
}

/// What a column of the file means that the table lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExtraColumnsSetting {
    /// The file is refused, and an alert names the column.
    #[default]
    Refuse,
    /// The column is dropped.
    Ignore,
}

/// How a file is read.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormatSettings {
    /// The shape of the records.
    #[serde(rename = "type")]
    #[schemars(required)]
    pub(crate) kind: Option<FormatType>,
    /// How the file is compressed.
    #[serde(default)]
    pub(crate) compression: CompressionSetting,
    /// CSV only: the character between fields, for instance `","`, `";"` or `"\t"`.
    #[serde(default = "comma")]
    pub(crate) delimiter: String,
    /// CSV only: the character around a field that contains the delimiter or a line break; inside, it is written twice.
    #[serde(default = "double_quote")]
    pub(crate) quote: String,
    /// CSV only: whether the first line names the columns. Without such a line the file has the table's columns in the table's order.
    #[serde(default = "yes")]
    pub(crate) header: bool,
    /// CSV only: the text that stands for NULL, for instance `"NA"`.
    pub(crate) null: Option<String>,
    /// CSV only: whether an empty field of a text column is NULL; if not, it is an empty text. In other columns it is NULL always.
    #[serde(default = "yes")]
    pub(crate) empty_as_null: bool,
    /// CSV only: the file's encoding, by its label on the web, for instance `"utf-8"`, `"iso-8859-1"` or `"windows-1252"`.
    #[serde(default = "utf_8")]
    pub(crate) encoding: String,
    /// CSV only: how dates are written, as Redshift's DATEFORMAT, for instance `"DD.MM.YYYY"`. Without it: `YYYY-MM-DD`.
    pub(crate) date_format: Option<String>,
    /// CSV only: how timestamps are written, as Redshift's TIMEFORMAT, for instance `"auto"`. Without it: `YYYY-MM-DD HH:MI:SS`.
    pub(crate) time_format: Option<String>,
}

/// The shape of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FormatType {
    /// Delimited text.
    Csv,
    /// One JSON object per line.
    JsonLines,
    /// One JSON array of objects.
    JsonArray,
    /// Apache Parquet.
    Parquet,
}

/// How the file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CompressionSetting {
    /// Not at all. Parquet compresses inside the file, so it is `none` there.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstd,
    /// A ZIP archive with exactly one file in it.
    Zip,
}

/// What must hold before a load is visible.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectSettings {
    /// How many rows a load brings.
    #[serde(default)]
    pub(crate) rows: RowsSettings,
    /// Columns without NULL.
    #[serde(default)]
    pub(crate) not_null: Vec<String>,
    /// Lists of columns: no two rows agree in all columns of a list. `[["a", "b"], ["c"]]` states two such lists.
    #[serde(default)]
    pub(crate) unique: Vec<Vec<String>>,
    /// Columns whose values exist in another table.
    #[serde(default)]
    pub(crate) references: Vec<ReferenceSettings>,
    /// Column = list of all values that it may have, as text. NULL is always accepted.
    #[serde(default)]
    pub(crate) accepted: BTreeMap<String, Vec<String>>,
    /// Queries of your own that count the rows which break a rule.
    #[serde(default)]
    pub(crate) sql: Vec<SqlSettings>,
}

/// How many rows a load brings.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowsSettings {
    /// At least so many. Without it `replace` and `truncate` expect 1, so that an empty file does not empty a good table; `0` allows that.
    pub(crate) min: Option<u64>,
    /// At most so many.
    pub(crate) max: Option<u64>,
    /// The table, or the slice, loses at most this share of its rows, for instance `"10%"`. Only with `mode = "replace"` or `"truncate"`.
    pub(crate) max_drop: Option<String>,
}

/// A column whose values exist in another table; NULL is accepted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferenceSettings {
    /// The column of this dataset's table.
    #[schemars(required)]
    pub(crate) column: Option<String>,
    /// The other table, as `schema.table`.
    #[schemars(required)]
    pub(crate) table: Option<String>,
    /// The other table's column.
    #[schemars(required)]
    pub(crate) target: Option<String>,
}

/// A query that counts the rows which break a rule; its one number must be 0.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlSettings {
    /// The rule's name as alerts show it: `a-z`, `0-9` and `_`, a letter first.
    #[schemars(required)]
    pub(crate) name: Option<String>,
    /// The file with the query, such as `"checks/cancelled.sql"`: one SELECT with one number.
    #[schemars(required)]
    pub(crate) file: Option<String>,
}

/// Tracking events in Segment's form: which table each kind of event belongs to, and what must not be stored of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsSettings {
    /// Where the events come from, in one line.
    #[schemars(required)]
    pub(crate) description: Option<String>,
    /// The prefix of all keys of the events in the lake: `<prefix>/raw/...`, `<prefix>/transformed/...`. Lower case
    /// letters, digits, `-` and `_`, at most 60.
    #[serde(default = "web_data")]
    pub(crate) prefix: String,
    /// The tables by name. A name is lower case (`a-z`, `0-9`, `_`, a letter first), at most 60 bytes long, not `mixed`, and does not begin
    /// with `other_`: events that no table declares are stored under `other_<type>` or `other_track_<event>`.
    #[schemars(required)]
    pub(crate) tables: Option<BTreeMap<String, EventTableSettings>>,
    /// What must not be stored of an event. A rule is a dotted path from the top of the event, such as `"traits.email"`; lists on its way are
    /// searched, upper and lower case do not matter, and a rule on an object or a list is applied to every value in it.
    #[serde(default)]
    pub(crate) privacy: PrivacySettings,
}

/// The events that one table takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventTableSettings {
    /// What a row is, in one line.
    #[schemars(required)]
    pub(crate) description: Option<String>,
    /// The type of call that the table takes.
    #[serde(rename = "type")]
    #[schemars(required)]
    pub(crate) kind: Option<EventType>,
    /// The event's name as the application sends it, for instance `"Post Created"`. Needed with `type = "track"`, and only there.
    pub(crate) event: Option<String>,
    /// Attributes that get a column with a type of its own. A name is lower case (`a-z`, `0-9`, `_`, a letter or `_` first) and not `dt`,
    /// which is the partition, or one of the columns that every table has: `message_id`, `type`, `event`, `user_id`, `anonymous_id`,
    /// `timestamp`, `original_timestamp`, `sent_at`, `received_at`, and `attributes`, which holds everything else as JSON.
    #[serde(default)]
    pub(crate) columns: BTreeMap<String, EventColumnSettings>,
}

/// The type of call, as in Segment's specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EventType {
    /// Somebody did something: `event` names it.
    Track,
    /// Who somebody is.
    Identify,
    /// A page was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
    /// Somebody belongs to a group.
    Group,
    /// Two identities are one person.
    Alias,
}

/// An attribute that gets a column.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventColumnSettings {
    /// Where the value is: names from the top of the event, with dots between. Without it: the column's name in `properties` (track, page,
    /// screen) or in `traits` (identify, group).
    pub(crate) path: Option<String>,
    /// The type of its values.
    #[serde(rename = "type")]
    #[schemars(required)]
    pub(crate) kind: Option<EventColumnSetting>,
}

/// The type of a column's values, by its name in Athena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EventColumnSetting {
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Bigint,
    /// A floating-point number of 64 bits.
    Double,
    /// A day.
    Date,
    /// A point in time, UTC.
    Timestamp,
}

/// What must not be stored of an event.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivacySettings {
    /// These attributes are removed.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    /// These values become their HMAC-SHA-256 under the project's key: the same value has the same hash, and nobody without the key can try
    /// values out.
    #[serde(default)]
    pub(crate) hash: Vec<String>,
    /// These values keep their shape and at most their last 4 letters or digits: `+** *** ***4567`.
    #[serde(default)]
    pub(crate) mask: Vec<String>,
}

fn web_data() -> String {
    "web-data".to_owned()
}

fn comma() -> String {
    ",".to_owned()
}

fn double_quote() -> String {
    "\"".to_owned()
}

fn utf_8() -> String {
    "utf-8".to_owned()
}

fn yes() -> bool {
    true
}
