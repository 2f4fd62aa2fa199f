//! Why a COPY statement is refused before anything is read.

/// Why a COPY statement was refused before anything was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The statement does not follow the grammar.
    #[error("syntax error at or near \"{near}\"")]
    Syntax {
        /// The token that does not fit.
        near: String,
    },
    /// The statement stops too early.
    #[error("syntax error at end of input: {expected} is missing")]
    Incomplete {
        /// What should have come.
        expected: &'static str,
    },
    /// A quote or comment is not closed.
    #[error("unterminated {what}")]
    Unterminated {
        /// What was left open.
        what: &'static str,
    },
    /// Redshift has the option and this emulator does not.
    #[error("redshift-local does not know COPY ... {option} yet")]
    Unsupported {
        /// The option.
        option: String,
    },
    /// An option's value is not one of those it takes.
    #[error("COPY option {option} takes {expected}, not '{value}'")]
    Value {
        /// The option.
        option: &'static str,
        /// What was given.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
    /// Two options exclude each other.
    #[error("COPY options conflict: {first} cannot be combined with {second}")]
    Conflict {
        /// One of the two.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// An option is given twice, or two of one kind are given.
    #[error("conflicting or redundant options: {option}")]
    Redundant {
        /// The second of them.
        option: &'static str,
    },
    /// COPY takes few options beside Parquet.
    #[error("{option} argument is not supported for PARQUET based COPY")]
    NotForParquet {
        /// The option.
        option: &'static str,
    },
    /// Nothing says with whose permissions the objects are read.
    #[error(
        "COPY from Amazon S3 needs credentials: add IAM_ROLE default, IAM_ROLE 'arn:aws:iam::...' or CREDENTIALS '...'"
    )]
    NoAuthorization,
}
