//! The record of what a raw object became, so that writing it again replaces all of it.

use std::collections::BTreeMap;

use notifications::Sequencer;
use objects::{ObjectRef, get_if_present};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::Error;

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// `s3://bucket/key`.
    pub(crate) source: String,
    pub(crate) version: Option<String>,
    pub(crate) etag: Option<String>,
    /// Orders the versions of the key.
    pub(crate) sequencer: Option<Sequencer>,
    /// Rows by table and day.
    pub(crate) rows: BTreeMap<String, BTreeMap<String, u64>>,
    pub(crate) duplicates: u64,
    pub(crate) rejected: u64,
    /// Bytes of the object, decompressed.
    pub(crate) bytes: u64,
    /// Why the object could not be decompressed to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) broken: Option<String>,
    pub(crate) outputs: Vec<Output>,
}

/// A Parquet file. Compaction may have moved its rows elsewhere since, so this is no key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Output {
    pub(crate) table: String,
    pub(crate) date: String,
    pub(crate) file: String,
    pub(crate) rows: u64,
}

/// The receipt of an earlier delivery, if there is one.
pub(crate) async fn read(context: &Context, key: &str) -> Result<Option<Receipt>, Error> {
    let object = ObjectRef::new(&context.bucket, key);
    let found = get_if_present(&context.s3, &object).await.map_err(Error::Read)?;
    let Some((bytes, _)) = found else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::Receipt { object, source })
}
