#![doc = include_str!("../README.md")]

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The messages of an error and all of its sources in one line, outermost first.
///
/// A message that its source repeats appears once.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}

/// What a service answered, or why it could not be asked.
pub fn service<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => match (answer.err().code(), answer.err().message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            (None, Some(message)) => message.to_owned(),
            (None, None) => format!("HTTP status {}", answer.raw().status().as_u16()),
        },
        error => chain(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::io;

    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::metadata::ErrorMetadata;

    use super::*;

    #[derive(Debug)]
    struct Answer(ErrorMetadata);

    impl fmt::Display for Answer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("unhandled error")
        }
    }

    impl Error for Answer {}

    impl ProvideErrorMetadata for Answer {
        fn meta(&self) -> &ErrorMetadata {
            &self.0
        }
    }

    fn answered(metadata: ErrorMetadata) -> String {
        let response = HttpResponse::new(StatusCode::try_from(403).unwrap(), SdkBody::empty());
        service(&SdkError::service_error(Answer(metadata), response))
    }

    #[test]
    fn the_whole_chain_is_one_line_and_says_nothing_twice() {
        let inner = io::Error::other("disk on fire");
        let outer = SdkError::<Answer, HttpResponse>::construction_failure(inner);
        assert_eq!(chain(&outer), "failed to construct request: disk on fire");
        assert_eq!(service(&outer), "failed to construct request: disk on fire");
    }

    #[test]
    fn a_service_is_quoted_by_code_and_message_or_by_status() {
        let both = ErrorMetadata::builder().code("AccessDenied").message("no").build();
        assert_eq!(answered(both), "AccessDenied: no");
        assert_eq!(answered(ErrorMetadata::builder().code("AccessDenied").build()), "AccessDenied");
        assert_eq!(answered(ErrorMetadata::builder().build()), "HTTP status 403");
    }
}
