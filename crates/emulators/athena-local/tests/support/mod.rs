//! A lake for a test: objects and a catalogue on this machine.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use athena_local::{Answer, Athena};
use aws_sdk_glue::types::{Column, DatabaseInput, PartitionInput, StorageDescriptor, TableInput};
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use glue_local::{Glue, GlueConfig};
use parquet::arrow::ArrowWriter;
use s3_local::{S3, S3Config, Served, Service};

/// A bucket `lake` and a database `web`.
pub(crate) struct Lake {
    pub(crate) glue: aws_sdk_glue::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) athena: Athena,
    folder: tempfile::TempDir,
    _servers: (Served<S3>, Served<Glue>),
}

impl Lake {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let region = "us-east-1".to_owned();
        let store = S3Config { root: path.join("s3"), region: region.clone(), observer: None };
        let store = S3::open(store).await.unwrap().serve(0).await.unwrap();
        store.create_bucket("lake").await.unwrap();
        let catalog = Glue::open(&GlueConfig { folder: path.join("glue"), region }).unwrap().serve(0).await.unwrap();
        let credentials = Credentials::new("any", "thing", None, None, "test");
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(credentials.clone())
            .endpoint_url(store.endpoint())
            .force_path_style(true)
            .build();
        let s3 = aws_sdk_s3::Client::from_conf(s3);
        let glue = aws_sdk_glue::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(catalog.endpoint())
            .build();
        let glue = aws_sdk_glue::Client::from_conf(glue);
        let database = DatabaseInput::builder().name("web").build().unwrap();
        glue.create_database().database_input(database).send().await.unwrap();
        let athena = Athena::new(glue.clone(), s3.clone(), &path.join("cache"));
        Self { glue, s3, athena, folder, _servers: (store, catalog) }
    }

    /// A folder of the test.
    pub(crate) fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) async fn put(&self, key: &str, columns: Vec<(&str, ArrayRef)>) {
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)));
        let batch = batch.unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        let body = writer.into_inner().unwrap();
        self.s3.put_object().bucket("lake").key(key).body(body.into()).send().await.unwrap();
    }

    /// A table of the columns `name type`, partitioned by `dt`, with parameters for projection.
    pub(crate) async fn table(&self, name: &str, columns: &[&str], parameters: &[(&str, &str)]) {
        let input = self.input(name, columns, parameters).partition_keys(column("dt string")).build().unwrap();
        self.glue.create_table().database_name("web").table_input(input).send().await.unwrap();
    }

    /// A table without partitions.
    pub(crate) async fn plain_table(&self, name: &str, columns: &[&str]) {
        let input = self.input(name, columns, &[]).build().unwrap();
        self.glue.create_table().database_name("web").table_input(input).send().await.unwrap();
    }

    /// Gives a table other columns.
    pub(crate) async fn change(&self, name: &str, columns: &[&str]) {
        let input = self.input(name, columns, &[]).partition_keys(column("dt string")).build().unwrap();
        self.glue.update_table().database_name("web").table_input(input).send().await.unwrap();
    }

    pub(crate) async fn partition(&self, table: &str, day: &str, folder: &str) {
        let request = self.glue.create_partition().database_name("web").table_name(table);
        request.partition_input(partition(day, folder)).send().await.unwrap();
    }

    pub(crate) async fn switch(&self, table: &str, day: &str, folder: &str) {
        let request = self.glue.update_partition().database_name("web").table_name(table).partition_value_list(day);
        request.partition_input(partition(day, folder)).send().await.unwrap();
    }

    /// An answer as text: values apart by `,`, rows by ` | `; an error by its words.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        match self.athena.query("web", sql).await {
            Ok(answer) => shown(&answer),
            Err(error) => error.to_string(),
        }
    }

    fn input(
        &self,
        name: &str,
        columns: &[&str],
        parameters: &[(&str, &str)],
    ) -> aws_sdk_glue::types::builders::TableInputBuilder {
        let columns = columns.iter().map(|text| column(text)).collect();
        let storage = StorageDescriptor::builder()
            .set_columns(Some(columns))
            .location(format!("s3://lake/{name}/"))
            .input_format("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat")
            .build();
        let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        TableInput::builder().name(name).storage_descriptor(storage).set_parameters(Some(parameters))
    }
}

fn shown(answer: &Answer) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
    let row = |row: &Vec<Option<String>>| row.iter().map(value).collect::<Vec<_>>().join(",");
    answer.rows.iter().map(row).collect::<Vec<_>>().join(" | ")
}

fn column(text: &str) -> Column {
    let (name, kind) = text.split_once(' ').unwrap();
    Column::builder().name(name).r#type(kind).build().unwrap()
}

fn partition(day: &str, folder: &str) -> PartitionInput {
    let storage = StorageDescriptor::builder().location(format!("s3://lake/{folder}")).build();
    PartitionInput::builder().values(day).storage_descriptor(storage).build()
}

/// A column of texts.
pub(crate) fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(arrow::array::StringArray::from(values.to_vec()))
}

/// A column of `int`.
pub(crate) fn ints(values: &[i32]) -> ArrayRef {
    Arc::new(arrow::array::Int32Array::from(values.to_vec()))
}

/// A column of `bigint`.
pub(crate) fn bigints(values: &[i64]) -> ArrayRef {
    Arc::new(arrow::array::Int64Array::from(values.to_vec()))
}

/// A column of moments in UTC, in microseconds.
pub(crate) fn moments(values: &[i64]) -> ArrayRef {
    Arc::new(arrow::array::TimestampMicrosecondArray::from(values.to_vec()).with_timezone("UTC"))
}
