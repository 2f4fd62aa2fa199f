//! The function's own binary without its environment.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::process::{Command, Output};

#[test]
fn it_does_not_start_without_its_environment() {
    let check = |environment: &[(&str, &str)], expected: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_collect-events"));
        command.env_clear().env("AWS_REGION", "us-east-1").envs(environment.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = String::from_utf8([stdout, stderr].concat()).unwrap();
        assert_eq!(status.code(), Some(1), "{text}");
        assert!(text.contains(expected) && !text.contains("a-secret"), "{text}");
    };
    let stream = ("LANDFALL_STREAM", "events");
    check(&[], "LANDFALL_STREAM");
    check(&[stream], "LANDFALL_WRITE_KEYS_SECRET");
    check(&[stream, ("LANDFALL_WRITE_KEYS", "a-secret:key")], "LANDFALL_WRITE_KEYS");
    // Nobody answers at this port.
    let credentials = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let nobody = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9");
    let secret = ("LANDFALL_WRITE_KEYS_SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:keys");
    check(
        &[stream, secret, nobody, credentials[0], credentials[1]],
        "the secret that LANDFALL_WRITE_KEYS_SECRET names",
    );
}
