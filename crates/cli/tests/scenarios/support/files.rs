//! Files to upload.

use std::io::{Cursor, Write};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// A file of the shapes: ids from 1, this name and this amount in every row.
pub(crate) fn csv(rows: usize, name: &str, amount: i64) -> String {
    let mut text = "id,name,amount\n".to_owned();
    for id in 1..=rows {
        text.push_str(&format!("{id},{name},{amount}\n"));
    }
    text
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

pub(crate) fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

pub(crate) fn zstandard(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(text).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// Parquet with the columns amount, id and name, in this order, which is not the table's.
pub(crate) fn parquet(rows: &[(i32, i32, &str)]) -> Vec<u8> {
    let schema = "message row { optional int32 amount; required int32 id; optional binary name (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = file.next_row_group().unwrap();
    let present = vec![1; rows.len()];
    let amounts: Vec<i32> = rows.iter().map(|row| row.0).collect();
    let ids: Vec<i32> = rows.iter().map(|row| row.1).collect();
    let names: Vec<ByteArray> = rows.iter().map(|row| ByteArray::from(row.2)).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&amounts, Some(&present), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&names, Some(&present), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    file.into_inner().unwrap()
}

/// A file of so many flights.
pub(crate) fn flights(rows: u64) -> Vec<u8> {
    let mut file = Vec::new();
    let options = samples::flights::Options { rows, ..Default::default() };
    samples::flights::write_flights(&mut file, &options, |_| {}).unwrap();
    file
}
