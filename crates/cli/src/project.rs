//! The pipelines of the folder that a command works with.

use anyhow::bail;
use pipeline::{Problems, Project};
use pipeline_folder::LoadError;

use crate::args::Common;
use crate::output::line;

/// The pipelines; their problems are printed.
pub(crate) fn load(common: &Common) -> anyhow::Result<Project> {
    match pipeline_folder::load(&common.pipelines) {
        Ok(project) => Ok(project),
        Err(LoadError::Problems(problems)) => {
            print(common, &problems);
            bail!("the pipelines in {} are not valid", common.pipelines.display())
        }
        Err(error) => Err(error.into()),
    }
}

/// Prints every problem, and how many there are.
pub(crate) fn print(common: &Common, problems: &Problems) {
    if common.json {
        return line(serde_json::json!(problems.0).to_string());
    }
    for problem in &problems.0 {
        line(format!("{}/{problem}", common.pipelines.display()));
    }
    let count = problems.0.len();
    line(format!("\n{count} problem{} found", if count == 1 { "" } else { "s" }));
}
