use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::combined_log::line::{Line, Request};
use crate::combined_log::text;

/// The rows of the batch that is being read.
pub(super) struct Columns {
    schema: SchemaRef,
    host: StringBuilder,
    identity: StringBuilder,
    user: StringBuilder,
    time: TimestampMicrosecondBuilder,
    method: StringBuilder,
    path: StringBuilder,
    query: StringBuilder,
    protocol: StringBuilder,
    status: Int32Builder,
    bytes: Int64Builder,
    referrer: StringBuilder,
    user_agent: StringBuilder,
    request: StringBuilder,
    extra: StringBuilder,
    line: Int64Builder,
    raw: Option<StringBuilder>,
    rows: usize,
}

impl Columns {
    pub(super) fn new(raw: bool, batch_rows: usize) -> Self {
        let texts = || StringBuilder::with_capacity(batch_rows.min(8192), 0);
        Self {
            schema: schema(raw),
            host: texts(),
            identity: texts(),
            user: texts(),
            time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            method: texts(),
            path: texts(),
            query: texts(),
            protocol: texts(),
            status: Int32Builder::new(),
            bytes: Int64Builder::new(),
            referrer: texts(),
            user_agent: texts(),
            request: texts(),
            extra: texts(),
            line: Int64Builder::new(),
            raw: raw.then(texts),
            rows: 0,
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn push(&mut self, line: &Line<'_>, number: u64, raw: &[u8]) {
        put(&mut self.host, Some(line.host));
        put(&mut self.identity, line.identity);
        put(&mut self.user, line.user);
        self.time.append_value(line.time);
        let (method, path, query, protocol, other) = match line.request {
            Request::Http { method, path, query, protocol } => (Some(method), Some(path), query, protocol, None),
            Request::Other(text) => (None, None, None, None, Some(text)),
        };
        put(&mut self.method, method);
        put(&mut self.path, path);
        put(&mut self.query, query);
        put(&mut self.protocol, protocol);
        self.status.append_option(line.status);
        self.bytes.append_option(line.bytes);
        put(&mut self.referrer, line.referrer);
        put(&mut self.user_agent, line.user_agent);
        put(&mut self.request, other);
        put(&mut self.extra, line.extra);
        self.line.append_value(i64::try_from(number).unwrap_or(i64::MAX));
        if let Some(column) = &mut self.raw {
            column.append_value(text::verbatim(raw));
        }
        self.rows += 1;
    }

    /// The batch; the next one begins.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.host.finish()),
            Arc::new(self.identity.finish()),
            Arc::new(self.user.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.method.finish()),
            Arc::new(self.path.finish()),
            Arc::new(self.query.finish()),
            Arc::new(self.protocol.finish()),
            Arc::new(self.status.finish()),
            Arc::new(self.bytes.finish()),
            Arc::new(self.referrer.finish()),
            Arc::new(self.user_agent.finish()),
            Arc::new(self.request.finish()),
            Arc::new(self.extra.finish()),
            Arc::new(self.line.finish()),
        ];
        columns.extend(self.raw.as_mut().map(|raw| Arc::new(raw.finish()) as ArrayRef));
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

fn put(column: &mut StringBuilder, field: Option<&[u8]>) {
    match field {
        Some(bytes) => column.append_value(text::readable(bytes)),
        None => column.append_null(),
    }
}

fn schema(raw: bool) -> SchemaRef {
    let texts = |name: &str| Field::new(name, DataType::Utf8, true);
    let mut fields = vec![
        Field::new("host", DataType::Utf8, false),
        texts("identity"),
        texts("user"),
        Field::new("time", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
        texts("method"),
        texts("path"),
        texts("query"),
        texts("protocol"),
        Field::new("status", DataType::Int32, true),
        Field::new("bytes", DataType::Int64, true),
        texts("referrer"),
        texts("user_agent"),
        texts("request"),
        texts("extra"),
        Field::new("line", DataType::Int64, false),
    ];
    fields.extend(raw.then(|| Field::new("raw", DataType::Utf8, false)));
    Arc::new(Schema::new(fields))
}
