use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use http::Method;
use lambda_runtime::tower::{Layer, Service};
use lambda_runtime::{Error, LambdaInvocation};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{PooledClient, build_request};

use crate::context::Context;
use crate::handler::handle;

/// The header that the Runtime API sends with an event and wants back with its answer.
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// Answers Firehose's events from their bytes and with the answer's bytes: the runtime's own way reads an event twice and checks every
/// answer, which costs as much as a third of the work. What is no event of Firehose's goes that way, and fails there.
#[derive(Clone)]
pub struct Direct<'c> {
    context: &'c Context,
    client: Arc<PooledClient>,
}

impl<'c> Direct<'c> {
    /// A client of the Runtime API that `AWS_LAMBDA_RUNTIME_API` names.
    pub fn new(context: &'c Context) -> Self {
        Self { context, client: Arc::new(PooledClient::builder().build()) }
    }

    /// The request that answers an event; `None` where the runtime has to.
    fn request(&self, invocation: &LambdaInvocation) -> Option<http::Request<Body>> {
        let event = simdutf8::basic::from_utf8(&invocation.body).ok()?;
        let answer = catch_unwind(AssertUnwindSafe(|| handle(self.context, event))).ok()?.ok()?;
        let path = format!("/2018-06-01/runtime/invocation/{}/response", invocation.context.request_id);
        let mut request = build_request().method(Method::POST).uri(path);
        if let Some(id) = invocation.parts.headers.get(INVOCATION_ID) {
            request = request.header(INVOCATION_ID, id);
        }
        request.body(Body::from(answer.to_json())).ok()
    }
}

impl<'c, S> Layer<S> for Direct<'c> {
    type Service = DirectService<'c, S>;

    fn layer(&self, runtime: S) -> Self::Service {
        DirectService { direct: self.clone(), runtime }
    }
}

/// What `Direct` makes of the runtime's service.
pub struct DirectService<'c, S> {
    direct: Direct<'c>,
    runtime: S,
}

impl<'c, S> Service<LambdaInvocation> for DirectService<'c, S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: 'c,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + 'c>>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), Error>> {
        self.runtime.poll_ready(task)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let Some(request) = self.direct.request(&invocation) else {
            return Box::pin(self.runtime.call(invocation));
        };
        drop(invocation);
        let sent = self.direct.client.call(request);
        Box::pin(async move {
            let status = sent.await?.status();
            // The runtime goes on as well: Lambda has given the invocation up.
            if !status.is_success() {
                tracing::error!(%status, "Lambda did not take the answer");
            }
            Ok(())
        })
    }
}
