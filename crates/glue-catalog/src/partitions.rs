//! The partitions of a table: one per day.

use aws_sdk_glue::types::{Column as GlueColumn, Partition, PartitionInput, StorageDescriptor, Table};

use crate::fit::{Fit, fit};
use crate::plan::columns_of;

/// The day of a partition, as `2015-12-10`.
pub fn date_of(partition: &Partition) -> Option<&str> {
    partition.values().first().map(String::as_str)
}

/// Where the files of a partition are.
pub fn location_of(partition: &Partition) -> &str {
    partition.storage_descriptor().and_then(StorageDescriptor::location).unwrap_or_default()
}

/// Whether a partition describes all these columns of its table: a partition has columns of its own, as the table's were when it was
/// made. A column that it lacks, or has with a narrower type, may not be read as the table defines it.
pub fn covers<'a>(partition: &Partition, columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
    let has = partition.storage_descriptor().map(StorageDescriptor::columns).unwrap_or_default();
    let type_of =
        |name: &str| has.iter().find(|column| column.name().eq_ignore_ascii_case(name)).and_then(GlueColumn::r#type);
    columns.into_iter().all(|(name, wanted)| type_of(name).is_some_and(|has| fit(has, wanted) == Fit::Fits))
}

/// A partition that does not exist yet: as its table, at a location of its own.
pub fn created_partition(table: &Table, date: &str, location: &str) -> PartitionInput {
    let mut storage = table.storage_descriptor().cloned();
    if let Some(storage) = &mut storage {
        storage.location = Some(location.to_owned());
    }
    PartitionInput::builder().values(date).set_storage_descriptor(storage).build()
}

/// A partition with its table's columns of now, at this location; the rest stays as it is.
pub fn updated_partition(table: &Table, partition: &Partition, location: &str) -> PartitionInput {
    let mut storage = partition.storage_descriptor().or(table.storage_descriptor()).cloned();
    if let Some(storage) = &mut storage {
        storage.location = Some(location.to_owned());
        storage.columns = Some(columns_of(table).to_vec());
    }
    PartitionInput::builder()
        .set_values(partition.values.clone())
        .set_storage_descriptor(storage)
        .set_parameters(partition.parameters.clone())
        .set_last_access_time(partition.last_access_time)
        .set_last_analyzed_time(partition.last_analyzed_time)
        .build()
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a test that meets something else fails")]
mod tests {
    use super::*;
    use crate::parquet_columns::Column;
    use crate::plan::{Change, File, Wanted, plan};

    fn table(types: &[(&str, &str)]) -> Table {
        let wanted = Wanted { name: "posts".into(), location: "s3://lake/posts/".into(), projection: false };
        let columns =
            types.iter().map(|(name, type_name)| Column { name: (*name).into(), type_name: (*type_name).into() });
        let file = File { url: "f".into(), date: "2026-01-02".into(), columns: columns.collect() };
        let Change::Create(input) = plan(None, &wanted, &[file]).unwrap().change else { panic!("no table") };
        Table::builder().name("posts").set_storage_descriptor(input.storage_descriptor).build().unwrap()
    }

    #[test]
    fn a_partition_follows_its_table_and_stays_where_it_is() {
        let narrow = table(&[("a", "int"), ("b", "string")]);
        let input = created_partition(&narrow, "2026-01-02", "s3://lake/posts/dt=2026-01-02/");
        let partition = Partition::builder()
            .set_values(input.values)
            .set_storage_descriptor(input.storage_descriptor)
            .parameters("owner", "me")
            .build();
        let check = |columns: &[(&str, &str)], expected: bool| {
            assert_eq!(covers(&partition, columns.iter().copied()), expected, "{columns:?}");
        };
        check(&[], true);
        check(&[("a", "int")], true);
        check(&[("a", "smallint"), ("b", "string")], true);
        check(&[("a", "bigint")], false);
        check(&[("c", "string")], false);
        let wide = table(&[("a", "bigint"), ("b", "string"), ("c", "string")]);
        let updated = updated_partition(&wide, &partition, location_of(&partition));
        let storage = updated.storage_descriptor().unwrap();
        assert_eq!(storage.location(), Some("s3://lake/posts/dt=2026-01-02/"));
        assert_eq!(storage.columns(), columns_of(&wide));
        assert_eq!(updated.parameters().unwrap()["owner"], "me");
        assert_eq!(updated.values(), ["2026-01-02"]);
    }
}
