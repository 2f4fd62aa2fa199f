//! Where services are and what things are called there: kept in the state folder for other commands while a process runs.

use anyhow::Context;
use cloud_local::clients::TrackingEndpoints;
use cloud_local::{Cloud, Endpoints, ExternalCloud};
use serde::{Deserialize, Serialize};

use crate::args::Common;

/// The file in a state folder that says where the cloud of a running process listens.
const FILE: &str = "endpoints.json";

/// The bus of outcomes in the embedded cloud.
const BUS: &str = "landfall";

/// URLs and names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    s3: String,
    redshift: String,
    events: String,
    sqs: Option<String>,
    kinesis: Option<String>,
    glue: Option<String>,
    /// The collector's URL, once it listens.
    pub(crate) collector: Option<String>,
    /// Where vendors upload to.
    pub(crate) landing_bucket: String,
    /// Where the functions write to.
    pub(crate) lake_bucket: String,
    /// Where outcomes go.
    pub(crate) bus: String,
    /// Where tracking events enter.
    pub(crate) stream: Option<String>,
}

impl Place {
    /// The embedded cloud.
    pub(super) fn embedded(cloud: &Cloud) -> Self {
        let config = cloud.config();
        Self::new(cloud.endpoints(), config, BUS, cloud.collector())
    }

    /// An external cloud, and what runs here for it.
    pub(super) fn external(external: &ExternalCloud) -> Self {
        let config = external.config();
        Self::new(external.endpoints(), &config.cloud, &config.name, external.collector())
    }

    fn new(endpoints: &Endpoints, config: &cloud_local::CloudConfig, bus: &str, collector: Option<String>) -> Self {
        let endpoints = endpoints.clone();
        let (kinesis, glue) = endpoints.tracking.map(|tracking| (tracking.kinesis, tracking.glue)).unzip();
        Self {
            s3: endpoints.s3,
            redshift: endpoints.redshift,
            events: endpoints.events,
            sqs: endpoints.sqs,
            kinesis,
            glue,
            collector,
            landing_bucket: config.landing_bucket.clone(),
            lake_bucket: config.lake_bucket.clone(),
            bus: bus.to_owned(),
            stream: config.tracking.as_ref().map(|tracking| tracking.stream.clone()),
        }
    }

    /// The place of the process that runs on this state folder, if there is one.
    pub(super) fn of_running(common: &Common) -> Option<Self> {
        if !cloud_local::is_in_use(&common.state) {
            return None;
        }
        let text = std::fs::read_to_string(common.state.join(FILE)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes it down for other commands.
    pub(super) fn remember(&self, common: &Common) -> anyhow::Result<()> {
        let file = common.state.join(FILE);
        let text = serde_json::to_string(self).context("writing down the endpoints")?;
        std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))
    }

    /// Removes what was written down.
    pub(super) fn forget(state: &std::path::Path) -> anyhow::Result<()> {
        let file = state.join(FILE);
        std::fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))
    }

    /// Where the services listen.
    pub(crate) fn endpoints(&self) -> Endpoints {
        let tracking = self.kinesis.clone().zip(self.glue.clone());
        Endpoints {
            s3: self.s3.clone(),
            redshift: self.redshift.clone(),
            events: self.events.clone(),
            sqs: self.sqs.clone(),
            tracking: tracking.map(|(kinesis, glue)| TrackingEndpoints { kinesis, glue }),
        }
    }
}
