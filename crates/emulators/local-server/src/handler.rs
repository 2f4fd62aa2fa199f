//! A function: JSON in, JSON out, or an error.

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

    /// Calls the function in a task of its own: a panic is an error of the function, as in Lambda, and not ours. A caller that stops waiting
    /// stops the function.
    ///
    /// # Errors
    ///
    /// When the function returns an error, or panics: the error and its causes in one line.
    pub async fn call(&self, event: Value) -> Result<Value, String> {
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
