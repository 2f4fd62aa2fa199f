//! What a function of texts gives.

/// The result of a function: NULL is `None`; the message of an error is Redshift's.
pub type Answer = Result<Option<String>, String>;
