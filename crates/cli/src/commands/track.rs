use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;
use tokio::task::JoinSet;

use crate::args::{Common, TrackArgs};
use crate::collector::Collector;
use crate::deployment;
use crate::output::{Grid, duration, line, thousands};
use crate::progress;

/// How many batches are under way at the same time.
const CONCURRENCY: usize = 4;

/// Segment's limits: bytes of an event, and of a batch with room for what is around the events.
const EVENT_BYTES_MAX: usize = 32 * 1024;
const BATCH_BYTES_MAX: usize = 480 * 1024;

/// How many lines are named that cannot be sent.
const NAMED_LINES: usize = 5;

/// What became of the lines.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Events that the collector has taken.
    pub(crate) events: u64,
    /// Requests.
    pub(crate) batches: u64,
    /// The lines, from 1, that are no event that a client could send: no JSON object, or over 32 KB.
    pub(crate) unsendable: Vec<u64>,
}

/// Sends the events of files to the collector.
pub(crate) async fn run(common: &Common, args: &TrackArgs) -> anyhow::Result<ExitCode> {
    let collector = match &args.url {
        Some(url) => Collector::new(url, args.write_key.as_deref().unwrap_or_default())?,
        None => deployment::collector(common)?,
    };
    let collector = if args.uncompressed { collector.uncompressed() } else { collector };
    let mut grid = Grid::new(&["FILE", "EVENTS>", "REQUESTS>", "NOT SENT>", "TOOK>"]);
    let mut reports = Vec::new();
    for file in &args.files {
        let start = Instant::now();
        let sent = send(&collector, file, args.batch, args.rate).await?;
        let took = start.elapsed().as_millis();
        grid.row([
            file.display().to_string(),
            thousands(sent.events),
            thousands(sent.batches),
            thousands(sent.unsendable.len() as u64),
            duration(took),
        ]);
        reports.push((file, sent, took));
    }
    if common.json {
        for (file, sent, took) in &reports {
            let Sent { events, batches, unsendable } = sent;
            line(json!({ "file": file, "events": events, "requests": batches, "not_sent_lines": unsendable, "ms": took }).to_string());
        }
    } else {
        grid.print();
        reports.iter().for_each(|(file, sent, _)| tell_unsendable(file, sent));
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends the lines of a file in batches, at most `rate` events per second if there is one.
pub(crate) async fn send(collector: &Collector, file: &Path, batch: usize, rate: Option<f64>) -> anyhow::Result<Sent> {
    let reader = std::fs::File::open(file).with_context(|| format!("opening {}", file.display()))?;
    let total = reader.metadata().map(|file| file.len()).unwrap_or_default();
    let bar = progress::bytes("sending", total);
    let (mut sent, mut sending, start) = (Sent::default(), JoinSet::new(), Instant::now());
    let mut lines = Lines { reader: BufReader::with_capacity(1 << 20, reader), number: 0, read: 0 };
    loop {
        let events = lines.batch(batch, &mut sent.unsendable).with_context(|| format!("reading {}", file.display()))?;
        bar.set_position(lines.read);
        if events.is_empty() {
            break;
        }
        if let Some(rate) = rate {
            // As early as the rate allows.
            let due = Duration::from_secs_f64(sent.events as f64 / rate);
            tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
        }
        sent.events += events.len() as u64;
        sent.batches += 1;
        if sending.len() == CONCURRENCY {
            ended(sending.join_next().await)?;
        }
        let (collector, body) = (collector.clone(), batch_of(&events));
        sending.spawn(async move { collector.send(&body).await });
    }
    while !sending.is_empty() {
        ended(sending.join_next().await)?;
    }
    bar.finish_and_clear();
    Ok(sent)
}

type Ended = Option<Result<anyhow::Result<()>, tokio::task::JoinError>>;

fn ended(ended: Ended) -> anyhow::Result<()> {
    match ended {
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(error).context("sending a batch"),
        None => Ok(()),
    }
}

/// Segment's `batch` call around the events, which stay as they are.
fn batch_of(events: &[Vec<u8>]) -> Vec<u8> {
    [b"{\"batch\":[".as_slice(), &events.join(&b','), b"]}"].concat()
}

/// The lines of a file.
struct Lines<R> {
    reader: R,
    number: u64,
    read: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next events, as many as fit into a batch; none at the end.
    fn batch(&mut self, most: usize, unsendable: &mut Vec<u64>) -> anyhow::Result<Vec<Vec<u8>>> {
        let (mut events, mut bytes) = (Vec::new(), 0);
        while events.len() < most && bytes + EVENT_BYTES_MAX < BATCH_BYTES_MAX {
            let mut line = Vec::new();
            let read = self.reader.read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            self.read += read as u64;
            self.number += 1;
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            if is_event(line) {
                bytes += line.len();
                events.push(line.to_owned());
            } else {
                unsendable.push(self.number);
            }
        }
        Ok(events)
    }
}

/// Whether a client could have made it: an object with a type, within Segment's limit.
fn is_event(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Typed<'a> {
        #[serde(rename = "type", borrow)]
        _type: std::borrow::Cow<'a, str>,
    }
    line.first() == Some(&b'{') && line.len() <= EVENT_BYTES_MAX && serde_json::from_slice::<Typed<'_>>(line).is_ok()
}

fn tell_unsendable(file: &Path, sent: &Sent) {
    if sent.unsendable.is_empty() {
        return;
    }
    let named: Vec<_> = sent.unsendable.iter().take(NAMED_LINES).map(ToString::to_string).collect();
    let more = if sent.unsendable.len() > NAMED_LINES { ", ..." } else { "" };
    line(format!(
        "\n{}: lines {}{more} were not sent: no JSON object with a type, or over 32 KB",
        file.display(),
        named.join(", ")
    ));
}
