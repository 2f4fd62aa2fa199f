//! From the objects of an event to the function's response.

use std::future::Future;

use aws_lambda_events::sqs::SqsBatchResponse;
use serde::Serialize;

use crate::envelope::{Delivery, Envelope, Notice, Received};
use crate::record::NoticeError;
use crate::upload::NotifiedObject;

/// The response of a function whose events name objects.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// To a queue: which messages must be delivered again.
    Batch(SqsBatchResponse),
    /// To everybody else: what was done, upload by upload.
    Uploads {
        /// One line per record.
        uploads: Vec<String>,
    },
}

impl Received {
    /// Does `one` for every new object, one after another; it returns a line for the response. One bad record never fails another.
    ///
    /// # Errors
    /// The first of all, unless a queue invoked the function: the response names the messages to deliver again.
    pub async fn each<E, F>(self, mut one: impl FnMut(NotifiedObject) -> F) -> Result<Response, E>
    where
        E: From<NoticeError> + std::error::Error + 'static,
        F: Future<Output = Result<String, E>>,
    {
        let (mut failed, mut uploads) = (Vec::new(), Vec::new());
        for Delivery { message_id, notices } in self.deliveries {
            match (delivered(notices, &mut one).await, message_id) {
                (Ok(done), _) => uploads.extend(done),
                (Err(error), Some(message_id)) => {
                    tracing::error!(
                        message.id = message_id,
                        error = causes::chain(&error),
                        "kept for another delivery"
                    );
                    failed.push(message_id);
                }
                (Err(error), None) => return Err(error),
            }
        }
        Ok(match self.envelope {
            Envelope::Sqs => Response::Batch(Self::response(failed)),
            _ => Response::Uploads { uploads },
        })
    }
}

/// All records of one message. Every one is tried before the first error is returned, because the message is delivered again as a whole,
/// and doing a record twice is harmless.
async fn delivered<E, F>(
    notices: Vec<Result<Notice, NoticeError>>,
    one: &mut impl FnMut(NotifiedObject) -> F,
) -> Result<Vec<String>, E>
where
    E: From<NoticeError>,
    F: Future<Output = Result<String, E>>,
{
    let (mut done, mut first_error) = (Vec::new(), None);
    for notice in notices {
        let line = match notice {
            Ok(Notice::Created(notified)) => one(notified).await,
            Ok(Notice::Ignored(ignored)) => {
                tracing::info!(event.name = ignored.event, event.subject = ignored.subject, "no new object: ignored");
                Ok(format!("ignored {} of {}", ignored.event, ignored.subject))
            }
            Err(error) => Err(error.into()),
        };
        match line {
            Ok(line) => done.push(line),
            Err(error) => _ = first_error.get_or_insert(error),
        }
    }
    first_error.map_or(Ok(done), Err)
}
