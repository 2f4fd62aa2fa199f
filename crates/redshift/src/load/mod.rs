//! The load transaction: what one upload does to one table, as the statements of one batch.

mod checks;
mod copy;
mod guards;
mod slice;
mod values;

use std::collections::BTreeMap;

use notifications::Upload;
use pipeline::{Dataset, ExtraColumns, LoadMode, Table};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ledger;
use crate::sql::{comment, identifier, identifiers, literal, literal_or_null, table};
use crate::statement_name::StatementName;

pub use copy::{SourceColumns, SourceFormat};

/// Everything that decides the statements of a load.
#[derive(Debug)]
pub struct Request<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// Its table.
    pub table: &'a Table,
    /// What arrived.
    pub upload: &'a Upload,
    /// What the key's captures say.
    pub captures: &'a BTreeMap<String, String>,
    /// The columns of the file, mapped to the table.
    pub columns: &'a SourceColumns,
    /// How the objects that COPY reads are written.
    pub format: &'a SourceFormat,
    /// `s3://bucket/key` of the manifest.
    pub manifest: &'a str,
    /// `default`, or the ARN of the role that the warehouse assumes to read S3.
    pub copy_role: &'a str,
    /// From 1; another attempt is another batch.
    pub attempt: u32,
    /// The lake's bucket: it tells this deployment's statements from those of others.
    pub deployment: &'a str,
}

/// A batch, ready to submit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// The batch's StatementName.
    pub name: String,
    /// The batch's ClientToken: the same for every repetition of this attempt.
    pub token: String,
    /// In order.
    pub steps: Vec<Step>,
}

/// One statement of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What the statement is for.
    pub role: Role,
    /// Its text.
    pub sql: String,
}

/// What a statement of the load transaction is for. Which one failed decides the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Waits for other loads of the table.
    Lock,
    /// Fails when this upload was loaded before.
    GuardDuplicate,
    /// Fails when a newer upload was loaded before.
    GuardSuperseded,
    /// Creates the temporary table that the file is read into.
    Stage,
    /// Reads the file.
    Copy,
    /// Fails when the named check fails.
    Check(String),
    /// Deletes the rows that are replaced.
    Delete,
    /// Moves the staged rows into the table.
    Apply,
    /// Writes the ledger row.
    Record,
}

/// The temporary table of a load that cannot be read straight into its table.
const STAGING: &str = "landfall_staging";

/// Plans the batch of one load.
pub fn plan(request: &Request<'_>) -> LoadPlan {
    let upload = request.upload.id();
    let name = StatementName {
        deployment: Some(request.deployment.to_owned()),
        dataset: request.dataset.name.as_str().to_owned(),
        load: upload.clone(),
        attempt: request.attempt,
    };
    let mut hash = Sha256::new();
    hash.update(name.to_string());
    // A ClientToken has at most 64 characters.
    let token = hex::encode(hash.finalize());
    LoadPlan { name: name.to_string(), token, steps: Steps::new(request).build() }
}

struct Steps<'a> {
    request: &'a Request<'a>,
    target: String,
    /// Where the rows of the file are before they are applied: the staging table or the target itself.
    subject: String,
    staged: bool,
    steps: Vec<Step>,
}

