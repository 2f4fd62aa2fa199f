/// Why an invocation fails as a whole: Firehose sends the batch again, and keeps all of it under its error prefix in the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Bug or misuse: the event has not the form of Firehose's. Only the place is told, because the text may be anybody's data.
    #[error(
        "the event is no Firehose event: see its line {line}, column {column}; it has records with recordId and data"
    )]
    NotFirehose {
        /// The line of the event's text, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// Bug or misuse: a record that has no id cannot be answered.
    #[error("record {0} of the event has no recordId")]
    NoRecordId(usize),
}

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::NotFirehose { .. } => "NotFirehose",
            Self::NoRecordId(_) => "NoRecordId",
        }
    }
}
