use function::queue::{self, Failures, Response, Uploads};
use futures::{StreamExt as _, stream};
use notifications::Notice;
use serde_json::Value;

use crate::arrivals::{Arrival, TableKey, by_table};
use crate::context::Context;
use crate::error::Error;
use crate::register::{Described, register};

/// How many footers are read at once.
const READS: usize = 8;

/// What a record or file is for this function.
enum Found<T> {
    /// Something to register.
    File(T),
    /// Nothing to do: a line that says why.
    Ignored(String),
}

/// What was done with one object, and the place of the message that names it.
type Line = (usize, Result<String, Error>);

/// Registers every Parquet file that the event names. One bad file never fails another; the files of one table are registered
/// together.
///
/// # Errors
/// That of the first file that was not registered, unless a queue invoked the function: the response names the messages to deliver
/// again.
pub async fn handle(context: &Context, event: Value) -> Result<Response<Uploads>, Error> {
    let received = notifications::read(&event);
    let mut messages = Vec::new();
    let mut lines = Vec::new();
    let mut arrivals = Vec::new();
    for (message, delivery) in received.deliveries.into_iter().enumerate() {
        messages.push(delivery.message_id);
        for notice in delivery.notices {
            match notice.map(read) {
                Ok(Found::File(arrival)) => arrivals.push((message, arrival)),
                Ok(Found::Ignored(why)) => lines.push((message, Ok(why))),
                Err(error) => lines.push((message, Err(Error::Notice(error)))),
            }
        }
    }
    let mut described = Vec::new();
    for (message, result) in described_all(context, arrivals).await {
        match result {
            Ok(Found::File(file)) => described.push((file.arrival.table(), (message, file))),
            Ok(Found::Ignored(why)) => lines.push((message, Ok(why))),
            Err(error) => lines.push((message, Err(error))),
        }
    }
    for (table, files) in by_table(described) {
        lines.extend(registered(context, &table, files).await);
    }
    let mut failures = Failures::of(received.envelope);
    let mut done = Uploads::default();
    for (message, result) in lines {
        match result {
            Ok(line) => done.uploads.push(line),
            Err(error) => failures.add(messages.get(message).and_then(Option::as_deref), error),
        }
    }
    failures.response(done)
}

/// The file that a record names.
fn read(notice: Notice) -> Found<Arrival> {
    match notice {
        Notice::Created(notified) => Arrival::of(&notified).map_or_else(
            || {
                tracing::info!(object = notified.url(), "no file of a table: ignored");
                Found::Ignored(format!("ignored {}: no file of a table", notified.url()))
            },
            Found::File,
        ),
        Notice::Ignored(ignored) => Found::Ignored(queue::ignored(&ignored)),
    }
}

/// The columns of the files; of those that are gone, a line that says so.
async fn described_all(
    context: &Context,
    arrivals: Vec<(usize, Arrival)>,
) -> Vec<(usize, Result<Found<Described>, Error>)> {
    let reads = arrivals.into_iter().map(|(message, arrival)| async move {
        let described = match arrival.columns(&context.s3).await {
            Ok(Some(columns)) => Ok(Found::File(Described { arrival, columns })),
            Ok(None) => {
                tracing::info!(object = %arrival.object, "the file is gone: nothing to register");
                Ok(Found::Ignored(format!("ignored {}: it is gone", arrival.object)))
            }
            Err(error) => Err(error),
        };
        (message, described)
    });
    stream::iter(reads).buffered(READS).collect().await
}

/// Registers the files of one table. An error of the catalog concerns all of them.
async fn registered(context: &Context, table: &TableKey, files: Vec<(usize, Described)>) -> Vec<Line> {
    let described: Vec<&Described> = files.iter().map(|(_, file)| file).collect();
    match register(context, table, &described).await {
        Ok(outcomes) => files
            .iter()
            .zip(outcomes)
            .map(|((message, file), refusal)| match refusal {
                Some(refusal) => (*message, Err(Error::Refused(Box::new(refusal)))),
                None => (*message, Ok(format!("registered {}", file.arrival.object))),
            })
            .collect(),
        Err(error) => {
            let mut files = files.iter();
            let first = files.next().map(|(message, _)| (*message, Err(error)));
            let together = |file: &Described| Err(Error::Together(file.arrival.object.to_string()));
            first.into_iter().chain(files.map(|(message, file)| (*message, together(file)))).collect()
        }
    }
}
