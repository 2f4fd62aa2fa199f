use redshift::StatementName;

use crate::error::Error;
use crate::finish::{ask, finish};
use crate::outcome::Outcome;
use crate::services::Services;

/// Finishes every batch that has ended and was not finished by its event: delivery of events is best effort.
///
/// The Data API remembers statements for 24 hours, so a sweep must run at least daily; every few minutes is cheap.
pub async fn sweep(services: &Services) -> Result<Vec<Outcome>, Error> {
    let listed = ask(services.warehouse.list(StatementName::PREFIX).await, "the loads of the last day")?;
    let mut outcomes = Vec::new();
    for statement in listed.iter().filter(|s| matches!(s.status.as_str(), "FINISHED" | "FAILED" | "ABORTED")) {
        outcomes.extend(finish(services, &statement.id, &statement.name).await?);
    }
    Ok(outcomes)
}
