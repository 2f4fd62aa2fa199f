//! Parquet: columns by position, types that match closely.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt32Array,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArrayType, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::{check, loaded};

fn file(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[track_caller]
fn check_file(ddl: &str, options: &str, columns: Vec<(&str, ArrayRef)>, expected: &str) {
    let file = file(columns, Compression::SNAPPY);
    assert_eq!(loaded(ddl, &format!("FORMAT AS PARQUET {options}"), file), expected, "{ddl}");
}

fn integers(values: &[Option<i32>]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn columns_are_taken_by_position() {
    const TWO: &str = "a int; b varchar(3)";
    let columns = vec![("z", integers(&[Some(1), None])), ("y", texts(&[Some("abc"), None]))];
    check_file(TWO, "", columns.clone(), "1|abc / NULL|NULL");
    check_file(TWO, "NOLOAD", columns, "NOLOAD argument is not supported for PARQUET based COPY");
    check_file(
        TWO,
        "",
        vec![("a", integers(&[Some(1)]))],
        "line 0  () at 0: 15007 Spectrum Scan Error. Unmatched number of columns between table and file. \
         Table columns: 2, Data columns: 1, File name: s3://in/file []",
    );
    check_file(TWO, "FILLRECORD", vec![("a", integers(&[Some(1)]))], "1|NULL");
    check_file(
        "a int; b int not null",
        "FILLRECORD",
        vec![("a", integers(&[Some(1)]))],
        "line 0 b int4(0) at 0: 15007 Spectrum Scan Error. Missing data for not-null field: b has 1 NULLs []",
    );
}

#[test]
fn types_must_match() {
    check_file(
        "a int; b varchar(3)",
        "",
        vec![("a", Arc::new(Int64Array::from(vec![1]))), ("b", texts(&[Some("abc")]))],
        "line 0 a int4(0) at 0: 15007 Spectrum Scan Error. File 's3://in/file' has an incompatible Parquet schema \
         for column 's3://in/file.a'. Column type: INTEGER, Parquet schema: BIGINT a []",
    );
    check_file(
        "a int",
        "",
        vec![("a", Arc::new(UInt32Array::from(vec![1])))],
        "line 0 a int4(0) at 0: 15007 Spectrum Scan Error. File 's3://in/file' has an incompatible Parquet schema \
         for column 's3://in/file.a'. Column type: INTEGER, Parquet schema: UINTEGER a []",
    );
    let money = Decimal128Array::from(vec![150]).with_precision_and_scale(8, 2).unwrap();
    check_file("a decimal(10,2)", "", vec![("a", Arc::new(money.clone()))], "1.50");
    check_file(
        "a decimal(10,3)",
        "",
        vec![("a", Arc::new(money))],
        "line 0 a numeric(10, 3) at 0: 15007 Spectrum Scan Error. File 's3://in/file' has an incompatible Parquet schema \
         for column 's3://in/file.a'. Column type: NUMERIC(10,3), Parquet schema: DECIMAL(8,2) a []",
    );
}

#[test]
fn lengths_and_nulls_are_those_of_the_whole_file() {
    let places = [Some("a"), Some("größe"), Some("abcd")];
    check_file(
        "a varchar(3)",
        "",
        vec![("b", texts(&places))],
        "line 0 a varchar(3) at 0: 15007 Spectrum Scan Error. The length of the data column a is longer than the \
         length defined in the table. Table: 3, Data: 7 []",
    );
    check_file(
        "a int not null",
        "",
        vec![("a", integers(&[None, Some(1), None]))],
        "line 0 a int4(0) at 0: 15007 Spectrum Scan Error. Missing data for not-null field: a has 2 NULLs []",
    );
}

#[test]
fn values_are_kept() {
    let moment = 1_201_774_272_500;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(TimestampNanosecondArray::from(vec![moment * 1_000_000]))),
        ("b", Arc::new(TimestampMillisecondArray::from(vec![moment]).with_timezone("UTC"))),
        ("c", Arc::new(TimestampMillisecondArray::from(vec![moment]).with_timezone("UTC"))),
        ("d", Arc::new(Date32Array::from(vec![13_909]))),
        ("e", Arc::new(Float64Array::from(vec![2.5]))),
        ("f", texts(&[Some("ab  ")])),
        ("g", Arc::new(BinaryArray::from_vec(vec![b"\x00\xff"]))),
    ];
    check_file(
        "a timestamp; b timestamp; c timestamptz; d date; e float; f char(4); g varbyte(2)",
        "",
        columns,
        "2008-01-31 10:11:12.500|2008-01-31 10:11:12.500|2008-01-31 10:11:12.500+00:00|2008-01-31|2.5|ab|00ff",
    );
}

/// A file of one required column with one value.
fn single<T: parquet::data_type::DataType>(message: &str, value: T::T) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(message).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let mut column = rows.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(&[value], None, None).unwrap();
    column.close().unwrap();
    rows.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn older_notations_of_types_are_read() {
    // 1500-01-10 as a Julian day: nanoseconds since 1970 cannot hold it.
    let mut moment = Int96::new();
    moment.set_data(0, 0, 2_268_933);
    let file = single::<Int96Type>("message m { required int96 a; }", moment);
    assert_eq!(loaded("a timestamp", "PARQUET", file), "1500-01-10 00:00:00");
    let file = single::<ByteArrayType>("message m { required binary a (ENUM); }", "red".into());
    assert_eq!(loaded("a varchar(3)", "PARQUET", file), "red");
}

#[test]
fn compression_is_known_from_the_file() {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    for compression in [Compression::UNCOMPRESSED, Compression::GZIP(Default::default()), zstd] {
        let file = file(vec![("a", integers(&[Some(1), Some(2)]))], compression);
        assert_eq!(loaded("a int", "PARQUET", file), "1 / 2", "{compression}");
    }
}

#[test]
fn many_batches_keep_every_row() {
    let numbers: Vec<_> = (0..10_000).map(Some).collect();
    let rows = loaded("a int", "PARQUET", file(vec![("a", integers(&numbers))], Compression::SNAPPY));
    assert!(rows.split(" / ").eq((0..10_000).map(|n| n.to_string())));
}

#[test]
fn what_is_no_parquet_is_named() {
    let refused = loaded("a int", "PARQUET", "1\n2\n");
    assert!(refused.contains("File 's3://in/file': "), "{refused}");
    let whole = file(vec![("a", integers(&[Some(1)]))], Compression::SNAPPY);
    let cut = loaded("a int", "PARQUET", &whole[whole.len() / 2..]);
    assert!(cut.contains("File 's3://in/file': "), "{cut}");
    check("a int", "PARQUET GZIP", "", "GZIP argument is not supported for PARQUET based COPY");
}
