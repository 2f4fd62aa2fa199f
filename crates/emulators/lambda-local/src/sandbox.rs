//! One process of a function behind a Runtime API of its own: what Lambda calls an execution environment.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::api::{self, Invocation, Runtime};
use crate::error::InvokeError;
use crate::function::FunctionConfig;
use crate::process::Process;

/// How long a start may take (AWS Lambda developer guide, "Lambda execution environment lifecycle").
const START_WITHIN: Duration = Duration::from_secs(10);

/// What an answer may hold (AWS Lambda developer guide, "Lambda quotas").
const ANSWER_BYTES_MAX: usize = 6 << 20;

/// A process and its Runtime API. It takes one invocation after another.
pub(crate) struct Sandbox {
    config: Arc<FunctionConfig>,
    slot: Arc<Slot>,
    events: mpsc::Sender<(String, Bytes)>,
    server: JoinHandle<()>,
    process: Process,
}

/// How an invocation in this process ended.
pub(crate) enum End {
    /// It was answered, by the function's answer or its error. The process can take another.
    Answered(Result<Bytes, InvokeError>),
    /// The process is of no more use.
    Broken(InvokeError),
    /// The process had ended before it took the event, which is given back.
    Untouched(Bytes),
}

/// What the Runtime API and the invocation share.
struct Slot {
    config: Arc<FunctionConfig>,
    events: tokio::sync::Mutex<mpsc::Receiver<(String, Bytes)>>,
    under_way: Mutex<Option<UnderWay>>,
    /// Whether the process has asked for an event since its start, and whether it has the one under way.
    progress: watch::Sender<Progress>,
}

struct UnderWay {
    id: String,
    answer: oneshot::Sender<Result<Bytes, InvokeError>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Starting,
    Ready,
    Working,
}

