#![doc = include_str!("../README.md")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pipeline::{Problems, Project, SourceFile};

/// The folders of a pipeline that hold SQL.
const SQL_FOLDERS: [&str; 4] = ["checks", "reports", "tables", "views"];

/// Why a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder of pipelines does not exist or is no folder.
    #[error("there is no folder of pipelines at {}", .0.display())]
    NoFolder(PathBuf),
    /// A folder could not be listed.
    #[error("the folder {} cannot be listed", .0.display())]
    List(PathBuf, #[source] io::Error),
    /// A file could not be read.
    #[error("the file {} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file's bytes are no UTF-8.
    #[error("the file {} is not UTF-8: byte {offset} is wrong; save it as UTF-8", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that is wrong, from 0.
        offset: usize,
    },
    /// A name of a file or folder is no UTF-8.
    #[error("the name {} is not UTF-8; rename it", .0.display())]
    Name(PathBuf),
    /// A symbolic link leads out of the folder of pipelines.
    #[error("{} leads out of the folder of pipelines; copy the file into it", .0.display())]
    Outside(PathBuf),
}

/// Why a folder is no project.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It could not be read.
    #[error("the pipelines cannot be read")]
    Read(#[from] Error),
    /// It was read, and something in it is wrong.
    #[error("the pipelines have {} problems", .0.0.len())]
    Problems(#[source] Problems),
}

/// Reads and validates the folder.
///
/// # Errors
/// When a file cannot be read, or all problems that the files have.
pub fn load(root: &Path) -> Result<Project, LoadError> {
    let files = read(root)?;
    pipeline::parse(&files).map_err(LoadError::Problems)
}

/// Reads the files that belong to pipelines, sorted by path.
///
/// # Errors
/// When the folder is missing, or a file cannot be read, is not UTF-8 or lies outside.
pub fn read(root: &Path) -> Result<Vec<SourceFile>, Error> {
    let real_root = fs::canonicalize(root).map_err(|_| Error::NoFolder(root.to_owned()))?;
    if !real_root.is_dir() {
        return Err(Error::NoFolder(root.to_owned()));
    }
    let mut reader = Reader { real_root, files: Vec::new() };
    for (name, folder) in entries(root)? {
        if folder.is_dir() {
            reader.pipeline(&name, &folder)?;
        }
    }
    reader.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(reader.files)
}

struct Reader {
    real_root: PathBuf,
    files: Vec<SourceFile>,
}

impl Reader {
    fn pipeline(&mut self, name: &str, folder: &Path) -> Result<(), Error> {
        let definition = folder.join("pipeline.toml");
        if fs::symlink_metadata(&definition).is_ok() {
            self.file(format!("{name}/pipeline.toml"), &definition)?;
        }
        for sql_folder in SQL_FOLDERS {
            let path = folder.join(sql_folder);
            if !path.is_dir() {
                continue;
            }
            for (file, path) in entries(&path)? {
                if file.ends_with(".sql") {
                    self.file(format!("{name}/{sql_folder}/{file}"), &path)?;
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, name: String, path: &Path) -> Result<(), Error> {
        let real = fs::canonicalize(path).map_err(|error| Error::Read(path.to_owned(), error))?;
        if !real.starts_with(&self.real_root) {
            return Err(Error::Outside(path.to_owned()));
        }
        let bytes = fs::read(&real).map_err(|error| Error::Read(path.to_owned(), error))?;
        let text = String::from_utf8(bytes)
            .map_err(|error| Error::NotUtf8 { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })?;
        // Editors on Windows begin a file with a byte order mark; it is no part of the text.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        self.files.push(SourceFile { path: name, text });
        Ok(())
    }
}

/// Name and path of everything in a folder that is not hidden.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let list = |error| Error::List(folder.to_owned(), error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(list)? {
        let path = entry.map_err(list)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let name = name.ok_or_else(|| Error::Name(path.clone()))?;
        if !name.starts_with('.') {
            entries.push((name, path));
        }
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests;
