//! A process: what it prints, and that it ends.

use std::io::{BufRead, BufReader, PipeReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A process that is killed when it is dropped.
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    state: watch::Receiver<State>,
}

/// What is known of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The last line that it printed.
    pub(crate) last_line: Option<String>,
    /// How it ended, when it has.
    pub(crate) ended: Option<String>,
}

impl Process {
    /// Starts it with both of its outputs going to `log`, line by line, on a thread of its own.
    pub(crate) fn start(mut command: Command, log: impl Fn(&str) + Send + 'static) -> std::io::Result<Self> {
        let (reader, writer) = std::io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        in_a_group_of_its_own(&mut command);
        let child = Arc::new(Mutex::new(command.spawn()?));
        // It holds the pipe's writing end, which would keep the reader waiting for ever.
        drop(command);
        let (sender, state) = watch::channel(State::default());
        let process = Self { child: Arc::clone(&child), state };
        std::thread::Builder::new().spawn(move || read(reader, &child, &sender, log))?;
        Ok(process)
    }

    /// What is known of it now.
    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) -> State {
        let mut state = self.state.clone();
        // The thread sends how it ended before it drops the sender.
        let _ = state.wait_for(|state| state.ended.is_some()).await;
        self.state()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and that is as well.
        let _ = lock(&self.child).kill();
    }
}

/// An interrupt of the terminal is for this process, which ends the others in its order.
fn in_a_group_of_its_own(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

fn read(reader: PipeReader, child: &Mutex<Child>, state: &watch::Sender<State>, log: impl Fn(&str)) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {
                let text = String::from_utf8_lossy(line.trim_ascii_end());
                log(&text);
                if !text.is_empty() {
                    state.send_modify(|state| state.last_line = Some(text.into_owned()));
                }
            }
        }
    }
    // Its outputs are closed: it has ended, or cannot be heard any more.
    let mut child = lock(child);
    let _ = child.kill();
    let ended = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    state.send_modify(|state| state.ended = Some(ended));
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
