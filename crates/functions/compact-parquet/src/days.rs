//! Which days to work on, and in which order.

use aws_sdk_glue::types::{StorageDescriptor, Table};
use chrono::NaiveDate;
use event_lake::layout::{Area, Partition};
use event_lake::partition::{self, Step};
use glue_catalog::{date_of, is_projected, location_of};

use crate::context::{Context, Settings};
use crate::day::{Day, list, read};
use crate::error::Error;
use crate::request::Request;

const DAY_SECONDS: i64 = 86_400;

/// The days that may need a step, those under way first, so that a run that comes to its end does not keep them waiting.
pub(crate) async fn days(context: &Context, request: &Request) -> Result<Vec<Day>, Error> {
    let mut days = Vec::new();
    for table in tables(context, request).await? {
        let Some(prefix) = prefix_of(&table, &context.settings.bucket) else { continue };
        if is_projected(&table) {
            tracing::warn!(
                table = table.name(),
                "not compacted: with partition projection Athena ignores the locations of partitions, so readers cannot be sent elsewhere"
            );
            continue;
        }
        days.extend(days_of(context, &table, &prefix, request).await?);
    }
    if let (Request::Day { table, date }, true) = (request, days.is_empty()) {
        let problem =
            "it is not in the catalog, its table is not in the lake's bucket, or it uses partition projection";
        return Err(Error::NoSuchDay { table: table.clone(), date: date.clone(), problem: problem.to_owned() });
    }
    days.sort_by_key(|day| {
        let step = day.state.as_ref().map_or(Step::Settled, |(state, _)| state.step);
        let order = [Step::Merged, Step::Announced, Step::Merging, Step::Settled];
        let since = day.state.as_ref().map_or(0, |(state, _)| state.since);
        (order.iter().position(|other| *other == step), since)
    });
    Ok(days)
}

async fn tables(context: &Context, request: &Request) -> Result<Vec<Table>, Error> {
    match request {
        Request::Scheduled => context.catalog.tables().await.map_err(Error::Catalog),
        Request::Day { table, .. } => {
            let table = context.catalog.table(table).await.map_err(Error::Catalog)?;
            Ok(table.into_iter().collect())
        }
    }
}

async fn days_of(context: &Context, table: &Table, prefix: &str, request: &Request) -> Result<Vec<Day>, Error> {
    let name = table.name();
    let states = format!("{prefix}/{}/{name}/", Area::Partitions.name());
    let states = list(context, &states).await?;
    let partitions = match request {
        Request::Scheduled => context.catalog.partitions(name).await,
        Request::Day { date, .. } => context.catalog.partitions_of(name, std::slice::from_ref(date)).await,
    };
    let mut days = Vec::new();
    for partition in partitions.map_err(Error::Catalog)? {
        let Some(date) = date_of(&partition) else { continue };
        let day = Partition { prefix: prefix.to_owned(), table: name.to_owned(), date: date.to_owned() };
        let key = partition::key(&day);
        let written = states.iter().find(|state| state.key == key).map(|state| state.modified);
        let is_asked_for = matches!(request, Request::Day { .. });
        if !is_asked_for && !is_due(&context.settings, date, written, (context.clock)()) {
            continue;
        }
        let state = match written {
            Some(_) => read(context, &day).await?,
            None => None,
        };
        days.push(Day { partition: day, location: location_of(&partition).to_owned(), state });
    }
    Ok(days)
}

/// Whether a day is over for long enough, and not for too long, unless its state was written not long ago.
fn is_due(settings: &Settings, date: &str, written: Option<i64>, now: i64) -> bool {
    let Ok(date) = NaiveDate::parse_from_str(date, "%Y-%m-%d") else { return false };
    let end = i64::from(date.to_epoch_days()) * DAY_SECONDS + DAY_SECONDS;
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let is_recent = |time: i64| now.saturating_sub(time) <= seconds(settings.horizon);
    now.saturating_sub(end) >= seconds(settings.delay) && (is_recent(end) || written.is_some_and(is_recent))
}

/// What the keys of a table begin with; none, if the table is not one of the lake's.
fn prefix_of(table: &Table, bucket: &str) -> Option<String> {
    let location = table.storage_descriptor().and_then(StorageDescriptor::location)?;
    let folder = location.strip_prefix("s3://")?.strip_prefix(bucket)?.strip_prefix('/')?.trim_end_matches('/');
    let prefix = folder.strip_suffix(&format!("/{}/{}", Area::Transformed.name(), table.name()))?;
    let keys: Vec<&str> = table.partition_keys().iter().map(aws_sdk_glue::types::Column::name).collect();
    (!prefix.is_empty() && keys == [glue_catalog::PARTITION_KEY]).then(|| prefix.to_owned())
}

#[cfg(test)]
mod tests {
    use aws_sdk_glue::types::Column;
    use function::Environment;

    use super::*;

    #[test]
    fn which_days_are_due() {
        let required = |name: &str| (!name.contains("COMPACTION")).then(|| "x".to_owned());
        let settings = Settings::read(Environment::new(required)).unwrap();
        let end = 1_767_398_400; // 2026-01-03T00:00:00Z
        let check = |now: i64, written: Option<i64>, expected: bool| {
            assert_eq!(is_due(&settings, "2026-01-02", written, now), expected, "{}", now - end);
        };
        check(end, None, false);
        check(end + 7199, Some(end), false);
        check(end + 7200, None, true);
        check(end + 30 * DAY_SECONDS, None, true);
        check(end + 30 * DAY_SECONDS + 1, None, false);
        check(end + 40 * DAY_SECONDS, Some(end + 15 * DAY_SECONDS), true);
        assert!(!is_due(&settings, "mixed", None, end));
    }

    #[test]
    fn which_tables_are_the_lakes() {
        let check = |location: &str, key: &str, expected: Option<&str>| {
            let table = Table::builder()
                .name("posts")
                .storage_descriptor(StorageDescriptor::builder().location(location).build())
                .partition_keys(Column::builder().name(key).build().unwrap())
                .build()
                .unwrap();
            assert_eq!(prefix_of(&table, "lake").as_deref(), expected, "{location}");
        };
        check("s3://lake/web/data/transformed/posts/", "dt", Some("web/data"));
        check("s3://lake/web/transformed/posts", "dt", Some("web"));
        check("s3://lake/web/transformed/posts/", "day", None);
        check("s3://lake/web/transformed/users/", "dt", None);
        check("s3://lakes/web/transformed/posts/", "dt", None);
        check("s3://lake/transformed/posts/", "dt", None);
    }
}
