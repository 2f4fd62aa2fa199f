//! Files that arrived, and their schemas.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use event_lake::layout::{Area, Partition};
use glue_catalog::Column;
use notifications::NotifiedObject;
use objects::{ObjectRef, ReadError};
use vendor_files::{HeadError, read_parquet_schema};

use crate::error::Error;

/// A Parquet file of a table's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The file.
    pub(crate) object: ObjectRef,
    /// Its table and day.
    pub(crate) partition: Partition,
    /// Whether it is a merged file: its folder becomes that of the partition when all of them are written, not now.
    pub(crate) is_compacted: bool,
}

/// One table of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TableKey {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) table: String,
}

impl Arrival {
    /// Nothing, if the object is no file of a table.
    pub(crate) fn of(notified: &NotifiedObject) -> Option<Self> {
        let (partition, area, _) = Partition::parse(notified.key.as_str())?;
        let is_compacted = match area {
            Area::Transformed => false,
            Area::Compacted => true,
            Area::Raw | Area::Partitions => return None,
        };
        // The newest version: every one of the same key has the same rows.
        let object = ObjectRef::new(&notified.bucket, notified.key.as_str());
        Some(Self { object, partition, is_compacted })
    }

    pub(crate) fn table(&self) -> TableKey {
        TableKey {
            bucket: self.object.bucket.clone(),
            prefix: self.partition.prefix.clone(),
            table: self.partition.table.clone(),
        }
    }

    /// The file's columns; none, if it is gone: after a compaction its rows are elsewhere.
    pub(crate) async fn columns(&self, s3: &Client) -> Result<Option<Vec<Column>>, Error> {
        let root = match read_parquet_schema(s3, &self.object).await {
            Ok(root) => root,
            Err(HeadError::Read(ReadError::Gone { .. })) => return Ok(None),
            Err(error) => return Err(Error::Schema(Box::new(error))),
        };
        let columns = glue_catalog::columns(&root);
        columns.map(Some).map_err(|source| Error::Column { file: self.object.to_string(), source })
    }
}

/// Sorts items by their tables.
pub(crate) fn by_table<T>(items: impl IntoIterator<Item = (TableKey, T)>) -> BTreeMap<TableKey, Vec<T>> {
    let mut tables: BTreeMap<TableKey, Vec<T>> = BTreeMap::new();
    for (table, item) in items {
        tables.entry(table).or_default().push(item);
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;
    use notifications::ObjectKey;

    #[test]
    fn which_objects_are_files_of_tables() {
        let check = |key: &str, expected: Option<(&str, bool)>| {
            let notified = NotifiedObject {
                bucket: "lake".into(),
                key: ObjectKey::from_plain(key).unwrap(),
                version: Some("v1".into()),
                etag: None,
                size: None,
                sequencer: None,
                time: None,
            };
            let arrival = Arrival::of(&notified);
            let found = arrival.as_ref().map(|arrival| (arrival.partition.table.as_str(), arrival.is_compacted));
            assert_eq!(found, expected, "{key}");
        };
        check("web/transformed/posts/dt=2026-01-02/f.parquet", Some(("posts", false)));
        check("web/compacted/posts/dt=2026-01-02/100/compacted-00000.parquet", Some(("posts", true)));
        check("web/raw/posts/dt=2026-01-02/f.gz", None);
        check("web/partitions/posts/dt=2026-01-02/x", None);
        check("web/partitions/posts/dt=2026-01-02.json", None);
        check("web/written/a.json", None);
    }
}
