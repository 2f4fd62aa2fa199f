//! Prints the rows of a file as lines of JSON: `read [--raw-times] [--encoding NAME] [--count] FILE`.
//!
//! The first line is an object with the columns (name, type and metadata), each further one an array with a row's values. Dates are days and
//! timestamps microseconds since 1970, durations are microseconds. A name that ends with `.sas7bdat` is a SAS file's, any other one a log's, whose
//! unreadable lines are counted at the end. `--count` prints the number of rows instead.
#![allow(clippy::print_stdout, reason = "it is what the example does")]

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Mutex;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use readers::{Batches, Format, combined_log, sas};
use serde_json::{Value, json};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let chain = std::iter::successors(Some(error.as_ref() as &dyn Error), |error| (*error).source());
            eprintln!("error: {}", chain.map(ToString::to_string).collect::<Vec<_>>().join(": "));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut options = sas::Options::default();
    let (mut is_count, mut path) = (false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--raw-times" => options.temporal = sas::Temporal::Raw,
            "--count" => is_count = true,
            "--encoding" => {
                let name = arguments.next().ok_or("--encoding needs a name")?;
                options.encoding = Some(encoding_rs::Encoding::for_label(name.as_bytes()).ok_or("no such encoding")?);
            }
            _ => path = Some(argument),
        }
    }
    let path = path.ok_or("which file?")?;
    let rejected = Mutex::new(0);
    if path.ends_with(".sas7bdat") {
        print(sas::open(path.as_ref(), options)?, is_count)?;
    } else {
        let sink: combined_log::Sink<'_> =
            Box::new(|_| rejected.lock().map(|mut count| *count += 1).map_err(|_| io::Error::other("poisoned")));
        print(Format::CombinedLog(combined_log::Options::default()).open(File::open(path)?, sink)?, is_count)?;
        println!("{}", json!({ "rejected": *rejected.lock().map_err(|_| "poisoned")? }));
    }
    Ok(())
}

fn print(batches: impl Batches, is_count: bool) -> Result<(), Box<dyn Error>> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let schema = batches.schema();
    let columns = schema.fields().iter().map(
        |field| json!({ "name": field.name(), "type": field.data_type().to_string(), "metadata": field.metadata() }),
    );
    let columns: Vec<_> = columns.collect();
    let mut rows = 0;
    if !is_count {
        writeln!(out, "{}", json!({ "columns": columns, "metadata": schema.metadata() }))?;
    }
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows();
        for row in 0..if is_count { 0 } else { batch.num_rows() } {
            writeln!(out, "{}", values(&batch, row))?;
        }
    }
    if is_count {
        writeln!(out, "{rows}")?;
    }
    Ok(())
}

fn values(batch: &RecordBatch, row: usize) -> Value {
    batch.columns().iter().map(|column| if column.is_null(row) { Value::Null } else { value(column, row) }).collect()
}

fn value(column: &dyn Array, row: usize) -> Value {
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => json!(column.as_primitive::<Date32Type>().value(row)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Timestamp(..) => json!(column.as_primitive::<TimestampMicrosecondType>().value(row)),
        DataType::Duration(_) => json!(column.as_primitive::<DurationMicrosecondType>().value(row)),
        other => json!(format!("a value of the type {other}")),
    }
}
