//! The functions' handlers in this process.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use cloud_local::{BoxError, EventFunctions, Handler};
use event_parquet::{Layout, Limits};
use function::Metrics;
use glue_catalog::Catalog;
use loads::Services;
use pipeline::Project;
use transform_events::{PrivacyKey, Rules};

use super::{Functions, privacy_key};
use crate::events::{Events, WRITE_KEY};

/// Every function as a part of this process.
pub(super) fn all(services: &Services, events: Option<&Events>, state: &Path) -> anyhow::Result<Functions> {
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
    let events = events.map(|events| event_functions(&services.project, events, state)).transpose()?;
    Ok(Functions { load, watch, events })
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
