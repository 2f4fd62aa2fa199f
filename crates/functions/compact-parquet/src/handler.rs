use std::time::Instant;

use function::{Metric, Unit};
use serde::Serialize;
use serde_json::Value;

use crate::advance::{Done, Todo, advance, todo};
use crate::context::Context;
use crate::day::Day;
use crate::days::days;
use crate::error::Error;
use crate::merge::Merged;
use crate::request::Request;

/// What the function answers.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// One line per day to which something was done.
    pub days: Vec<String>,
    /// How many days were looked at.
    pub looked_at: usize,
    /// How many days are left for the next run, because the time was over.
    pub left: usize,
}

/// Does one step for every day that needs one, as long as there is time. What is left, and what failed, the next invocation does.
///
/// # Errors
/// The event is not understood, the days could not be found, or some of them failed; the others were done.
pub async fn handle(context: &Context, event: Value) -> Result<Answer, Error> {
    let begin = Instant::now();
    let request = Request::read(&event)?;
    let all = days(context, &request).await?;
    let count = all.len();
    let mut answer = Answer { days: Vec::new(), looked_at: 0, left: 0 };
    let mut failed = Vec::new();
    for day in all {
        if begin.elapsed() >= time_to_begin(context, &day) {
            answer.left += 1;
            continue;
        }
        answer.looked_at += 1;
        let partition = day.partition.clone();
        match advance(context, day, begin + context.settings.budget).await {
            Ok(done) => {
                answer.days.extend(line(&done).map(|line| format!("{partition}: {line}")));
                if let Done::Compacted(merged) = done {
                    tracing::info!(day = %partition, ?merged, "compacted");
                    count_merged(context, &partition.table, &merged);
                }
            }
            Err(error) => {
                tracing::error!(day = %partition, error = function::chain(&error), "not compacted");
                failed.push((partition.to_string(), error));
            }
        }
    }
    if answer.left > 0 {
        tracing::info!(days.left = answer.left, "the time is over; the next run goes on");
    }
    let number = failed.len();
    match failed.into_iter().next() {
        None => Ok(answer),
        Some((first, source)) => Err(Error::Days { failed: number, days: count, first, source: Box::new(source) }),
    }
}

/// Until when a day is begun: one that is to be merged in the first half only, so that it is not given up at the end of every run.
fn time_to_begin(context: &Context, day: &Day) -> std::time::Duration {
    let state = day.state.as_ref().map(|(state, _)| state);
    match todo(state, (context.clock)()) {
        Todo::Merge => context.settings.budget / 2,
        _ => context.settings.budget,
    }
}

fn line(done: &Done) -> Option<String> {
    match done {
        Done::Nothing(reason) => {
            tracing::debug!(reason, "nothing to do");
            None
        }
        Done::Announced(files) => Some(format!("{files} small files; a folder for merged ones is announced")),
        Done::Compacted(merged) => Some(format!(
            "{} files became {}, with {} rows; {} rows were repetitions",
            merged.files, merged.parts, merged.rows, merged.duplicates
        )),
        Done::Switched => Some("readers were sent to the merged files".to_owned()),
        Done::Overtaken => Some("somebody else did a step at the same time; the next run goes on".to_owned()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn count_merged(context: &Context, table: &str, merged: &Merged) {
    let count = |name, value| Metric { name, unit: Unit::Count, value };
    context.metrics.put(
        &[("Table", table)],
        &[
            count("FilesMerged", merged.files as f64),
            count("FilesCompacted", merged.parts as f64),
            count("RowsCompacted", merged.rows as f64),
            count("DuplicatesRemoved", merged.duplicates as f64),
        ],
    );
}
