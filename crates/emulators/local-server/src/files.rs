//! Files of JSON.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, failed};

/// Reads a file that [`write_json`] wrote.
///
/// # Errors
///
/// When the file cannot be read, or is not JSON of this type.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read(path).map_err(failed("read", path))?;
    serde_json::from_slice(&text).map_err(|error| failed("understand", path)(error.into()))
}

/// Writes a file whole or not at all.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_vec(value).map_err(|error| failed("write", path)(error.into()))?;
    let incomplete = path.with_extension("incomplete");
    fs::write(&incomplete, text).map_err(failed("write", &incomplete))?;
    fs::rename(&incomplete, path).map_err(failed("write", path))
}
