//! The tables of schema `landfall` that record what was loaded and what was not.

use chrono::{DateTime, Utc};
use notifications::{NotifiedObject, Upload};
use pipeline::TableRef;
use sha2::{Digest, Sha256};

use crate::sql::{identifier, literal, literal_or_null};

/// The schema that Landfall keeps for itself in the warehouse.
pub const SCHEMA: &str = "landfall";

/// Redshift developer guide, "Names and identifiers": longer names are cut silently.
const NAME_BYTES_MAX: usize = 127;

/// One row per upload that was loaded, written in the transaction that loaded it.
pub const LOADS: &str = "CREATE TABLE IF NOT EXISTS landfall.loads (
    load_id      VARCHAR(24)   NOT NULL,
    attempt      INTEGER       NOT NULL,
    dataset      VARCHAR(60)   NOT NULL,
    slice        VARCHAR(1024) NOT NULL,
    load_mode    VARCHAR(16)   NOT NULL,
    bucket       VARCHAR(63)   NOT NULL,
    object_key   VARCHAR(1024) NOT NULL,
    version_id   VARCHAR(1024),
    etag         VARCHAR(128),
    size_bytes   BIGINT,
    sequencer    VARCHAR(64),
    event_time   TIMESTAMP,
    rows_loaded  BIGINT        NOT NULL,
    trusted      BOOLEAN       NOT NULL DEFAULT TRUE,
    loaded_at    TIMESTAMP     NOT NULL DEFAULT SYSDATE
) DISTSTYLE ALL SORTKEY (dataset, loaded_at)";

/// One row per upload that was not loaded, written after its transaction was rolled back.
pub const FAILURES: &str = "CREATE TABLE IF NOT EXISTS landfall.failures (
    load_id      VARCHAR(24)    NOT NULL,
    attempt      INTEGER        NOT NULL,
    dataset      VARCHAR(60)    NOT NULL,
    bucket       VARCHAR(63)    NOT NULL,
    object_key   VARCHAR(1024)  NOT NULL,
    version_id   VARCHAR(1024),
    outcome      VARCHAR(16)    NOT NULL,
    reason       VARCHAR(4096)  NOT NULL,
    details      VARCHAR(65535) NOT NULL,
    failed_at    TIMESTAMP      NOT NULL DEFAULT SYSDATE
) DISTSTYLE ALL SORTKEY (dataset, failed_at)";

/// What the recording of a failure locks. Not the table of failures itself: who reads that shall neither wait nor be waited for.
pub const FAILURES_LOCK: &str = "CREATE TABLE IF NOT EXISTS landfall.failures_lock (locked INTEGER) DISTSTYLE ALL";

/// What the ledger keeps of an upload that was not loaded.
#[derive(Debug, Clone)]
pub struct Failure<'a> {
    /// The dataset.
    pub dataset: &'a str,
    /// What arrived.
    pub upload: &'a NotifiedObject,
    /// From 1.
    pub attempt: u32,
    /// The outcome's name, at most 16 bytes.
    pub outcome: &'a str,
    /// One sentence.
    pub reason: &'a str,
    /// The whole outcome as JSON.
    pub details: &'a str,
}

/// The name of the table that the loads of one table lock, so that they run one after another while readers of the target are never
/// blocked: datasets that share a table wait for each other. Two tables may have one lock; their loads then wait for each other too.
pub fn lock_name(table: &TableRef) -> String {
    let name = format!("lock_{}_{}", table.schema, table.name);
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    let hash = hex::encode(Sha256::digest(&name));
    format!("{}_{}", &name[..name.floor_char_boundary(NAME_BYTES_MAX - 17)], &hash[..16])
}

/// The quoted name of a table's lock.
pub fn lock_table(table: &TableRef) -> String {
    format!("{SCHEMA}.{}", identifier(&lock_name(table)))
}

/// Creates a table's lock.
pub fn create_lock_table(table: &TableRef) -> String {
    format!("CREATE TABLE IF NOT EXISTS {} (locked INTEGER) DISTSTYLE ALL", lock_table(table))
}

/// The statements of one transaction that records an upload that was not loaded; a repetition changes nothing.
///
/// It locks first, so that of several at a time none fails with 1023: nobody would submit it again. Rule: Redshift developer guide,
/// "Troubleshooting serializable isolation errors".
pub fn record_failure(failure: &Failure<'_>) -> [String; 2] {
    let NotifiedObject { bucket, key, version, .. } = failure.upload;
    let id = literal(failure.upload.id().as_str());
    let insert = format!(
        "INSERT INTO landfall.failures (load_id, attempt, dataset, bucket, object_key, version_id, outcome, reason, details) \
         SELECT {id}, {attempt}, {dataset}, {bucket}, {key}, {version}, {outcome}, {reason}, {details} \
         WHERE NOT EXISTS (SELECT 1 FROM landfall.failures WHERE load_id = {id} AND attempt = {attempt})",
        attempt = failure.attempt,
        dataset = literal(failure.dataset),
        bucket = literal(bucket),
        key = literal(key.as_str()),
        version = literal_or_null(version.as_deref()),
        outcome = literal(failure.outcome),
        reason = literal(truncate(failure.reason, 4096)),
        details = literal(truncate(failure.details, 65535)),
    );
    ["LOCK landfall.failures_lock".to_owned(), insert]
}

/// Invalidates the row of an attempt whose object was overwritten while COPY read it: it no longer counts as a load of this upload.
pub fn invalidate(upload: &Upload, attempt: u32) -> String {
    format!(
        "UPDATE landfall.loads SET trusted = FALSE WHERE load_id = {} AND attempt = {attempt}",
        literal(upload.id().as_str())
    )
}

/// Asks which attempt loaded an upload, and how many rows it has: one row, or none.
pub fn loaded(upload: &Upload) -> String {
    let id = literal(upload.id().as_str()).to_string();
    format!("SELECT attempt, rows_loaded FROM landfall.loads WHERE load_id = {id} AND trusted ORDER BY attempt DESC")
}

/// A moment as a TIMESTAMP literal in UTC.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    format!("CAST({} AS TIMESTAMP)", literal(&time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()))
}

/// The longest prefix of at most `bytes` bytes that ends between two characters.
fn truncate(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
