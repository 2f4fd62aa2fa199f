//! The functions, put to work in this process on the embedded cloud.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use catalog::Catalog;
use columnar::{Layout, Limits};
use loads::Services;
use local::{BoxError, Cloud, EventFunctions, Handler};
use pipeline::Project;
use telemetry::Metrics;
use transform_events::{PRIVACY_KEY_VARIABLE, PrivacyKey, Rules};
use uuid::Uuid;

use crate::events::{Events, WRITE_KEY};

/// The file in the state folder with the key of hashes, unless the environment has one.
const PRIVACY_KEY_FILE: &str = "privacy-key";

/// Connects every function to the cloud.
pub(crate) async fn connect(
    cloud: &mut Cloud,
    services: &Services,
    events: Option<&Events>,
    state: &Path,
) -> anyhow::Result<()> {
    let load = load_redshift::Context { services: services.clone(), metrics: Metrics::Discard };
    let watch = watch_loads::Context { services: services.clone(), metrics: Metrics::Discard };
    let load = Handler::new(move |event| {
        let context = load.clone();
        async move { load_redshift::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    });
    let watch = Handler::new(move |event| {
        let context = watch.clone();
        async move { watch_loads::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    });
    cloud.connect_functions(load, watch)?;
    if let Some(events) = events {
        // As the infrastructure does, so that a query before the first event is told of a table and not of a database.
        Catalog::new(events.glue.clone(), &events.database).create_database().await?;
        cloud.connect_events(event_functions(&services.project, events, state)?).await?;
    }
    Ok(())
}

fn event_functions(project: &Project, events: &Events, state: &Path) -> anyhow::Result<EventFunctions> {
    let rules = project.events().context("no pipeline has [events]")?;
    Ok(EventFunctions {
        collect: collect(events)?,
        transform: transform(rules, state)?,
        write: write(rules, events),
        update: update(events),
        compact: compact(events),
    })
}

fn collect(events: &Events) -> anyhow::Result<Handler> {
    let context = Arc::new(collect_events::Context {
        stream: collect_events::Stream {
            client: events.kinesis.clone(),
            name: events.stream.clone(),
            patience: collect_events::Patience::default(),
        },
        keys: collect_events::WriteKeys::parse(WRITE_KEY)?,
        metrics: Metrics::Discard,
    });
    Ok(Handler::new(move |event| {
        let context = Arc::clone(&context);
        async move {
            let answer = collect_events::handle(&context, &event.to_string()).await;
            answer.map(|answer| serde_json::json!(answer))
        }
    }))
}

fn transform(events: &pipeline::Events, state: &Path) -> anyhow::Result<Handler> {
    let rules = Rules::new(events, Some(PrivacyKey::new(privacy_key(state)?)))?;
    let context = Arc::new(transform_events::Context { rules, metrics: Metrics::Discard });
    Ok(Handler::new(move |event| {
        let context = Arc::clone(&context);
        async move {
            let answer = transform_events::handle(&context, &event.to_string())?;
            Ok::<_, BoxError>(serde_json::from_str(&answer.to_json())?)
        }
    }))
}

fn write(rules: &pipeline::Events, events: &Events) -> Handler {
    let context = write_parquet::Context {
        s3: events.s3.clone(),
        bucket: events.lake_bucket.clone(),
        prefix: events.prefix.clone(),
        layout: Arc::new(Layout::new(rules)),
        limits: Limits::new(std::env::temp_dir()),
        metrics: Metrics::Discard,
    };
    Handler::new(move |event| {
        let context = context.clone();
        async move { write_parquet::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    })
}

fn update(events: &Events) -> Handler {
    let context = update_catalog::Context {
        s3: events.s3.clone(),
        catalog: Catalog::new(events.glue.clone(), &events.database),
        projection: false,
        metrics: Metrics::Discard,
    };
    Handler::new(move |event| {
        let context = context.clone();
        async move { update_catalog::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    })
}

fn compact(events: &Events) -> Handler {
    let context = compact_parquet::Context {
        s3: events.s3.clone(),
        catalog: Catalog::new(events.glue.clone(), &events.database),
        settings: compact_parquet::Settings {
            bucket: events.lake_bucket.clone(),
            database: events.database.clone(),
            delay: Duration::from_secs(2 * 3600),
            horizon: Duration::from_secs(30 * 86_400),
            budget: Duration::from_secs(780),
            file_bytes: 128 << 20,
            folder: std::env::temp_dir(),
        },
        clock: Arc::new(now),
        metrics: Metrics::Discard,
    };
    Handler::new(move |event| {
        let context = context.clone();
        async move { compact_parquet::handle(&context, event).await.map(|answer| serde_json::json!(answer)) }
    })
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The key of hashes: the environment's, else one that is made once for a state folder, so that equal values stay equal.
fn privacy_key(state: &Path) -> anyhow::Result<String> {
    if let Some(key) = std::env::var(PRIVACY_KEY_VARIABLE).ok().filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let file = state.join(PRIVACY_KEY_FILE);
    match std::fs::read_to_string(&file) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
            std::fs::write(&file, &key).with_context(|| format!("writing {}", file.display()))?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
    }
}
