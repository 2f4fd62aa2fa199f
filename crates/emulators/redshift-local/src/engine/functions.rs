//! Redshift's functions, as the dialect defines them, inside DuckDB.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::sync::Arc;

use duckdb::Connection;
use duckdb::arrow::array::{Array, RecordBatch, StringArray, StringBuilder};
use duckdb::arrow::datatypes::DataType;
use duckdb::vscalar::arrow::{ArrowFunctionSignature, VArrowScalar};
use redshift_dialect::{Answer, MACROS, SCALARS, SETTINGS};

/// Creates the macros and functions, and sets what translated statements rely on. May run again.
pub(super) fn prepare(connection: &Connection) -> Result<(), duckdb::Error> {
    connection.execute_batch(SETTINGS)?;
    for scalar in SCALARS {
        let (name, code) = (scalar.name, Code(scalar.code));
        match scalar.arguments {
            1 => register::<1>(connection, name, &code)?,
            2 => register::<2>(connection, name, &code)?,
            3 => register::<3>(connection, name, &code)?,
            4 => register::<4>(connection, name, &code)?,
            5 => register::<5>(connection, name, &code)?,
            6 => register::<6>(connection, name, &code)?,
            other => return Err(duckdb::Error::InvalidParameterCount(other, 6)),
        }
    }
    MACROS.iter().try_for_each(|text| connection.execute_batch(text))
}

fn register<const N: usize>(connection: &Connection, name: &str, code: &Code) -> Result<(), duckdb::Error> {
    connection.register_scalar_function_with_state::<TextFunction<N>>(name, code)
}

/// A function's code. NULL in any argument gives NULL without a call.
#[derive(Clone, Copy)]
struct Code(fn(&[&str]) -> Answer);

impl Default for Code {
    fn default() -> Self {
        Self(|_| Ok(None))
    }
}

/// A function of N texts.
struct TextFunction<const N: usize>;

impl<const N: usize> VArrowScalar for TextFunction<N> {
    type State = Code;

    fn invoke(code: &Code, input: RecordBatch) -> Result<Arc<dyn Array>, Box<dyn Error>> {
        let columns: Vec<&StringArray> =
            input.columns().iter().filter_map(|column| column.as_any().downcast_ref()).collect();
        if columns.len() != N {
            return Err("a function of text received another type".into());
        }
        let mut answers = StringBuilder::new();
        let mut arguments: Vec<&str> = Vec::with_capacity(N);
        for row in 0..input.num_rows() {
            if columns.iter().any(|column| column.is_null(row)) {
                answers.append_null();
                continue;
            }
            arguments.clear();
            arguments.extend(columns.iter().map(|column| column.value(row)));
            answers.append_option((code.0)(&arguments)?);
        }
        Ok(Arc::new(answers.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Utf8; N], DataType::Utf8)]
    }
}
