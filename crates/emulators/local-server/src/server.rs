//! A small HTTP server on the loopback address, and its end.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::Error;
use crate::guard::{Callers, Guard};

/// How long requests that are being answered may still take at a shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// A service that can stand behind a port of its own, or share one with others.
pub trait Service: Sized + Send {
    /// What the service is called in errors.
    const NAME: &'static str;

    /// Answers the requests of the service.
    fn router(&self) -> Router;

    /// Puts the service behind a port of its own; 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    fn serve(self, port: u16) -> impl Future<Output = Result<Served<Self>, Error>> + Send {
        async move {
            let http = HttpServer::start(Self::NAME, port, self.router(), Guard::new(Callers::Clients)).await?;
            Ok(Served { service: self, http })
        }
    }
}

/// A service behind a port of its own, until it is shut down or dropped.
pub struct Served<S> {
    service: S,
    http: HttpServer,
}

impl<S> Served<S> {
    /// The URL of the server.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.http.endpoint()
    }

    /// Stops listening, and waits a few seconds for what is being answered.
    pub async fn shutdown(self) {
        self.http.shutdown().await;
    }
}

impl<S> Deref for Served<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.service
    }
}

/// A server that runs until it is shut down or dropped.
pub struct HttpServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl HttpServer {
    /// Listens on the port of the loopback address, or on a free one when it is 0, and serves what the guard lets through.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn start(service: &'static str, port: u16, router: Router, guard: Guard) -> Result<Self, Error> {
        let router = guard.before(router);
        let failed = |source| Error::Listen { service, port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until).await {
                tracing::error!(service, %error, "the server ended");
            }
        });
        Ok(Self { address, stop: Some(stop), task })
    }

    /// The URL of the server.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening, and waits for what is being answered, though not for ever.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        if self.stop.is_some() {
            self.task.abort();
        }
    }
}
