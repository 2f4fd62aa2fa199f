//! The function's own binary over Lambda's Runtime API.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The binary in an environment that has nothing but these variables.
fn command(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transform-events"));
    command.env_clear().envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn root(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path).to_string_lossy().into_owned()
}

/// Ends the process with the test, whatever becomes of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One request: its first line and its body.
fn request(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let (mut length, mut is_chunked) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        is_chunked |= line == "transfer-encoding: chunked";
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    assert!(!is_chunked, "{first}");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (first.trim().to_owned(), String::from_utf8(body).unwrap())
}

fn reply(mut stream: &TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
        .unwrap();
}

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Sends events to the binary, one after another: what it posts for each, as path and body. `key` is the variable that tells its key;
/// a secret of any name holds `KEY`.
fn invoke(key: (&str, &str), events: &[String]) -> Vec<(String, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let secrets_manager = format!("http://{address}");
    let environment = [
        key,
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets_manager),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "transform-events"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "g"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "s"),
        ("LANDFALL_PIPELINES", &root("pipelines")),
    ];
    let mut running = Running(command(&environment).stdout(Stdio::null()).spawn().unwrap());
    let mut errors = running.0.stderr.take().unwrap();
    // A binary that ends is told by an empty request, so that nobody waits for it.
    let bell = address.clone();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut errors, &mut std::io::sink());
        TcpStream::connect(bell)
    });
    let mut answers = Vec::new();
    let mut sent = 0;
    while answers.len() < events.len() {
        let (stream, _) = listener.accept().unwrap();
        let (first, body) = request(&stream);
        if first.starts_with("POST / ") {
            // A file that was stored as a secret has the end of its line.
            reply(&stream, "200 OK", "", &format!("{{\"SecretString\":\"{KEY}\\n\"}}"));
        } else if !first.starts_with("GET ") {
            answers.push((first, body));
            reply(&stream, "202 Accepted", "", "");
        } else if let Some(event) = events.get(sent) {
            sent += 1;
            let headers = "lambda-runtime-aws-request-id: r\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
                           lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:f\r\n";
            reply(&stream, "200 OK", headers, event);
        }
    }
    answers
}

#[test]
fn events_and_answers_over_the_runtime_api() {
    let events = ["firehose-direct-put.json", "manual.json", "firehose-mixed.json"];
    let events = events.map(|name| std::fs::read_to_string(root("events") + "/" + name).unwrap());
    let answers = invoke(("LANDFALL_PRIVACY_KEY", KEY), &events);
    let results = |body: &str| {
        let answer: Value = serde_json::from_str(body).unwrap();
        let records = answer["records"].as_array().unwrap().iter();
        records.map(|record| record["result"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert!(answers[0].0.contains("/response "), "{}", answers[0].0);
    assert_eq!(results(&answers[0].1), "Ok Ok ProcessingFailed");
    // An event of another function fails by name, and the next one is answered.
    assert!(answers[1].0.contains("/error "), "{}", answers[1].0);
    assert!(answers[1].1.contains("\"NotFirehose\""), "{}", answers[1].1);
    let fates =
        "Ok Ok Ok Ok Dropped ProcessingFailed ProcessingFailed ProcessingFailed ProcessingFailed ProcessingFailed";
    assert_eq!(results(&answers[2].1), fates);
}

#[test]
fn a_key_in_a_secret_gives_the_same_hashes() {
    let events = [std::fs::read_to_string(root("events") + "/firehose-direct-put.json").unwrap()];
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:privacy-key";
    let answers = invoke(("LANDFALL_PRIVACY_KEY_SECRET", arn), &events);
    assert_eq!(answers, invoke(("LANDFALL_PRIVACY_KEY", KEY), &events));
    let other = invoke(("LANDFALL_PRIVACY_KEY", "another key that is long enough, too"), &events);
    assert_ne!(answers, other, "the events have something to hash");
}

#[test]
fn it_does_not_start_without_its_environment() {
    let check = |environment: &[(&str, &str)], expected: &str| {
        let Output { status, stdout, stderr } = command(environment).output().unwrap();
        let text = String::from_utf8([stdout, stderr].concat()).unwrap();
        assert_eq!(status.code(), Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
    };
    let pipelines = root("pipelines");
    check(&[("LANDFALL_PIPELINES", "/nowhere")], "/nowhere");
    check(&[("LANDFALL_PIPELINES", &pipelines)], "LANDFALL_PRIVACY_KEY");
    let secret = "a-key-that-is-too-short";
    check(&[("LANDFALL_PIPELINES", &pipelines), ("LANDFALL_PRIVACY_KEY", secret)], "LANDFALL_PRIVACY_KEY");
    let arn = ("LANDFALL_PRIVACY_KEY_SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:privacy-key");
    let nobody = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9");
    let credentials = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")];
    check(
        &[("LANDFALL_PIPELINES", &pipelines), arn, nobody, credentials[0], credentials[1], credentials[2]],
        "the secret that LANDFALL_PRIVACY_KEY_SECRET names",
    );
    let output = command(&[("LANDFALL_PIPELINES", &pipelines), ("LANDFALL_PRIVACY_KEY", secret)]).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!text.contains(secret), "the key is shown: {text}");
}
