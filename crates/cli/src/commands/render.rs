use std::process::ExitCode;

use pipeline::Project;
use serde_json::{Map, Value, json};

use crate::args::{Common, RenderArgs, Tool};
use crate::output::line;
use crate::project;

/// Prints what the pipelines ask of the infrastructure.
pub(crate) fn run(common: &Common, args: &RenderArgs) -> anyhow::Result<ExitCode> {
    let project = project::load(common)?;
    let Tool::Terraform = args.tool;
    line(format!("{:#}", json!({ "pipelines": pipelines(&project) })));
    Ok(ExitCode::SUCCESS)
}

/// The value of the Terraform variable `pipelines`.
fn pipelines(project: &Project) -> Value {
    let mut datasets = Map::new();
    for dataset in project.datasets() {
        let mut value = json!({ "keys": [dataset.key.policy_pattern()] });
        if let Some(freshness) = dataset.freshness {
            value["freshness_seconds"] = json!(freshness.as_secs());
        }
        datasets.insert(dataset.name.to_string(), value);
    }
    let mut value = json!({ "datasets": datasets });
    if let Some(events) = project.events() {
        value["events"] = json!({ "prefix": events.prefix });
    }
    value
}
