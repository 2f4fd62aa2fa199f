//! The record of what a raw object became, so that writing it again replaces all of it.

use std::collections::BTreeMap;

use notifications::Sequencer;
use objects::{ObjectRef, get_if_present};
use record_format::RecordFormat;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::Error;

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// The form in which it is stored.
    #[serde(default)]
    pub(crate) format: RecordFormat<1>,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `web/written/*.json` of the first release.
    const FIRST_RELEASE: &str = r#"{"source":"s3://lake/web/raw/mixed/dt=2026-01-02/a.gz","version":"v1","etag":"0123","sequencer":"0055AED6DCD90281E5","rows":{"posts":{"2026-01-02":3}},"duplicates":1,"rejected":0,"bytes":987,"outputs":[{"table":"posts","date":"2026-01-02","file":"f.parquet","rows":3}]}"#;

    fn receipt() -> Receipt {
        let (table, date) = ("posts".to_owned(), "2026-01-02".to_owned());
        Receipt {
            format: RecordFormat,
            source: "s3://lake/web/raw/mixed/dt=2026-01-02/a.gz".into(),
            version: Some("v1".into()),
            etag: Some("0123".into()),
            sequencer: Some(Sequencer::new("0055aed6dcd90281e5")),
            rows: [(table.clone(), [(date.clone(), 3)].into())].into(),
            duplicates: 1,
            rejected: 0,
            bytes: 987,
            broken: None,
            outputs: vec![Output { table, date, file: "f.parquet".into(), rows: 3 }],
        }
    }

    #[test]
    fn a_receipt_of_the_first_release_is_read_and_one_of_a_later_release_is_not() {
        assert_eq!(serde_json::from_str::<Receipt>(FIRST_RELEASE).unwrap(), receipt());
        let written = serde_json::to_string(&receipt()).unwrap();
        assert_eq!(written, FIRST_RELEASE.replacen('{', r#"{"format":1,"#, 1));
        let newer = written.replace(r#""format":1"#, r#""format":2"#);
        let error = serde_json::from_str::<Receipt>(&newer).unwrap_err().to_string();
        assert!(error.starts_with("format 2 is newer than this release reads (1)"), "{error}");
    }
}
