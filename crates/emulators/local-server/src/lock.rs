//! One process, one state folder.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;

use crate::error::{Error, failed};
use crate::private::create_private_folder;

/// The file that the process holds locked; the operating system unlocks it when the process ends, however it ends.
const LOCK_FILE: &str = "lock";

/// The file that says which process holds the lock, for a person.
const PID_FILE: &str = "pid";

/// The right to use a state folder, as long as it lives.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

/// Whether a process, perhaps this one, uses the state folder now.
#[must_use]
pub fn is_in_use(state: &Path) -> bool {
    let Ok(file) = File::options().write(true).open(state.join(LOCK_FILE)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

impl StateLock {
    /// Takes the right. The folder is created if missing, and made its owner's alone.
    ///
    /// # Errors
    ///
    /// When another process has it, which is named, or the folder cannot be written.
    pub fn take(state: &Path) -> Result<Self, Error> {
        create_private_folder(state).map_err(failed("create", state))?;
        let path = state.join(LOCK_FILE);
        let file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = fs::read_to_string(state.join(PID_FILE)).ok().and_then(|text| text.trim().parse().ok());
                return Err(Error::Locked { path: state.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        let path = state.join(PID_FILE);
        let written = File::create(&path).and_then(|mut file| writeln!(file, "{}", std::process::id()));
        written.map_err(failed("write", &path))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_folder_has_one_user_who_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        assert!(!is_in_use(&state));
        let first = StateLock::take(&state).unwrap();
        assert!(is_in_use(&state));
        let error = StateLock::take(&state).unwrap_err().to_string();
        assert!(error.contains(&format!("used by process {}", std::process::id())), "{error}");
        drop(first);
        StateLock::take(&state).unwrap();
    }
}
