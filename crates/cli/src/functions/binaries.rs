//! The functions' own binaries, each with the environment that the infrastructure gives it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use cloud_local::{Endpoints, EventFunctions, Handler};
use collect_events::{STREAM_VARIABLE, WRITE_KEYS_VARIABLE};
use lambda_local::{Function, FunctionConfig, LogObserver};
use loads::Services;
use transform_events::PRIVACY_KEY_VARIABLE;

use super::{Functions, privacy_key};
use crate::args::Common;
use crate::events::{Events, WRITE_KEY};
use crate::names::{CLUSTER, DATABASE, FUNCTIONS_USER, REGION};

/// What Lambda's own builds call a function's binary.
const BOOTSTRAP: &str = "bootstrap";

/// What the functions have around them.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// What every command takes.
    pub(crate) common: &'a Common,
    /// Where the services listen.
    pub(crate) endpoints: &'a Endpoints,
    /// The bucket that the functions write to.
    pub(crate) lake_bucket: &'a str,
}

/// A function as the infrastructure has it.
struct Deployed {
    name: &'static str,
    memory_mib: u32,
    timeout: Duration,
    environment: Vec<(&'static str, String)>,
}

/// Makes functions of the binaries in a folder.
struct Binaries<'a> {
    folder: &'a Path,
    shared: Vec<(String, String)>,
    log: Option<LogObserver>,
}

/// Every function as processes of its binary.
pub(super) fn all(
    folder: &Path,
    services: &Services,
    events: Option<&Events>,
    around: &Surroundings<'_>,
) -> anyhow::Result<Functions> {
    let pipelines = std::path::absolute(&around.common.pipelines).context("finding the folder of pipelines")?;
    let pipelines = pipelines.display().to_string();
    let loads = loads(services, around.lake_bucket, &pipelines);
    let tracking = match events {
        Some(events) => Some(tracking(events, around.lake_bucket, &pipelines, privacy_key(&around.common.state)?)),
        None => None,
    };
    missing(folder, loads.iter().chain(tracking.iter().flatten()))?;
    let shared = around.endpoints.environment(REGION);
    let binaries = Binaries {
        folder,
        shared: shared.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        log: around.common.verbose.then(log),
    };
    let [load, watch] = loads.map(|function| binaries.handler(function));
    let events = tracking.map(|functions| {
        let [collect, transform, write, update, compact] = functions.map(|function| binaries.handler(function));
        EventFunctions { collect, transform, write, update, compact }
    });
    Ok(Functions { load, watch, events })
}

/// The functions that load, with the settings of infra/terraform/modules.
fn loads(services: &Services, lake_bucket: &str, pipelines: &str) -> [Deployed; 2] {
    let environment = vec![
        ("LANDFALL_LAKE_BUCKET", lake_bucket.to_owned()),
        ("LANDFALL_EVENT_BUS", services.bus.clone()),
        ("LANDFALL_COPY_ROLE", services.copy_role.clone()),
        ("LANDFALL_CLUSTER", CLUSTER.to_owned()),
        ("LANDFALL_DATABASE", DATABASE.to_owned()),
        ("LANDFALL_DB_USER", FUNCTIONS_USER.to_owned()),
        ("LANDFALL_PIPELINES", pipelines.to_owned()),
    ];
    [
        Deployed::new("load-redshift", 1769, 300, environment.clone()),
        Deployed::new("watch-loads", 256, 120, environment),
    ]
}

/// The functions of tracking events, with the settings of infra/terraform/modules.
fn tracking(events: &Events, lake_bucket: &str, pipelines: &str, privacy_key: String) -> [Deployed; 5] {
    let lake = ("LANDFALL_LAKE_BUCKET", lake_bucket.to_owned());
    let pipelines = ("LANDFALL_PIPELINES", pipelines.to_owned());
    let database = ("LANDFALL_GLUE_DATABASE", events.database.clone());
    let collect = vec![(STREAM_VARIABLE, events.stream.clone()), (WRITE_KEYS_VARIABLE, WRITE_KEY.to_owned())];
    let update = vec![database.clone(), ("LANDFALL_PARTITION_PROJECTION", "false".to_owned())];
    [
        Deployed::new("collect-events", 256, 15, collect),
        Deployed::new("transform-events", 512, 60, vec![(PRIVACY_KEY_VARIABLE, privacy_key), pipelines.clone()]),
        Deployed::new("write-parquet", 1769, 120, vec![lake.clone(), pipelines]),
        Deployed::new("update-catalog", 256, 60, update),
        Deployed::new("compact-parquet", 1024, 900, vec![lake, database]),
    ]
}

/// Fails with all functions that have no binary.
fn missing<'a>(folder: &Path, functions: impl Iterator<Item = &'a Deployed>) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        functions.map(|function| function.name).filter(|name| program(folder, name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "{} has no binary of {}: it is looked for as <function>/{BOOTSTRAP}, which `cargo lambda build --lambda-dir` makes, \
         and as <function>, which `cargo build` makes",
        folder.display(),
        missing.join(", ")
    )
}

/// The binary of a function.
fn program(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = std::path::absolute(folder).ok()?.join(name);
    [path.join(BOOTSTRAP), path].into_iter().find(|path| path.is_file())
}

fn log() -> LogObserver {
    // Nothing to do about a reader that has gone away.
    Arc::new(|function, text| drop(writeln!(std::io::stderr().lock(), "{function}: {text}")))
}

impl Deployed {
    fn new(name: &'static str, memory_mib: u32, seconds: u64, environment: Vec<(&'static str, String)>) -> Self {
        Self { name, memory_mib, timeout: Duration::from_secs(seconds), environment }
    }
}

impl Binaries<'_> {
    fn handler(&self, function: Deployed) -> Handler {
        let own = function.environment.into_iter().map(|(name, value)| (name.to_owned(), value));
        let program = program(self.folder, function.name).unwrap_or_default();
        let function = Function::new(FunctionConfig {
            environment: self.shared.iter().cloned().chain(own).collect(),
            region: REGION.to_owned(),
            memory_mib: function.memory_mib,
            timeout: function.timeout,
            log: self.log.clone(),
            ..FunctionConfig::new(function.name, program)
        });
        Handler::new(move |event| {
            let function = function.clone();
            async move { function.invoke(&event).await }
        })
    }
}
