//! Why a statement was not understood.

/// A statement that redshift-local refuses before it reaches the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// The grammar does not allow what stands there.
    #[error("ERROR: syntax error at or near \"{near}\"\n  Position: {position}")]
    Syntax {
        /// The token at which reading stopped.
        near: String,
        /// The token's place, counted in characters from 1.
        position: usize,
    },
    /// The text ends too early.
    #[error("ERROR: syntax error at end of input\n  Position: {position}")]
    EndOfInput {
        /// The end of the text, counted in characters from 1.
        position: usize,
    },
    /// A quoted string, identifier or comment is not closed.
    #[error("ERROR: unterminated quoted text: {detail}")]
    Unterminated {
        /// What the tokenizer says.
        detail: String,
    },
    /// No statement was given.
    #[error("ERROR: the statement is empty")]
    Empty,
    /// More than one statement was given.
    #[error(
        "ERROR: cannot insert multiple commands into a prepared statement: one statement per call; send several as a batch"
    )]
    Multiple,
    /// Redshift may know it; redshift-local does not.
    #[error("ERROR: redshift-local does not know {what}")]
    Unsupported {
        /// The statement, option or function.
        what: String,
    },
    /// No function of this name.
    #[error("ERROR: function {name}() does not exist")]
    NoFunction {
        /// The name.
        name: String,
    },
    /// Redshift itself refuses the statement.
    #[error("ERROR: {message}")]
    Refused {
        /// Redshift's wording.
        message: String,
    },
}

impl SqlError {
    /// A thing of Redshift's that redshift-local lacks.
    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    /// A name in a database that is not this one.
    pub(super) fn no_database(name: &str) -> Self {
        Self::refused(format!("database \"{name}\" does not exist"))
    }

    /// A refusal in Redshift's words.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into() }
    }
}
