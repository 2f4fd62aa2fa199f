use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::arguments::Arguments;
use crate::shrink::shrink;
use crate::targets::{Skipped, Target};
use crate::{mutate, targets};

/// An input that takes longer ends the run.
const HANG: Duration = Duration::from_secs(30);

/// Longer inputs are not printed where they are found.
const PRINTED_MAX: usize = 4096;

/// Every so many inputs one is given twice.
const TWICE_EVERY: u64 = 4;

/// Where the last panic was.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// How a target failed. Two failures with the same kind are taken for one.
struct Failure {
    kind: String,
    message: String,
}

/// Runs all targets in turn, and returns how many failures there were.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, String> {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        let text = format!("panic at {place}\t{info}");
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }));
    let chosen: Vec<_> = targets::all()
        .into_iter()
        .filter(|(name, _)| arguments.targets.is_empty() || arguments.targets.iter().any(|wanted| wanted == name))
        .collect();
    if chosen.is_empty() {
        return Err(format!("no target is called {}", arguments.targets.join(", ")));
    }
    println!("seed {}", arguments.seed);
    let share = arguments.time / u32::try_from(chosen.len()).unwrap_or(1);
    let (mut failures, mut skipped) = (0, 0);
    for (name, make) in chosen {
        match make() {
            Ok(target) => failures += one(target.as_ref(), share, arguments),
            Err(Skipped(reason)) => {
                skipped += 1;
                println!("skipped: {name}: {reason}");
            }
        }
    }
    println!("{failures} failures, {skipped} targets skipped");
    Ok(failures)
}

fn one(target: &dyn Target, time: Duration, arguments: &Arguments) -> usize {
    let corpus = target.corpus();
    if let Some(number) = arguments.only {
        let input = mutate::input(target, &corpus, arguments.seed, number);
        println!("{} {number}: {} bytes: {}", target.name(), input.len(), STANDARD.encode(&input));
        let failure = attempt(target, &input, true);
        println!("{}", failure.as_ref().map_or("ok", |failure| &failure.message));
        return usize::from(failure.is_some());
    }
    let watch = Watch::start(target.name());
    let start = Instant::now();
    let (mut number, mut logged, mut known) = (0, start, BTreeSet::new());
    while start.elapsed() < time {
        watch.at(number);
        let input = mutate::input(target, &corpus, arguments.seed, number);
        if let Some(failure) = attempt(target, &input, number % TWICE_EVERY == 0)
            && known.insert(failure.kind.clone())
        {
            report(target, number, &input, &failure);
        }
        number += 1;
        if logged.elapsed() >= arguments.log_every {
            logged = Instant::now();
            progress(target, number, start, known.len());
        }
    }
    progress(target, number, start, known.len());
    known.len()
}

fn progress(target: &dyn Target, inputs: u64, start: Instant, failures: usize) {
    let seconds = start.elapsed().as_secs().max(1);
    println!(
        "{}: {inputs} inputs in {seconds} s, {} per second, {failures} failures; {}",
        target.name(),
        inputs / seconds,
        target.tally()
    );
}

fn attempt(target: &dyn Target, input: &[u8], is_twice: bool) -> Option<Failure> {
    *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let times = if is_twice { 2 } else { 1 };
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let outputs: Result<Vec<u64>, String> = (0..times).map(|_| target.run(input)).collect();
        outputs
    }));
    let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(message) = panic {
        let kind = message.split('\t').next().unwrap_or_default().to_owned();
        return Some(Failure { kind, message });
    }
    match outcome {
        Ok(Ok(outputs)) if outputs.windows(2).all(|pair| pair[0] == pair[1]) => None,
        Ok(Ok(_)) => {
            Some(Failure { kind: "unstable".to_owned(), message: "the same input gave two outputs".to_owned() })
        }
        Ok(Err(message)) => Some(Failure { kind: message.split(':').next().unwrap_or_default().to_owned(), message }),
        Err(_) => Some(Failure { kind: "panic".to_owned(), message: "a panic without a message".to_owned() }),
    }
}

fn report(target: &dyn Target, number: u64, input: &[u8], failure: &Failure) {
    let is_same = |candidate: &[u8]| attempt(target, candidate, true).is_some_and(|other| other.kind == failure.kind);
    let small = shrink(input, is_same);
    let message = attempt(target, &small, true).map_or(String::new(), |failure| failure.message);
    println!("FAILED  {} {number}: {message}", target.name());
    let (bytes, whole) = (small.len(), input.len());
    match bytes {
        0..=PRINTED_MAX => println!("  {bytes} bytes, of {whole}: {}", STANDARD.encode(&small)),
        _ => println!("  {bytes} bytes, of {whole}: see them with --only {number}"),
    }
}

/// Ends the process when an input takes too long: a thread that hangs cannot be ended otherwise.
struct Watch(Arc<AtomicU64>);

impl Watch {
    fn start(name: &'static str) -> Self {
        let current = Arc::new(AtomicU64::new(0));
        let watched = Arc::downgrade(&current);
        std::thread::spawn(move || {
            let (mut last, mut since) = (0, Instant::now());
            while let Some(current) = watched.upgrade() {
                let now = current.load(Ordering::Relaxed);
                drop(current);
                if now != last {
                    (last, since) = (now, Instant::now());
                } else if since.elapsed() > HANG {
                    println!(
                        "FAILED  {name} {now}: it takes more than {} seconds; see it with --only {now}",
                        HANG.as_secs()
                    );
                    std::process::exit(1);
                }
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        Self(current)
    }

    fn at(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }
}
