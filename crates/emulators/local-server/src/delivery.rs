//! How an invocation of a function ended.

use std::sync::Arc;

use serde_json::Value;

/// How a message or an invocation ended.
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

/// Receives how messages and invocations ended. It hands over, and returns.
pub type DeliveryObserver = Arc<dyn Fn(Delivery) + Send + Sync>;
