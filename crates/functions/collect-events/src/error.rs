/// Why an invocation fails as a whole. Whatever a client does is answered; this is a wrong trigger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Bug or misuse: the event has not the form of a Function URL's. Only the place is told, because the text may be anybody's data.
    #[error(
        "the event is no request to a Function URL: see its line {line}, column {column}; it has requestContext.http.method, rawPath \
         and headers"
    )]
    NotFunctionUrl {
        /// The line of the event's text, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
}

impl function::ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::NotFunctionUrl { .. } => "NotFunctionUrl",
        }
    }
}
