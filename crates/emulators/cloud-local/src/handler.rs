//! The functions as the embedded cloud sees them: JSON in, JSON out, or an error.

use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::error::BoxError;

/// A function's handler, called with an event as Lambda would call it.
#[derive(Clone)]
pub struct Handler(Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, BoxError>> + Send + Sync>);

impl Handler {
    /// Makes a handler of a function; a `String` is error enough.
    pub fn new<F, Fut, E>(function: F) -> Self
    where
        F: Fn(Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self(Arc::new(move |event| {
            let answer = function(event);
            async move { answer.await.map_err(Into::into) }.boxed()
        }))
    }

    /// Calls the function in a task of its own: a panic is an error of the function, as in Lambda, and not ours. Who stops waiting stops
    /// the function.
    pub(crate) async fn call(&self, event: Value) -> Result<Value, String> {
        let mut task = JoinSet::new();
        task.spawn((self.0)(event));
        match task.join_next().await {
            Some(Ok(Ok(answer))) => Ok(answer),
            Some(Ok(Err(error))) => Err(causes::chain(error.as_ref())),
            Some(Err(error)) => Err(format!("the function panicked: {error}")),
            None => Err("the function was not started".to_owned()),
        }
    }
}

/// What became of a message or an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The function has done its work.
    Done {
        /// The queue, or the function that was invoked asynchronously.
        target: String,
        /// The message, or the invocation.
        id: String,
        /// How many tries it took.
        tries: u32,
    },
    /// The function failed, and will be tried again.
    Failed {
        /// The queue, or the function that was invoked asynchronously.
        target: String,
        /// The message, or the invocation.
        id: String,
        /// How many tries there were.
        tries: u32,
        /// What the function said.
        error: String,
    },
    /// The function failed for the last time; what it was given is kept by the queue, and lost by an asynchronous invocation.
    GivenUp {
        /// The queue, or the function that was invoked asynchronously.
        target: String,
        /// The message, or the invocation.
        id: String,
        /// How many tries there were.
        tries: u32,
        /// What the function said.
        error: String,
        /// What the function was given.
        body: Value,
    },
    /// A queue or stream elsewhere cannot be read; it is tried again until it can.
    Unreachable {
        /// The queue or the stream.
        target: String,
        /// Why not.
        error: String,
    },
}

/// Is told what became of messages and invocations. It hands over, and returns.
pub type DeliveryObserver = Arc<dyn Fn(Delivery) + Send + Sync>;
