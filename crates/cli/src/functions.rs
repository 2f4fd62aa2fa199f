//! The functions: as a part of this process, or as their own binaries.

mod binaries;
mod in_process;

use std::path::{Path, PathBuf};

use anyhow::Context;
use cloud_local::{EventFunctions, Handler, make_private, write_private_file};
use loads::Services;
use transform_events::PRIVACY_KEY_VARIABLE;
use uuid::Uuid;

pub(crate) use binaries::Surroundings;

use crate::events::Events;

/// The file in the state folder with the key of hashes, unless the environment has one.
const PRIVACY_KEY_FILE: &str = "privacy-key";

/// How functions run.
#[derive(Debug, Clone, Default)]
pub(crate) enum Runner {
    /// Their handlers are called in this process.
    #[default]
    InProcess,
    /// Their binaries, which are in this folder, run as Lambda runs them.
    Binaries(PathBuf),
}

/// Every function, ready to be called.
pub(crate) struct Functions {
    /// load-redshift
    pub(crate) load: Handler,
    /// watch-loads
    pub(crate) watch: Handler,
    /// Those of tracking events, if a pipeline has any.
    pub(crate) events: Option<EventFunctions>,
}

impl Runner {
    /// The functions for these services.
    pub(crate) async fn functions(
        &self,
        services: &Services,
        events: Option<&Events>,
        around: Surroundings<'_>,
    ) -> anyhow::Result<Functions> {
        if let Some(events) = events {
            // As the infrastructure does, so that a query before the first event is told of a table and not of a database.
            let created = glue_catalog::Catalog::new(events.glue.clone(), &events.database).create_database().await;
            created.with_context(|| {
                let glue = around.endpoints.tracking.as_ref().map_or("", |tracking| &tracking.glue);
                format!("preparing the catalog at {glue}; unset AWS_ENDPOINT_URL_GLUE to use the embedded one")
            })?;
        }
        match self {
            Self::InProcess => in_process::all(services, events, &around.common.state),
            Self::Binaries(folder) => binaries::all(folder, services, events, &around),
        }
    }
}

/// The key of hashes: the environment's, else one that is made once for a state folder, so that equal values stay equal.
fn privacy_key(state: &Path) -> anyhow::Result<String> {
    if let Some(key) = std::env::var(PRIVACY_KEY_VARIABLE).ok().filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let file = state.join(PRIVACY_KEY_FILE);
    match std::fs::read_to_string(&file) {
        Ok(key) => {
            make_private(&file).with_context(|| format!("making {} its owner's alone", file.display()))?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
            write_private_file(&file, key.as_bytes()).with_context(|| format!("writing {}", file.display()))?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
    }
}
