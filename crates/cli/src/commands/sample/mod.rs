//! Synthetic vendor data, by system.

pub(crate) mod flights;
pub(crate) mod web_events;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::args::{SampleArgs, System};

/// Makes the files of a system.
pub(crate) fn run(args: &SampleArgs) -> anyhow::Result<ExitCode> {
    match args.system {
        System::Flights => flights::run(args),
        System::WebEvents => web_events::run(args),
    }
}

/// Writes a file under another name and renames it, so that who watches the folder never sees half of it.
pub(crate) fn create<E>(
    out: &Path,
    name: &str,
    write: impl FnOnce(BufWriter<File>) -> Result<(), E>,
) -> anyhow::Result<()>
where
    Result<(), E>: Context<(), E>,
{
    let path = out.join(name);
    let partial = out.join(format!("{name}.part"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating the folder {}", folder.display()))?;
    }
    let file = File::create(&partial).with_context(|| format!("creating {}", partial.display()))?;
    write(BufWriter::new(file)).with_context(|| format!("writing {}", partial.display()))?;
    fs::rename(&partial, &path).with_context(|| format!("renaming {} to {}", partial.display(), path.display()))
}
