//! What keeps a delivery stream from starting, and that it has ended.

use local_server::Error;

/// A delivery stream that cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is outside its limits.
    #[error("{setting} of the delivery stream {stream:?} is {value}: choose {limits}")]
    Setting {
        /// The delivery stream.
        stream: String,
        /// The setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        limits: &'static str,
    },
    /// A prefix cannot be evaluated.
    #[error("the delivery stream {stream:?} has a prefix that cannot be used")]
    Prefix {
        /// The delivery stream.
        stream: String,
        /// Why not.
        source: PrefixError,
    },
    /// Its folder cannot be used.
    #[error("cannot open the state of the delivery stream {stream:?}")]
    State {
        /// The delivery stream.
        stream: String,
        /// Why not.
        source: Error,
    },
}

/// A prefix that Firehose would refuse, or that is not understood here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// An expression or a quote has no end.
    #[error("an expression or a quote in the prefix {prefix:?} is not closed")]
    Unclosed {
        /// The prefix.
        prefix: String,
    },
    /// An expression is not known.
    #[error(
        "{expression} in the prefix {prefix:?} is not known here: known are partitionKeyFromLambda:<key>, timestamp:<pattern>, \
         firehose:error-output-type and firehose:random-string"
    )]
    Unknown {
        /// The prefix.
        prefix: String,
        /// The expression.
        expression: String,
    },
    /// A field of a time is not known.
    #[error(
        "{field:?} in a timestamp of the prefix {prefix:?} is not known here: known are yyyy, yy, MM, dd, DDD, HH, mm and ss"
    )]
    Pattern {
        /// The prefix.
        prefix: String,
        /// The field.
        field: String,
    },
    /// The prefix of data asks for the type of errors.
    #[error("the prefix {prefix:?} is one of data, which have no error-output-type")]
    ErrorTypeInData {
        /// The prefix.
        prefix: String,
    },
    /// Partition keys need a function that sets them.
    #[error("the prefix {prefix:?} needs the partition key {key:?}, but there is no transform that could set it")]
    NoTransform {
        /// The prefix.
        prefix: String,
        /// The key.
        key: String,
    },
    /// A prefix with expressions needs one of errors.
    #[error("a prefix with expressions needs a prefix of errors")]
    NoErrorPrefix,
    /// The prefix of errors must tell the types of errors apart.
    #[error("the prefix of errors {prefix:?} has expressions, but not !{{firehose:error-output-type}}")]
    NoErrorType {
        /// The prefix.
        prefix: String,
    },
    /// Errors have no partition.
    #[error("the prefix of errors {prefix:?} has the partition key {key:?}: errors have no partition")]
    KeyInErrors {
        /// The prefix.
        prefix: String,
        /// The key.
        key: String,
    },
}

/// The delivery stream has ended before what was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the delivery stream has ended: what is not delivered is delivered by its next start")]
pub struct Ended;
