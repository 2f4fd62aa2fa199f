use futures::{StreamExt, stream};
use redshift::StatementName;

use crate::error::{Error, ask};
use crate::finish::finish;
use crate::outcome::LoadOutcome;
use crate::services::Services;
use crate::start::{Started, submit};

/// How many batches are looked at at once: most need one request to S3. A load that is submitted again pauses; the others do not wait for it.
const AT_ONCE: usize = 16;

/// Finishes every batch that has ended and was not finished by its event: delivery of events is best effort.
///
/// The Data API remembers statements for 24 hours, so this must run at least daily; every few minutes is cheap.
///
/// # Errors
/// The first failure of a service, after every other batch was looked at: the next run does the rest.
pub async fn reconcile(services: &Services) -> Result<Vec<LoadOutcome>, Error> {
    let listed = ask(
        services.warehouse.list(&StatementName::prefix_of(services.store.bucket())).await,
        "the loads of the last day",
    )?;
    let ended = listed.into_iter().filter(|statement| statement.status.has_ended());
    let finishing =
        stream::iter(ended).map(|statement| async move { finish(services, &statement.id, &statement.name).await });
    let results: Vec<_> = finishing.buffer_unordered(AT_ONCE).collect().await;
    let mut outcomes = Vec::new();
    let mut failures = Vec::new();
    for result in results {
        match result {
            Ok(outcome) => outcomes.extend(outcome),
            Err(error) => failures.push(error),
        }
    }
    for failure in failures.iter().skip(1) {
        tracing::error!(error = causes::chain(failure), "a batch was not finished: the next run tries again");
    }
    failures.into_iter().next().map_or(Ok(outcomes), Err)
}

/// Submits again what was submitted and has no outcome: for a warehouse that forgets its statements when its process ends.
///
/// The same batch goes with the same token, so what runs is not run twice, and what was loaded ends as a duplicate.
///
/// # Errors
/// That a service failed: what was not submitted keeps its record, and no outcome.
pub async fn resubmit(services: &Services) -> Result<Vec<Started>, Error> {
    let mut started = Vec::new();
    for record in services.store.unfinished().await? {
        started.push(submit(services, record).await?);
    }
    Ok(started)
}
