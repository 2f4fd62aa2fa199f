#![doc = include_str!("../README.md")]

mod answer;
mod context;
mod direct;
mod edits;
mod error;
mod handler;
mod incoming;
mod members;
mod privacy;
mod rules;
mod stamp;
mod surrogates;
mod transform;

pub use answer::{Answer, Answered, Metadata, Outcome, PartitionKeys, RESPONSE_BYTES_MAX};
pub use context::{Context, PRIVACY_KEY_SECRET_VARIABLE, PRIVACY_KEY_VARIABLE, StartError};
pub use direct::{Direct, DirectService};
pub use error::Error;
pub use event_lake::Instant;
pub use handler::handle;
pub use privacy::{KEY_BYTES_MIN, PrivacyKey};
pub use rules::{Rules, RulesError};
pub use transform::{Decision, Lines, RECORD_BYTES_MAX, Reason, Record, transform};

/// The messages of an error and of its sources.
#[cfg(test)]
fn messages(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
