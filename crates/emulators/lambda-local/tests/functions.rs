//! Invocations of a real process that speaks to the Runtime API through AWS's own runtime: this test's binary, run again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]
#![allow(clippy::print_stdout, reason = "what a function prints is what is tested")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_local::{Function, FunctionConfig, InvokeError};
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::{Value, json};

/// The name of the "test" that is the function.
const FUNCTION: &str = "this_process_is_the_function";

/// Not a test: in a process that has a Runtime API, the function; anywhere else, nothing.
#[tokio::test]
async fn this_process_is_the_function() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return;
    }
    if std::env::var_os("REFUSES_TO_START").is_some() {
        println!("\nthe setting COLOUR is missing");
        std::process::exit(7);
    }
    run(service_fn(behave)).await.unwrap();
}

async fn behave(event: LambdaEvent<Value>) -> Result<Value, lambda_runtime::Diagnostic> {
    let text = |name: &str| event.payload[name].as_str().unwrap_or_default().to_owned();
    match text("do").as_str() {
        "fail" => Err(lambda_runtime::Diagnostic {
            error_type: "NoTable".to_owned(),
            error_message: "what failed".to_owned(),
        }),
        "crash" => std::process::exit(9),
        "hang" => std::future::pending().await,
        "huge" => Ok(json!("x".repeat(7 << 20))),
        "meet" => {
            let folder = text("folder");
            std::fs::write(Path::new(&folder).join(text("me")), "").unwrap();
            while !Path::new(&folder).join(text("other")).exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(json!(std::process::id()))
        }
        _ => {
            println!("\ninvoked {}", event.context.request_id);
            let deadline = event.context.deadline.saturating_sub(now_ms());
            let environment: std::collections::BTreeMap<String, String> = std::env::vars().collect();
            Ok(
                json!({ "process": std::process::id(), "left_ms": deadline, "environment": environment, "event": event.payload,
                "arn": event.context.invoked_function_arn }),
            )
        }
    }
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn config() -> FunctionConfig {
    FunctionConfig {
        arguments: ["--exact", FUNCTION, "--nocapture"].map(Into::into).into(),
        timeout: Duration::from_secs(60),
        ..FunctionConfig::new("odd", std::env::current_exe().unwrap())
    }
}

fn doing(what: &str) -> Value {
    json!({ "do": what })
}

async fn process(function: &Function) -> u64 {
    function.invoke(&doing("answer")).await.unwrap()["process"].as_u64().unwrap()
}

#[tokio::test]
async fn it_gets_its_event_and_only_its_own_environment() {
    let environment = vec![("LANDFALL_LAKE_BUCKET".to_owned(), "lake".to_owned())];
    let function = Function::new(FunctionConfig { environment, memory_mib: 512, ..config() });
    let answer = function.invoke(&json!({ "number": 12345678901234567_u64 })).await.unwrap();
    assert_eq!(answer["event"], json!({ "number": 12345678901234567_u64 }));
    assert_eq!(answer["arn"], json!("arn:aws:lambda:us-east-1:123456789012:function:odd"));
    let left = answer["left_ms"].as_u64().unwrap();
    assert!((30_000..=60_000).contains(&left), "{left}");
    let environment = answer["environment"].as_object().unwrap();
    assert_eq!(environment["LANDFALL_LAKE_BUCKET"], json!("lake"));
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], json!("512"));
    let ours = |name: &&String| name.starts_with("CARGO") || *name == "HOME";
    assert_eq!(environment.keys().filter(ours).count(), 0, "{environment:?}");
}

#[tokio::test]
async fn a_process_is_kept_for_the_next_invocation_also_after_an_error() {
    let function = Function::new(config());
    let first = process(&function).await;
    let error = function.invoke(&doing("fail")).await.unwrap_err();
    assert_eq!(error.to_string(), "NoTable: what failed");
    assert_eq!(process(&function).await, first);
}

#[tokio::test]
async fn a_crash_fails_its_invocation_and_no_other() {
    let function = Function::new(config());
    let first = process(&function).await;
    let error = function.invoke(&doing("crash")).await.unwrap_err();
    assert!(matches!(error, InvokeError::Ended { .. }), "{error}");
    assert!(error.to_string().contains("exit status: 9"), "{error}");
    assert_ne!(process(&function).await, first);
}

#[tokio::test]
async fn a_timeout_kills_the_process() {
    let function = Function::new(FunctionConfig { timeout: Duration::from_millis(300), ..config() });
    let error = function.invoke(&doing("hang")).await.unwrap_err();
    assert_eq!(error.to_string(), "odd timed out after 0.3 seconds");
    process(&function).await;
}

#[tokio::test]
async fn an_answer_above_the_limit_fails_and_the_process_goes_on() {
    let function = Function::new(config());
    let error = function.invoke(&doing("huge")).await.unwrap_err();
    assert_eq!(error.to_string(), "odd answered with more than 6291456 bytes");
    process(&function).await;
}

#[tokio::test]
async fn two_invocations_run_at_once_in_two_processes() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(config());
    let meet = |me: &str, other: &str| json!({ "do": "meet", "folder": folder.path(), "me": me, "other": other });
    let (here, there) = (meet("a", "b"), meet("b", "a"));
    let (one, two) = tokio::join!(function.invoke(&here), function.invoke(&there));
    assert_ne!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn more_invocations_than_processes_wait() {
    let function = Function::new(FunctionConfig { concurrency: 1, ..config() });
    let (one, two, three) = tokio::join!(process(&function), process(&function), process(&function));
    assert_eq!((one, two), (two, three));
}

#[tokio::test]
async fn a_process_that_was_killed_while_it_was_idle_costs_nothing() {
    let function = Function::new(config());
    let first = process(&function).await;
    let kill = |signal: &str| {
        let mut kill = std::process::Command::new("kill");
        kill.args([signal, &first.to_string()]).stderr(std::process::Stdio::null()).status().unwrap().success()
    };
    assert!(kill("-KILL"));
    // Before the process has ended, its end cannot be observed.
    while kill("-0") {
        tokio::task::yield_now().await;
    }
    assert_ne!(process(&function).await, first);
}

#[tokio::test]
async fn a_start_that_fails_reports_what_the_process_printed() {
    let environment = vec![("REFUSES_TO_START".to_owned(), String::new())];
    let error = Function::new(FunctionConfig { environment, ..config() }).invoke(&doing("answer")).await.unwrap_err();
    let expected =
        "the process of odd ended before it answered: exit status: 7; its last line was: the setting COLOUR is missing";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let error = Function::new(FunctionConfig::new("odd", "/nowhere/odd")).invoke(&doing("answer")).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot run \"/nowhere/odd\" for odd: is it a binary for this machine?");
}

#[tokio::test]
async fn the_observer_gets_the_lines() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let observed = Arc::clone(&lines);
    let log: lambda_local::LogObserver =
        Arc::new(move |function, line| observed.lock().unwrap().push(format!("{function} {line}")));
    let function = Function::new(FunctionConfig { log: Some(log), ..config() });
    process(&function).await;
    // The answer comes over HTTP, the line through a pipe.
    while !lines.lock().unwrap().iter().any(|line| line.starts_with("odd invoked ")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
