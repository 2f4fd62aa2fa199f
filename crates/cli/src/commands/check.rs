use std::process::ExitCode;

use pipeline::{Compression, Dataset, FormatKind, Project};
use pipeline_folder::LoadError;

use crate::args::Common;
use crate::output::{Grid, line};
use crate::project;

/// Checks the folder and prints what is in it, or everything that is wrong.
pub(crate) fn run(common: &Common) -> anyhow::Result<ExitCode> {
    match pipeline_folder::load(&common.pipelines) {
        Ok(project) => {
            summary(common, &project);
            Ok(ExitCode::SUCCESS)
        }
        Err(LoadError::Problems(problems)) => {
            project::print(common, &problems);
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

fn summary(common: &Common, project: &Project) {
    if common.json {
        let datasets: Vec<_> = project
            .datasets()
            .map(|d| {
                serde_json::json!({
                    "pipeline": d.pipeline, "dataset": d.name, "key": d.key.as_str(), "format": format_name(d),
                    "table": d.table.to_string(), "mode": ::redshift::load::mode_name(&d.mode), "checks": d.checks.len(),
                })
            })
            .collect();
        return line(serde_json::json!({ "datasets": datasets }).to_string());
    }
    let mut grid = Grid::new(&["PIPELINE", "DATASET", "KEY", "FORMAT", "TABLE", "MODE", "CHECKS>"]);
    for d in project.datasets() {
        grid.row([
            d.pipeline.clone(),
            d.name.to_string(),
            d.key.as_str().to_owned(),
            format_name(d),
            d.table.to_string(),
            ::redshift::load::mode_name(&d.mode).to_owned(),
            d.checks.len().to_string(),
        ]);
    }
    grid.print();
    if let Some(events) = project.events() {
        let names: Vec<&str> = events.tables.iter().map(|table| table.name.as_str()).collect();
        line(format!("\nevent tables: {}", names.join(", ")));
    }
    let views: usize = project.pipelines.iter().map(|p| p.views.len()).sum();
    line(format!(
        "\nno problems: {} datasets, {views} views in {}",
        project.datasets().count(),
        common.pipelines.display()
    ));
}

/// `csv`, `json-array + gzip`.
pub(crate) fn format_name(dataset: &Dataset) -> String {
    let kind = match dataset.format.kind {
        FormatKind::Csv(_) => "csv",
        FormatKind::JsonLines => "json-lines",
        FormatKind::JsonArray => "json-array",
        FormatKind::Parquet => "parquet",
    };
    let packed = match dataset.format.compression {
        Compression::None => return kind.to_owned(),
        Compression::Gzip => "gzip",
        Compression::Bzip2 => "bzip2",
        Compression::Zstd => "zstd",
        Compression::Zip => "zip",
    };
    format!("{kind} + {packed}")
}