impl Sandbox {
    /// Starts the process; it is not waited for.
    pub(crate) async fn start(config: &Arc<FunctionConfig>) -> Result<Self, InvokeError> {
        let failed = |source| InvokeError::Serve { function: config.name.clone(), source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (events, receiver) = mpsc::channel(1);
        let slot = Arc::new(Slot {
            config: Arc::clone(config),
            events: tokio::sync::Mutex::new(receiver),
            under_way: Mutex::default(),
            progress: watch::Sender::new(Progress::Starting),
        });
        let routes = api::router(Arc::clone(&slot));
        let name = config.name.clone();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(function = name, %error, "a Runtime API ended");
            }
        });
        let process = Process::start(command(config, &address.to_string()), {
            let (name, log) = (config.name.clone(), config.log.clone());
            move |line| log.iter().for_each(|log| log(&name, line))
        });
        let process = process.map_err(|source| {
            server.abort();
            InvokeError::Program { function: config.name.clone(), program: config.program.clone(), source }
        })?;
        Ok(Self { config: Arc::clone(config), slot, events, server, process })
    }

    /// Gives the process an event and waits for its outcome.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> End {
        let (sender, mut answer) = oneshot::channel();
        let id = Uuid::new_v4().to_string();
        *self.slot.under_way() = Some(UnderWay { id: id.clone(), answer: sender });
        self.slot.progress.send_if_modified(|progress| {
            let was_working = *progress == Progress::Working;
            if was_working {
                *progress = Progress::Ready;
            }
            was_working
        });
        let is_first = *self.slot.progress.borrow() == Progress::Starting;
        // The channel has room for one event; only a broken process leaves an earlier one in it.
        let _ = self.events.send((id, event.clone())).await;
        tokio::select! {
            biased;
            answer = &mut answer => answer.map_or_else(|_| End::Broken(self.ended()), End::Answered),
            _ = self.process.ended() => match answer.try_recv() {
                Ok(answer) => End::Answered(answer),
                Err(_) if !is_first && !self.is_working() => End::Untouched(event),
                Err(_) => End::Broken(self.ended()),
            },
            error = self.overdue() => End::Broken(error),
        }
    }

    /// Whether the process runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.process.state().ended.is_none()
    }

    fn is_working(&self) -> bool {
        *self.slot.progress.borrow() == Progress::Working
    }

    /// Waits until the start or the invocation has taken longer than it may.
    async fn overdue(&self) -> InvokeError {
        let function = self.config.name.clone();
        let mut progress = self.slot.progress.subscribe();
        let started = progress.wait_for(|progress| *progress != Progress::Starting);
        if tokio::time::timeout(START_WITHIN, started).await.is_err() {
            let last_line = self.process.state().last_line;
            return InvokeError::NotStarted { function, within: START_WITHIN, last_line };
        }
        let after = self.config.timeout;
        tokio::time::sleep(after).await;
        InvokeError::TimedOut { function, after }
    }

    fn ended(&self) -> InvokeError {
        let state = self.process.state();
        let status = state.ended.unwrap_or_else(|| "its Runtime API ended".to_owned());
        InvokeError::Ended { function: self.config.name.clone(), status, last_line: state.last_line }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Slot {
    fn under_way(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the invocation of this id, or whichever there is; whether there was one.
    fn end(&self, id: Option<&str>, answer: Result<Bytes, InvokeError>) -> bool {
        let ended = self.under_way().take_if(|under_way| id.is_none_or(|id| id == under_way.id));
        // Who waited may have given up.
        ended.map(|ended| ended.answer.send(answer).is_ok()).is_some()
    }
}

impl Runtime for Slot {
    async fn next(&self) -> Invocation {
        let mut events = self.events.lock().await;
        self.progress.send_if_modified(|progress| {
            let is_first = *progress == Progress::Starting;
            if is_first {
                *progress = Progress::Ready;
            }
            is_first
        });
        let Some((id, event)) = events.recv().await else {
            // The sandbox is gone, and the process will be.
            return std::future::pending().await;
        };
        self.progress.send_replace(Progress::Working);
        let deadline = SystemTime::now() + self.config.timeout;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Invocation {
            id,
            deadline_ms: u64::try_from(deadline).unwrap_or(u64::MAX),
            function_arn: self.config.arn(),
            event,
        }
    }

    async fn answered(&self, id: &str, answer: Body) -> StatusCode {
        let (status, answer) = match to_bytes(answer, ANSWER_BYTES_MAX).await {
            Ok(answer) => (StatusCode::ACCEPTED, Ok(answer)),
            Err(_) => {
                let function = self.config.name.clone();
                (StatusCode::PAYLOAD_TOO_LARGE, Err(InvokeError::TooLarge { function, most: ANSWER_BYTES_MAX }))
            }
        };
        if self.end(Some(id), answer) { status } else { StatusCode::BAD_REQUEST }
    }

    async fn failed(&self, id: Option<&str>, error: Body) -> StatusCode {
        let text = to_bytes(error, ANSWER_BYTES_MAX).await.unwrap_or_default();
        if self.end(id, Err(reported(&text))) { StatusCode::ACCEPTED } else { StatusCode::BAD_REQUEST }
    }
}

/// An error as a function reports it.
fn reported(text: &[u8]) -> InvokeError {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        error_type: String,
        error_message: String,
    }
    match serde_json::from_slice(text) {
        Ok(Report { error_type, error_message }) => InvokeError::Function { error_type, message: error_message },
        Err(_) => InvokeError::Function {
            error_type: "Unknown".to_owned(),
            message: String::from_utf8_lossy(text).into_owned(),
        },
    }
}

/// The program with nothing in its environment but what Lambda and the function's configuration set.
fn command(config: &FunctionConfig, api: &str) -> Command {
    let mut command = Command::new(&config.program);
    command.args(&config.arguments).env_clear();
    for name in ["PATH", "TMPDIR"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("AWS_LAMBDA_RUNTIME_API", api).envs(config.lambda_environment());
    command.envs(config.environment.iter().map(|(name, value)| (name, value)));
    command
}
