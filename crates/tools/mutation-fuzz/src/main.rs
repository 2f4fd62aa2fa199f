#![doc = include_str!("../README.md")]
#![recursion_limit = "256"]
#![allow(clippy::print_stdout, reason = "its findings are what it is for")]

mod arguments;
mod mutate;
mod run;
mod shrink;
mod targets;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match arguments::Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match run::run(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
