use event_parquet::Report;
use function::queue::{self, Response, Uploads};
use function::{Metric, Unit};
use notifications::NotifiedObject;
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;
use crate::write::{Written, write};

/// Writes the Parquet files of every raw object that the event names, one after the other. One bad object never fails another.
///
/// # Errors
/// That of the first object that was not written, unless a queue invoked the function: the response names the messages to deliver again.
pub async fn handle(context: &Context, event: Value) -> Result<Response<Uploads>, Error> {
    queue::each_object(&event, |notified| one(context, notified)).await
}

async fn one(context: &Context, notified: NotifiedObject) -> Result<String, Error> {
    let url = notified.url();
    Ok(match write(context, &notified).await? {
        Written::NotRaw => {
            tracing::info!(object = url, "no raw object: ignored");
            format!("ignored {url}: it is not in {}/raw/ of {}", context.prefix, context.bucket)
        }
        Written::Gone(why) => {
            tracing::warn!(object = url, reason = why, "not written");
            format!("left out {url}: {why}")
        }
        Written::Superseded => {
            tracing::info!(object = url, "a later version has been written: ignored");
            format!("left out {url}: a later version of it has been written")
        }
        Written::Done { report, files, millis } => {
            tell(context, &url, &report, files, millis);
            line(&url, &report, files)
        }
    })
}

fn line(url: &str, report: &Report, files: usize) -> String {
    let rows = report.total_rows();
    let mut line = format!("wrote {url}: {rows} rows in {files} files");
    if report.duplicates > 0 {
        line.push_str(&format!(", {} duplicates left out", report.duplicates));
    }
    if report.rejected > 0 {
        line.push_str(&format!(", {} rejected", report.rejected));
    }
    if let Some(why) = &report.broken {
        line.push_str(&format!("; incomplete: {why}"));
    }
    line
}

fn tell(context: &Context, url: &str, report: &Report, files: usize, millis: u128) {
    let rows = report.total_rows();
    tracing::info!(
        object = url,
        rows,
        files,
        duplicates = report.duplicates,
        rejected = report.rejected,
        size_bytes = report.bytes,
        duration_ms = u64::try_from(millis).unwrap_or(u64::MAX),
        "written"
    );
    if let Some(reason) = &report.broken {
        tracing::error!(
            object = url,
            reason,
            "the object cannot be decompressed to its end; what came before is written"
        );
    }
    // Counts of one object are far below 2^53.
    #[expect(clippy::cast_precision_loss)]
    let metric = |name, unit, value: u64| Metric { name, unit, value: value as f64 };
    context.metrics.put(
        &[("Prefix", &context.prefix)],
        &[
            metric("RowsWritten", Unit::Count, rows),
            metric("FilesWritten", Unit::Count, files as u64),
            metric("DuplicatesLeftOut", Unit::Count, report.duplicates),
            metric("LinesRejected", Unit::Count, report.rejected),
            metric("ObjectsBroken", Unit::Count, u64::from(report.broken.is_some())),
            metric("BytesRead", Unit::Count, report.bytes),
            metric("WriteDuration", Unit::Milliseconds, u64::try_from(millis).unwrap_or(u64::MAX)),
        ],
    );
}