impl<'a> Steps<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        let staged = needs_staging(request);
        let target = table(&request.table.name).to_string();
        let subject = if staged { STAGING.to_owned() } else { target.clone() };
        Self { request, target, subject, staged, steps: Vec::new() }
    }

    fn build(mut self) -> Vec<Step> {
        self.guards();
        if self.staged {
            self.staged()
        } else {
            self.direct()
        }
        self.record();
        self.steps
    }

    fn guards(&mut self) {
        let lock = format!("LOCK {}", ledger::lock_table(&self.request.table.name));
        self.push(Role::Lock, lock);
        self.push(Role::GuardDuplicate, guards::duplicate(self.request));
        if let Some(sql) = guards::superseded(self.request) {
            self.push(Role::GuardSuperseded, sql);
        }
    }

    /// Straight into the table: the old rows go, the file is read, the checks look at the table.
    fn direct(&mut self) {
        match self.request.dataset.mode {
            LoadMode::Truncate => self.truncate(),
            _ => self.push(Role::Delete, format!("DELETE FROM {}", self.target)),
        }
        let copy = copy::statement(self.request, &self.target);
        self.push(Role::Copy, copy);
        for check in &self.request.dataset.checks {
            self.check(check);
        }
    }

    /// Through a temporary table: the checks look at it before the table is touched, those written in SQL afterwards.
    fn staged(&mut self) {
        self.push(Role::Stage, copy::create_staging(self.request, STAGING));
        let copy = copy::statement(self.request, STAGING);
        self.push(Role::Copy, copy);
        if let Some((name, sql)) = checks::inside_slice(self.request, STAGING) {
            self.push(Role::Check(name), sql);
        }
        for (name, sql) in checks::merge_key(self.request, STAGING) {
            self.push(Role::Check(name), sql);
        }
        let (of_table, of_file): (Vec<_>, Vec<_>) =
            self.request.dataset.checks.iter().partition(|c| matches!(c.rule, pipeline::CheckRule::Sql { .. }));
        for check in of_file {
            self.check(check);
        }
        self.apply();
        for check in of_table {
            self.check(check);
        }
    }

    fn apply(&mut self) {
        let columns = identifiers(self.request.columns.table_columns());
        let insert = format!("INSERT INTO {} ({columns}) SELECT {columns} FROM {STAGING}", self.target);
        match &self.request.dataset.mode {
            LoadMode::Replace { .. } => {
                let condition = self.slice_condition();
                self.push(Role::Delete, format!("DELETE FROM {}{condition}", self.target));
                self.push(Role::Apply, insert);
            }
            LoadMode::Truncate => {
                self.truncate();
                self.push(Role::Apply, insert);
            }
            LoadMode::Append => self.push(Role::Apply, insert),
            LoadMode::Merge { key } => {
                let sql = merge(&self.target, key, &self.request.columns.table_columns().collect::<Vec<_>>());
                self.push(Role::Apply, sql);
            }
        }
    }

    /// TRUNCATE commits, which releases the lock and ends what the guards saw: both again, and whatever another load brought in between goes.
    fn truncate(&mut self) {
        self.push(Role::Delete, format!("TRUNCATE {}", self.target));
        self.guards();
        self.push(Role::Delete, format!("DELETE FROM {}", self.target));
    }

    fn slice_condition(&self) -> String {
        slice::condition(self.request).map_or_else(String::new, |condition| format!(" WHERE {condition}"))
    }

    fn check(&mut self, check: &pipeline::Check) {
        let sql = checks::statement(self.request, check, &self.subject, self.staged);
        self.push(Role::Check(check.name.clone()), sql);
    }

    fn record(&mut self) {
        let Request { dataset, upload, attempt, .. } = self.request;
        let sql = format!(
            "INSERT INTO landfall.loads (load_id, attempt, dataset, slice, load_mode, bucket, object_key, version_id, \
             etag, size_bytes, sequencer, event_time, rows_loaded) \
             SELECT {id}, {attempt}, {name}, {slice}, {mode}, {bucket}, {key}, {version}, {etag}, {size}, {sequencer}, \
             {time}, COUNT(*) FROM {subject}",
            id = literal(upload.id().as_str()),
            name = literal(dataset.name.as_str()),
            slice = literal(&slice::text(self.request)),
            mode = literal(mode_name(&dataset.mode)),
            bucket = literal(&upload.bucket),
            key = literal(upload.key.as_str()),
            version = literal_or_null(upload.version.as_deref()),
            etag = literal(&upload.etag),
            size = upload.size,
            sequencer = literal_or_null(upload.sequencer.as_ref().map(|s| s.padded()).as_deref()),
            time = ledger::timestamp(upload.time),
            subject = self.subject,
        );
        self.push(Role::Record, sql);
    }

    fn push(&mut self, role: Role, sql: String) {
        let title = comment(&role.title()).to_string();
        self.steps.push(Step { role, sql: format!("/* landfall: {title} */ {sql}") });
    }
}

impl Role {
    /// For people and for the comment in front of the statement.
    pub fn title(&self) -> String {
        match self {
            Self::Lock => "lock".to_owned(),
            Self::GuardDuplicate => "guard duplicate".to_owned(),
            Self::GuardSuperseded => "guard superseded".to_owned(),
            Self::Stage => "stage".to_owned(),
            Self::Copy => "copy".to_owned(),
            Self::Check(name) => format!("check {name}"),
            Self::Delete => "delete".to_owned(),
            Self::Apply => "apply".to_owned(),
            Self::Record => "record".to_owned(),
        }
    }
}

/// `replace`, `append`, `merge` or `truncate`.
pub fn mode_name(mode: &LoadMode) -> &'static str {
    match mode {
        LoadMode::Replace { .. } => "replace",
        LoadMode::Append => "append",
        LoadMode::Merge { .. } => "merge",
        LoadMode::Truncate => "truncate",
    }
}

/// A slice needs the staging table because rows outside it must be refused before they mix with those of other slices; an
/// extra column because COPY cannot skip a field.
fn needs_staging(request: &Request<'_>) -> bool {
    let by_mode = match &request.dataset.mode {
        LoadMode::Replace { slice } => !slice.is_empty(),
        LoadMode::Append | LoadMode::Merge { .. } => true,
        LoadMode::Truncate => false,
    };
    by_mode || (request.dataset.extra_columns == ExtraColumns::Ignore && request.columns.has_extra())
}

fn merge(target: &str, key: &[String], columns: &[&str]) -> String {
    let source = |name: &str| format!("{STAGING}.{}", identifier(name));
    let on = key
        .iter()
        .map(|name| format!("{target}.{} = {}", identifier(name), source(name)))
        .collect::<Vec<_>>()
        .join(" AND ");
    let set = columns
        .iter()
        .filter(|name| !key.iter().any(|k| k == *name))
        .map(|name| format!("{} = {}", identifier(name), source(name)))
        .collect::<Vec<_>>();
    // MERGE needs both clauses; a table that is all key updates its key with itself.
    let set = if set.is_empty() {
        key.iter().map(|name| format!("{} = {}", identifier(name), source(name))).collect()
    } else {
        set
    };
    let values = columns.iter().map(|name| source(name)).collect::<Vec<_>>().join(", ");
    format!(
        "MERGE INTO {target} USING {STAGING} ON {on} WHEN MATCHED THEN UPDATE SET {} \
         WHEN NOT MATCHED THEN INSERT ({}) VALUES ({values})",
        set.join(", "),
        identifiers(columns.iter().copied()),
    )
}

#[cfg(test)]
mod tests;
