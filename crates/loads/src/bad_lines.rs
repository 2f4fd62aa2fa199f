use std::time::Duration;

use redshift::load::Role;
use redshift::load_errors::{self, LoadError};
use redshift::{ClientError, Description};

use crate::error::{Error, ask};
use crate::outcome::BadLine;
use crate::remedy;
use crate::services::Services;
use crate::store::LoadRecord;

/// How long the warehouse may take to list the bad lines of one COPY.
const LIMIT: Duration = Duration::from_secs(25);

/// The first lines that COPY could not read.
///
/// `sys_load_error_detail` is there on Serverless and on provisioned clusters, but has not the field's text;
/// `stl_load_errors` has it, on provisioned clusters only. So both are asked, and the second may be missing.
pub(crate) async fn bad_lines(
    services: &Services,
    record: &LoadRecord,
    batch: &Description,
) -> Result<Vec<BadLine>, Error> {
    let since = batch.created_at;
    let with_values =
        services.warehouse.query(&load_errors::with_values(&record.source, since), "landfall/load-errors", LIMIT).await;
    let mut errors = match with_values {
        Ok(result) if !result.rows.is_empty() => load_errors::read(&result),
        Ok(_) | Err(ClientError::Statement { .. }) => {
            let sql = load_errors::without_values(&record.source, since);
            load_errors::read(&ask(
                services.warehouse.query(&sql, "landfall/load-errors", LIMIT).await,
                &record.source,
            )?)
        }
        Err(error) => return ask(Err(error), &record.source),
    };
    // Another upload of the same key may have failed in the same second. Where the two answers do not number queries alike,
    // the time alone decides.
    let copy = record.plan.steps.iter().position(|step| step.role == Role::Copy);
    let query_id = copy.and_then(|at| batch.sub_statements.get(at)).map(|part| part.query_id);
    if errors.iter().any(|error| error.query_id == query_id) {
        errors.retain(|error| error.query_id == query_id);
    }
    Ok(errors.into_iter().map(|error| line(services, record, error)).collect())
}

fn line(services: &Services, record: &LoadRecord, error: LoadError) -> BadLine {
    let data_type = declared_type(services, record, error.column.as_deref()).or(error.data_type);
    BadLine {
        remedy: remedy::for_line(error.code, &error.reason, data_type.as_deref()),
        // A rewritten copy keeps the line numbers of the upload; people know the upload.
        file: record.upload.url(),
        line: error.line,
        column: error.column,
        data_type,
        value: error.value,
        reason: error.reason,
    }
}

/// The type as the author wrote it; the warehouse has words of its own.
fn declared_type(services: &Services, record: &LoadRecord, column: Option<&str>) -> Option<String> {
    let dataset = services.project.dataset(&record.dataset)?;
    Some(services.project.table(&dataset.table)?.column(column?)?.data_type.clone())
}
