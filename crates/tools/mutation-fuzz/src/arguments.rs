use std::time::Duration;

const USAGE: &str = "mutation-fuzz [--seconds N] [--seed N] [--only N] [--log-every SECONDS] [TARGET...]";

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// All targets together.
    pub(crate) time: Duration,
    pub(crate) seed: u64,
    /// One input, which is printed.
    pub(crate) only: Option<u64>,
    pub(crate) log_every: Duration,
    /// All of them if empty.
    pub(crate) targets: Vec<String>,
}

impl Arguments {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            time: Duration::from_secs(60),
            seed: 1,
            only: None,
            log_every: Duration::from_secs(60),
            targets: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut number = || -> Result<u64, String> {
                let value = words.next().ok_or(format!("{word} needs a number: {USAGE}"))?;
                value.parse().map_err(|_| format!("{word} {value}: no number: {USAGE}"))
            };
            match word.as_str() {
                "--seconds" => arguments.time = Duration::from_secs(number()?),
                "--seed" => arguments.seed = number()?,
                "--only" => arguments.only = Some(number()?),
                "--log-every" => arguments.log_every = Duration::from_secs(number()?),
                option if option.starts_with('-') => return Err(format!("{option} is no option: {USAGE}")),
                target => arguments.targets.push(target.to_owned()),
            }
        }
        Ok(arguments)
    }
}
