//! The start of a function, its loop, and its end.

use std::error::Error;
use std::process::ExitCode;

use causes::chain;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The error of a handler.
pub trait ErrorType: Error + 'static {
    /// A stable name of its kind: Lambda reports it as `errorType`.
    fn error_type(&self) -> &'static str;
}

/// A whole function: its context is built once, then every event is handled, one after another.
pub async fn run<C, E, A, F, S>(
    context: impl Future<Output = Result<C, S>>,
    handle: impl AsyncFn(&C, E) -> Result<A, F>,
) -> ExitCode
where
    E: DeserializeOwned,
    A: Serialize,
    F: ErrorType,
    S: Error + 'static,
{
    let context = match start(context).await {
        Ok(context) => context,
        Err(code) => return code,
    };
    let (context, handle) = (&context, &handle);
    let service = service_fn(|event: LambdaEvent<E>| async move {
        handle(context, event.payload).await.map_err(|error| diagnostic(error.error_type(), &error))
    });
    ended(lambda_runtime::run(service).await)
}

/// Starts the log, and then the function.
///
/// # Errors
/// The exit code of a function whose context cannot be built; the reason is in the log.
pub async fn start<C, S>(context: impl Future<Output = Result<C, S>>) -> Result<C, ExitCode>
where
    S: Error + 'static,
{
    lambda_runtime::tracing::init_default_subscriber();
    context.await.map_err(|error| {
        tracing::error!(error = chain(&error), "the function does not start");
        ExitCode::FAILURE
    })
}

/// The exit code of a function whose loop has ended; if it did so by an error, the reason is in the log.
pub fn ended(result: Result<(), lambda_runtime::Error>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    tracing::error!(error = chain(error.as_ref()), "the function's loop ended");
    ExitCode::FAILURE
}

/// An error in the form that Lambda takes: `error_type` is stable, the message is the whole chain. The runtime alone would report only the
/// outermost message.
pub fn diagnostic(error_type: &str, error: &(dyn Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: chain(error) }
}
