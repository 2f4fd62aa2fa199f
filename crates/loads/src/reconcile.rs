use redshift::StatementName;

use crate::error::{Error, ask};
use crate::finish::finish;
use crate::outcome::LoadOutcome;
use crate::services::Services;
use crate::start::{Started, submit};

/// Finishes every batch that has ended and was not finished by its event: delivery of events is best effort.
///
/// The Data API remembers statements for 24 hours, so this must run at least daily; every few minutes is cheap.
///
/// # Errors
/// That a service failed: the next run does the rest.
pub async fn reconcile(services: &Services) -> Result<Vec<LoadOutcome>, Error> {
    let listed = ask(services.warehouse.list(StatementName::PREFIX).await, "the loads of the last day")?;
    let mut outcomes = Vec::new();
    for statement in listed.iter().filter(|statement| statement.status.has_ended()) {
        outcomes.extend(finish(services, &statement.id, &statement.name).await?);
    }
    Ok(outcomes)
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
