//! The columns of merged files: the table's, in its order, and how a file's columns become them.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

/// The columns of merged files.
#[derive(Debug)]
pub(crate) struct Layout {
    columns: Vec<Column>,
    schema: SchemaRef,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// None, for lists, maps and structures, until a file has one.
    data_type: Option<DataType>,
}

/// A file's column whose values would change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) column: String,
    pub(crate) found: String,
    pub(crate) wanted: String,
}

impl Layout {
    /// The columns of a table, as names and types of Hive.
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let columns = columns
            .into_iter()
            .map(|(name, type_name)| Column { name: name.to_lowercase(), data_type: simple(type_name) })
            .collect();
        let mut layout = Self { columns, schema: SchemaRef::new(Schema::empty()) };
        layout.set_schema();
        layout
    }

    /// Takes note of a file's columns; says whether the schema grew. A column that the table does not have yet comes last: no value is lost.
    pub(crate) fn take(&mut self, file: &Schema) -> Result<bool, Mismatch> {
        let mut grew = false;
        for field in file.fields() {
            let name = field.name().to_lowercase();
            let Some(column) = self.columns.iter_mut().find(|column| column.name == name) else {
                self.columns.push(Column { name, data_type: Some(field.data_type().clone()) });
                grew = true;
                continue;
            };
            match &column.data_type {
                None => {
                    column.data_type = Some(field.data_type().clone());
                    grew = true;
                }
                Some(wanted) if keeps_values(field.data_type(), wanted) => {}
                Some(wanted) => {
                    let (found, wanted) = (field.data_type().to_string(), wanted.to_string());
                    return Err(Mismatch { column: name, found, wanted });
                }
            }
        }
        if grew {
            self.set_schema();
        }
        Ok(grew)
    }

    /// Rows of a file that was taken note of, with the columns of the schema: wider, or NULL where the file has none.
    pub(crate) fn conform(&self, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let file = rows.schema();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let place = file.fields().iter().position(|other| other.name().eq_ignore_ascii_case(field.name()));
            columns.push(match place {
                Some(place) => cast(rows.column(place), field.data_type())?,
                None => new_null_array(field.data_type(), rows.num_rows()),
            });
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }

    fn set_schema(&mut self) {
        let field = |column: &Column| Some(Field::new(&column.name, column.data_type.clone()?, true));
        self.schema = Arc::new(Schema::new(self.columns.iter().filter_map(field).collect::<Vec<_>>()));
    }
}

/// The types of one column's values, as Landfall writes them.
fn simple(type_name: &str) -> Option<DataType> {
    let name: String = type_name.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    Some(match name.as_str() {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::Int8,
        "smallint" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "bigint" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        text if text.starts_with("varchar(") || text.starts_with("char(") => DataType::Utf8,
        _ => {
            let (precision, scale) = name.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
            DataType::Decimal128(precision.parse().ok()?, scale.parse().ok()?)
        }
    })
}

/// Whether every value of one type is a value of the other. Timestamps lose what is finer than a microsecond, as queries do.
fn keeps_values(from: &DataType, to: &DataType) -> bool {
    use DataType::{Float32, Float64, Int8, Int16, Int32, Int64, Timestamp, UInt8, UInt16, UInt32, UInt64};
    match (from, to) {
        (from, to) if from == to => true,
        (Int8, Int16 | Int32 | Int64) | (Int16, Int32 | Int64) | (Int32, Int64) | (Float32, Float64) => true,
        (UInt8, Int16 | Int32 | Int64) | (UInt16, Int32 | Int64) | (UInt32, Int64) => true,
        (UInt64, DataType::Decimal128(precision, 0)) => *precision >= 20,
        (Timestamp(_, zone), Timestamp(..)) => zone.as_deref().is_none_or(|zone| zone == "UTC" || zone == "+00:00"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, Int64Array, StringArray};

    fn rows(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn columns_are_in_the_tables_order_and_wide_enough() {
        let mut layout =
            Layout::new([("id", "string"), ("count", "bigint"), ("list", "array<int>"), ("new", "double")]);
        let file = rows(vec![
            ("COUNT", Arc::new(Int32Array::from(vec![Some(1), None]))),
            ("id", Arc::new(StringArray::from(vec!["a", "b"]))),
            ("extra", Arc::new(StringArray::from(vec!["x", "y"]))),
        ]);
        assert!(layout.take(&file.schema()).unwrap(), "a column that the table does not have");
        assert!(!layout.take(&file.schema()).unwrap());
        let conformed = layout.conform(&file).unwrap();
        let schema = conformed.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["id", "count", "new", "extra"]);
        let count = conformed.column(1).as_any().downcast_ref::<Int64Array>().unwrap();
        assert_eq!(count, &Int64Array::from(vec![Some(1), None]));
        assert_eq!(conformed.column(2).null_count(), 2);
    }

    #[test]
    fn no_value_changes() {
        let check = |table: &str, file: DataType, expected: bool| {
            let mut layout = Layout::new([("a", table)]);
            let taken = layout.take(&Schema::new(vec![Field::new("a", file.clone(), true)]));
            assert_eq!(taken.is_ok(), expected, "{file} to {table}");
        };
        check("bigint", DataType::Int32, true);
        check("int", DataType::Int64, false);
        check("bigint", DataType::Utf8, false);
        check("string", DataType::Int64, false);
        check("double", DataType::Float32, true);
        check("varchar(20)", DataType::Utf8, true);
        check("decimal(10,2)", DataType::Decimal128(10, 2), true);
        check("decimal(10,2)", DataType::Decimal128(12, 2), false);
        check("timestamp", DataType::Timestamp(TimeUnit::Nanosecond, None), true);
        check("timestamp", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true);
        check("array<int>", DataType::new_list(DataType::Int32, true), true);
        let error = Layout::new([("a", "int")]).take(&Schema::new(vec![Field::new("A", DataType::Utf8, true)]));
        assert_eq!(error.unwrap_err(), Mismatch { column: "a".into(), found: "Utf8".into(), wanted: "Int32".into() });
    }
}
