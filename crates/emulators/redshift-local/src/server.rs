//! The endpoint: awsJson1.1 over HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use local_server::{Callers, Guard};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::{self, ApiError};
use crate::config::Config;
use crate::engine::{Engine, OpenError};

/// What precedes an operation's name in `X-Amz-Target`.
const TARGET_PREFIX: &str = "RedshiftData.";
/// A request's body may hold this many bytes: forty statements that share 100 KB, and room for names and parameters.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How often idle sessions are looked at.
const SESSION_INTERVAL: Duration = Duration::from_secs(1);

/// Why the endpoint could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The warehouse could not be opened.
    #[error("the warehouse could not be opened")]
    Open(#[source] OpenError),
    /// The listener has no address.
    #[error("the listener has no local address")]
    Address(#[source] std::io::Error),
}

/// A running endpoint. Dropping it stops the listener; [`Server::shutdown`] also waits for statements and closes the database.
pub struct Server {
    address: SocketAddr,
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Opens the warehouse and answers the Data API on `listener`, inside the current Tokio runtime.
///
/// # Errors
/// The warehouse cannot be opened, or the listener has no address.
pub async fn serve(config: Config, listener: TcpListener) -> Result<Server, ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    let guard = Guard::new(Callers::Clients).with_hosts(hosts(&config, address));
    let engine = Arc::new(Engine::open(config, tokio::runtime::Handle::current()).map_err(ServeError::Open)?);
    let router = Router::new()
        .route("/", post(answer))
        .route("/health", get(|| async { StatusCode::OK }))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Arc::clone(&engine));
    let router = guard.before(router);
    let (stop, mut stopped) = watch::channel(false);
    let (mut stopping, sessions) = (stopped.clone(), Arc::clone(&engine));
    let task = tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
            // A dropped sender stops the endpoint as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        tokio::select! {
            ended = serving => if let Err(error) = ended {
                tracing::error!(%error, "the endpoint stopped");
            },
            () = expire_sessions(&sessions) => {}
            () = drain(&mut stopping) => {}
        }
    });
    Ok(Server { address, engine, stop, task })
}

/// The names that a request may use: the configured ones, and the address, which no DNS server can give to another machine.
fn hosts(config: &Config, address: SocketAddr) -> Vec<String> {
    let own = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let own = Some(own).filter(|_| !address.ip().is_unspecified());
    config.hosts.iter().cloned().chain(own).collect()
}

impl Server {
    /// The endpoint's URL, for `AWS_ENDPOINT_URL_REDSHIFT_DATA`. One that listens on all addresses is reached at the loopback address.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let ip = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        format!("http://{}", SocketAddr::new(ip, self.address.port()))
    }

    /// Whether the database file was not there and was created empty. Who knows that there was one says so: its tables are gone.
    #[must_use]
    pub fn created_database(&self) -> bool {
        self.engine.created
    }

    /// Cancels what runs, writes the database file and closes it.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        crate::engine::close(&self.engine).await;
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the endpoint did not stop in order");
        }
    }
}

/// Closes idle sessions, for ever.
async fn expire_sessions(engine: &Engine) {
    let mut interval = tokio::time::interval(SESSION_INTERVAL);
    loop {
        interval.tick().await;
        engine.sessions.expire();
    }
}

/// Ends some time after the stop, so that a client that keeps its connection open does not keep the endpoint.
async fn drain(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn answer(State(engine): State<Arc<Engine>>, headers: HeaderMap, body: Bytes) -> Response {
    let request = uuid::Uuid::new_v4().to_string();
    let answered = match operation(&headers) {
        Ok(operation) => api::dispatch(&engine, operation, &body).await,
        Err(error) => Err(error),
    };
    let headers =
        [(header::CONTENT_TYPE.as_str(), "application/x-amz-json-1.1"), ("x-amzn-requestid", request.as_str())];
    match answered {
        Ok(body) => (StatusCode::OK, headers, body).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, headers, [("x-amzn-errortype", error.kind())], error.body().to_string()).into_response()
        }
    }
}

fn operation(headers: &HeaderMap) -> Result<&str, ApiError> {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    target.strip_prefix(TARGET_PREFIX).ok_or_else(|| ApiError::unknown_operation(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_name_the_address_that_is_listened_on() {
        let names = |address: &str| {
            hosts(&Config { hosts: vec!["warehouse".to_owned()], ..Config::default() }, address.parse().unwrap())
        };
        assert_eq!(names("10.0.0.5:4567"), ["warehouse", "10.0.0.5"]);
        assert_eq!(names("[fd00::1]:4567"), ["warehouse", "[fd00::1]"]);
        assert_eq!(names("0.0.0.0:4567"), ["warehouse"]);
        assert_eq!(names("[::]:4567"), ["warehouse"]);
    }
}
