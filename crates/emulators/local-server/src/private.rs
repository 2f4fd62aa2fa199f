//! Files and folders for their owner alone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};

/// What others than the owner may do: the bits that a private file or folder does not have.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Creates a folder that its owner alone can use, with what is missing above it. One that is there and wider is made private.
///
/// # Errors
///
/// When the folder cannot be created or its permissions cannot be changed.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(path)?;
    make_private(path)
}

/// Writes a file that its owner alone can read.
///
/// # Errors
///
/// When the file cannot be written or its permissions cannot be changed.
pub fn write_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path)?;
    // The mode counts for a new file only.
    make_private(path)?;
    file.write_all(content)
}

/// Takes from all but the owner what they may do with a file or folder, and logs that they could.
///
/// # Errors
///
/// When its permissions cannot be read or changed.
#[cfg(unix)]
pub fn make_private(path: &Path) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    let mode = permissions.mode() & 0o7777;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let private = mode & !OTHERS;
    fs::set_permissions(path, fs::Permissions::from_mode(private))?;
    tracing::warn!(
        path = %path.display(),
        before = format!("{mode:04o}"),
        now = format!("{private:04o}"),
        "others could use this; now its owner alone can"
    );
    Ok(())
}

/// Other systems have no such permissions.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn widen(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn folders_and_files_are_their_owners_alone_also_when_they_were_wider() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("a/state");
        create_private_folder(&state).unwrap();
        assert_eq!(mode(&state), 0o700);
        widen(&state, 0o775);
        create_private_folder(&state).unwrap();
        assert_eq!(mode(&state), 0o700);

        let key = state.join("key");
        write_private_file(&key, b"first").unwrap();
        assert_eq!(mode(&key), 0o600);
        widen(&key, 0o644);
        write_private_file(&key, b"2nd").unwrap();
        assert_eq!((mode(&key), fs::read_to_string(&key).unwrap().as_str()), (0o600, "2nd"));
        widen(&key, 0o640);
        make_private(&key).unwrap();
        assert_eq!(mode(&key), 0o600);
    }
}
