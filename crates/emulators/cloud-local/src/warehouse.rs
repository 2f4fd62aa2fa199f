//! The warehouse of the embedded cloud: the one place that knows the crate `redshift-local`.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use local_server::ACCOUNT;
use redshift_local::{Completion, Config, Server};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::error::Error;

/// How long a shutdown waits for what nobody would submit again, such as the row of a failure: on a busy machine it takes seconds.
const GRACE: Duration = Duration::from_secs(10);

/// What the warehouse needs of the cloud around it.
pub(crate) struct WarehouseConfig {
    /// DuckDB's file.
    pub(crate) database: PathBuf,
    /// The port; 0 takes a free one.
    pub(crate) port: u16,
    pub(crate) region: String,
    /// DuckDB's memory limit in MiB.
    pub(crate) memory_mib: Option<u64>,
    /// Where COPY and UNLOAD find their objects.
    pub(crate) s3: aws_sdk_s3::Client,
    /// Takes the completion events, on any thread.
    pub(crate) completed: Arc<dyn Fn(Value) + Send + Sync>,
}

/// A warehouse that answers the Redshift Data API until it is shut down or dropped.
pub(crate) struct Warehouse {
    server: Server,
}

struct Completed(Arc<dyn Fn(Value) + Send + Sync>);

impl Completion for Completed {
    fn completed(&self, event: Value) {
        (self.0)(event);
    }
}

impl Warehouse {
    pub(crate) async fn start(config: WarehouseConfig) -> Result<Self, Error> {
        let WarehouseConfig { database, port, region, memory_mib, s3, completed } = config;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|source| local_server::Error::Listen { service: "the Redshift Data API", port, source })?;
        let config = Config {
            database: Some(database),
            s3: Some(s3),
            memory_limit_mib: memory_mib,
            region,
            account: ACCOUNT.to_owned(),
            completion: Some(Arc::new(Completed(completed))),
            shutdown_grace: GRACE,
            ..Config::default()
        };
        let server =
            redshift_local::serve(config, listener).await.map_err(|error| Error::Warehouse { source: error.into() })?;
        Ok(Self { server })
    }

    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Cancels loads, which the next start submits again; ends what nobody would submit again; and closes the database.
    pub(crate) async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
