//! The columns of every table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use event_lake::Tables;
use pipeline::{ATTRIBUTES_COLUMN, EventColumn, EventColumnType, Events, STANDARD_COLUMNS};

use crate::plan::Plan;

/// Where the values of `STANDARD_COLUMNS` are.
const STANDARD_PATHS: [&str; STANDARD_COLUMNS.len()] =
    [MESSAGE_ID, TYPE, EVENT, "userId", "anonymousId", TIMESTAMP, "originalTimestamp", "sentAt", RECEIVED_AT];

const MESSAGE_ID: &str = "messageId";
pub(crate) const TYPE: &str = "type";
pub(crate) const EVENT: &str = "event";
const TIMESTAMP: &str = "timestamp";
const RECEIVED_AT: &str = "receivedAt";

/// The first of the standard columns that is a time; rows are in its order.
pub(crate) const TIMESTAMP_COLUMN: usize = 5;

/// The columns of every table of a project's events.
#[derive(Debug)]
pub struct Layout {
    pub(crate) tables: Tables,
    declared: BTreeMap<String, Arc<Columns>>,
    undeclared: Arc<Columns>,
    /// How deep columns lie in events.
    pub(crate) levels: u32,
}

/// The columns of one table: the standard ones, the declared ones, and `attributes` for everything else.
#[derive(Debug)]
pub struct Columns {
    schema: SchemaRef,
    /// Types of the columns in their order, without `attributes`.
    pub(crate) types: Vec<EventColumnType>,
    pub(crate) plan: Plan,
    /// Entries of the plan.
    pub(crate) message_id: u16,
    pub(crate) timestamp: u16,
    pub(crate) received_at: u16,
}

impl Layout {
    /// The layout of what a project declares.
    pub fn new(events: &Events) -> Self {
        let columns = |columns: &[EventColumn]| Arc::new(Columns::new(columns));
        let declared: BTreeMap<String, Arc<Columns>> =
            events.tables.iter().map(|table| (table.name.clone(), columns(&table.columns))).collect();
        let levels = declared.values().map(|columns| columns.plan.levels).max().unwrap_or(1);
        Self { tables: Tables::new(events), declared, undeclared: columns(&[]), levels }
    }

    /// The columns of a table; an undeclared one has the standard ones and `attributes`.
    pub fn columns(&self, table: &str) -> &Arc<Columns> {
        self.declared.get(table).unwrap_or(&self.undeclared)
    }
}

impl Columns {
    fn new(declared: &[EventColumn]) -> Self {
        let mut types: Vec<EventColumnType> = (0..STANDARD_COLUMNS.len())
            .map(|at| if at < TIMESTAMP_COLUMN { EventColumnType::String } else { EventColumnType::Timestamp })
            .collect();
        types.extend(declared.iter().map(|column| column.data_type));
        let names = STANDARD_COLUMNS.into_iter().chain(declared.iter().map(|column| column.name.as_str()));
        let mut fields: Vec<Field> =
            names.zip(&types).map(|(name, kind)| Field::new(name, data_type(*kind), true)).collect();
        fields.push(Field::new(ATTRIBUTES_COLUMN, DataType::Utf8, true));
        let paths = STANDARD_PATHS.into_iter().chain(declared.iter().map(|column| column.path.as_str()));
        let plan = Plan::new(paths.zip(0..));
        let (message_id, timestamp, received_at) = (plan.top(MESSAGE_ID), plan.top(TIMESTAMP), plan.top(RECEIVED_AT));
        Self { schema: Arc::new(Schema::new(fields)), types, plan, message_id, timestamp, received_at }
    }

    /// The columns as Arrow has them: the schema of every file of the table. The day is no column of the files.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

fn data_type(kind: EventColumnType) -> DataType {
    match kind {
        EventColumnType::String => DataType::Utf8,
        EventColumnType::Boolean => DataType::Boolean,
        EventColumnType::Int => DataType::Int32,
        EventColumnType::Bigint => DataType::Int64,
        EventColumnType::Double => DataType::Float64,
        EventColumnType::Date => DataType::Date32,
        EventColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_standard_ones_the_declared_ones_and_attributes() {
        let text = r#"
description = "p"
[events]
description = "e"
[events.tables.users]
description = "t"
type = "identify"
[events.tables.users.columns]
plan = { type = "string" }
age = { type = "int" }
born = { type = "date" }
"#;
        let file = pipeline::SourceFile { path: "p/pipeline.toml".to_owned(), text: text.to_owned() };
        let layout = Layout::new(pipeline::parse(&[file]).unwrap().events().unwrap());
        let names = |table| {
            let columns = layout.columns(table).schema().fields().iter();
            columns.map(|field| format!("{} {}", field.name(), field.data_type())).collect::<Vec<_>>()
        };
        let time = r#"Timestamp(µs, "UTC")"#;
        let standard: Vec<String> = STANDARD_COLUMNS
            .iter()
            .enumerate()
            .map(|(at, name)| format!("{name} {}", if at < TIMESTAMP_COLUMN { "Utf8" } else { time }))
            .collect();
        let with = |more: &[&str]| [standard.clone(), more.iter().map(|name| (*name).to_owned()).collect()].concat();
        assert_eq!(names("users"), with(&["age Int32", "born Date32", "plan Utf8", "attributes Utf8"]));
        assert_eq!(names("other_page"), with(&["attributes Utf8"]));
    }
}
