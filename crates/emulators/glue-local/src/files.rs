//! The catalogue's files: one for a database, one for a table, one for each archived version, one for each partition. Each is written
//! beside its place and renamed, so that it is old or new and never half.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use local_server::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::refusal::Refusal;

/// How many characters of a name its file keeps, for a person.
const READABLE: usize = 60;

/// A name for a file or folder of its own: the name itself when that is harmless, else what is readable of it and a hash.
pub(crate) fn file_name(name: &str) -> String {
    let harmless =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "_-".contains(character);
    if name.len() <= READABLE && !name.is_empty() && name.chars().all(harmless) {
        return name.to_owned();
    }
    let readable: String = name.chars().take(READABLE).map(|one| if harmless(one) { one } else { '-' }).collect();
    format!("{readable}~{}", &hex::encode(Sha256::digest(name))[..24])
}

pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<(), Refusal> {
    let incomplete = path.with_extension("incomplete");
    let text = serde_json::to_vec(value).map_err(|error| internal("write", path, &error))?;
    let written = fs::write(&incomplete, text).or_else(|error| match (error.kind(), path.parent()) {
        (ErrorKind::NotFound, Some(parent)) => {
            fs::create_dir_all(parent)?;
            fs::write(&incomplete, serde_json::to_vec(value)?)
        }
        _ => Err(error),
    });
    written.and_then(|()| fs::rename(&incomplete, path)).map_err(|error| internal("write", path, &error))
}

pub(crate) fn remove(path: &Path) -> Result<(), Refusal> {
    fs::remove_file(path).map_err(|error| internal("remove", path, &error))
}

/// Removes a folder in one step: it is renamed to a hidden name, which is never read, and then emptied.
pub(crate) fn discard(folder: &Path) -> Result<(), Refusal> {
    let hidden = folder.with_file_name(format!(".deleted-{}", Uuid::new_v4()));
    fs::rename(folder, &hidden).map_err(|error| internal("remove", folder, &error))?;
    if let Err(error) = fs::remove_dir_all(&hidden) {
        tracing::warn!(path = %hidden.display(), %error, "a deleted part of the catalogue still takes room");
    }
    Ok(())
}

/// The files and folders in a folder that are not hidden; none when there is no folder.
pub(crate) fn children(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::State { operation: "list", path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
    let is_hidden = |path: &PathBuf| path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    Ok(paths.into_iter().filter(|path| !is_hidden(path)).collect())
}

/// The `.json` files of a folder, read.
pub(crate) fn read_all<T: DeserializeOwned>(folder: &Path) -> Result<Vec<(PathBuf, T)>, Error> {
    let paths = children(folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    paths.map(|path| read(&path).map(|value| (path, value))).collect()
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let failed = |operation, source| Error::State { operation, path: path.to_owned(), source };
    let text = fs::read(path).map_err(|error| failed("read", error))?;
    serde_json::from_slice(&text).map_err(|error| failed("understand", error.into()))
}

fn internal(operation: &str, path: &Path, error: &dyn std::fmt::Display) -> Refusal {
    Refusal::internal(&format!("{operation} {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_file_of_its_own_inside_the_folder() {
        let names = ["orders", "a/b", "a-b", "..", ".", "", "é", &"x".repeat(255), &"x".repeat(254)];
        let files: Vec<_> = names.iter().map(|name| file_name(name)).collect();
        let distinct: std::collections::BTreeSet<_> = files.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert!(
            files.iter().all(|file| file.len() <= 100 && !file.contains('/') && !file.starts_with('.')),
            "{files:?}"
        );
        assert_eq!(files[0], "orders");
    }
}
