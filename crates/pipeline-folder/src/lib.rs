#![doc = include_str!("../README.md")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pipeline::{Problem, Problems, Project, SourceFile};

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
    /// A name of a file or folder is no UTF-8.
    #[error("the name {} is not UTF-8; rename it", .0.display())]
    Name(PathBuf),
}

/// The files of a folder of pipelines, sorted by path.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Those that were read.
    pub files: Vec<SourceFile>,
    /// Why each of the others was not: unreadable, not UTF-8, or outside of the folder.
    pub unread: Vec<Problem>,
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
/// When the folder cannot be listed, or all problems that the files have, those that cannot be read among them.
pub fn load(root: &Path) -> Result<Project, LoadError> {
    let Folder { files, unread } = read(root)?;
    pipeline::parse_with_unread(&files, &unread).map_err(LoadError::Problems)
}

/// Reads the files that belong to pipelines.
///
/// # Errors
/// When the folder is missing or cannot be listed.
pub fn read(root: &Path) -> Result<Folder, Error> {
    let real_root = fs::canonicalize(root).map_err(|_| Error::NoFolder(root.to_owned()))?;
    if !real_root.is_dir() {
        return Err(Error::NoFolder(root.to_owned()));
    }
    let mut reader = Reader { real_root, folder: Folder::default() };
    for (name, folder) in entries(root)? {
        if folder.is_dir() {
            reader.pipeline(&name, &folder)?;
        }
    }
    reader.folder.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(reader.folder)
}

struct Reader {
    real_root: PathBuf,
    folder: Folder,
}

impl Reader {
    fn pipeline(&mut self, name: &str, folder: &Path) -> Result<(), Error> {
        let definition = folder.join("pipeline.toml");
        if fs::symlink_metadata(&definition).is_ok() {
            self.file(format!("{name}/pipeline.toml"), &definition);
        }
        for sql_folder in SQL_FOLDERS {
            let path = folder.join(sql_folder);
            if !path.is_dir() {
                continue;
            }
            for (file, path) in entries(&path)? {
                if file.ends_with(".sql") {
                    self.file(format!("{name}/{sql_folder}/{file}"), &path);
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, name: String, path: &Path) {
        match self.text(path) {
            Ok(text) => self.folder.files.push(SourceFile { path: name, text }),
            Err(Unread { line, column, message, help }) => {
                self.folder.unread.push(Problem { file: name, line, column, key: None, message, help });
            }
        }
    }

    fn text(&self, path: &Path) -> Result<String, Unread> {
        let unread = |error: io::Error| Unread::whole(format!("the file cannot be read: {error}"), None);
        let real = fs::canonicalize(path).map_err(unread)?;
        if !real.starts_with(&self.real_root) {
            let message = "the file lies outside of the folder of pipelines, which a symbolic link leads to".to_owned();
            return Err(Unread::whole(message, Some("copy it into the folder".to_owned())));
        }
        let text = String::from_utf8(fs::read(&real).map_err(unread)?).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            Unread {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                message: format!("the file is not UTF-8: byte {} (0x{:02X}) is wrong", valid, error.as_bytes()[valid]),
                help: Some("save it as UTF-8".to_owned()),
            }
        })?;
        // Editors on Windows begin a file with a byte order mark; it is no part of the text.
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }
}

/// Why a file was not read, and where.
struct Unread {
    line: usize,
    column: usize,
    message: String,
    help: Option<String>,
}

impl Unread {
    fn whole(message: String, help: Option<String>) -> Self {
        Self { line: 1, column: 1, message, help }
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
