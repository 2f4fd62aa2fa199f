//! The binary as a process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The binary under test, with nothing of the caller's environment that it reads.
pub(crate) fn landfall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    for name in ["RUST_LOG", "LANDFALL_PIPELINES", "LANDFALL_STATE"] {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl CommandOutput {
    /// Runs a command to its end.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let output = landfall(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(crate) fn good(arguments: &[&str]) -> String {
        let answer = Self::of(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
        assert_eq!(answer.err, "", "{arguments:?}");
        answer.out
    }

    /// Runs a command that must fail with one readable message, and returns that message.
    pub(crate) fn bad(arguments: &[&str]) -> String {
        let answer = Self::of(arguments);
        assert_eq!(answer.code, Some(1), "{arguments:?}: {answer:?}");
        assert!(answer.err.starts_with("error: "), "{answer:?}");
        for word in ["panicked", "RUST_BACKTRACE", "Some(", "None", "Err(", "Error {", "SdkError"] {
            assert!(!answer.err.contains(word), "{word:?} is no word for people: {}", answer.err);
        }
        answer.err
    }
}

/// A running process whose output goes to files; it is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Process {
    pub(crate) fn spawn(folder: &Path, arguments: &[&str]) -> Self {
        let (out, err) = (folder.join("stdout.txt"), folder.join("stderr.txt"));
        let child = landfall(arguments)
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap();
        Self { child, out, err }
    }

    /// What it printed so far.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// Fails with what it said if it has ended.
    pub(crate) fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("landfall ended with {status}: {}{}", self.printed(), fs::read_to_string(&self.err).unwrap());
        }
    }

    /// Kills it as a crash would: no handler runs.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The most memory that it ever held, in MiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
