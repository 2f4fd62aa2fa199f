use std::time::{Duration, Instant};

use serde_json::json;

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    count: usize,
    elapsed: Duration,
    bytes_in: usize,
    bytes_out: usize,
    cpu: Duration,
    function_cpu: Option<Duration>,
}

impl Figures {
    /// As one line of JSON.
    pub(crate) fn json(&self) -> String {
        let seconds = self.elapsed.as_secs_f64();
        // Counts and sizes of one run are far below 2^53.
        #[expect(clippy::cast_precision_loss)]
        let rate = |count: usize| count as f64 / seconds;
        json!({
            "count": self.count,
            "seconds": seconds,
            "per_second": rate(self.count),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "in_per_second": rate(self.bytes_in),
            "function_cpu_seconds": self.function_cpu.map(|cpu| cpu.as_secs_f64()),
            "server_cpu_seconds": self.cpu.as_secs_f64(),
            "server_share": self.cpu.as_secs_f64() / seconds,
        })
        .to_string()
    }
}

/// Measures from the moment that it is made.
#[derive(Debug)]
pub(crate) struct Meter {
    start: Instant,
    cpu: Duration,
    function: Option<(u32, Duration)>,
    bytes_in: usize,
    bytes_out: usize,
    count: usize,
}

impl Meter {
    /// Begins. The function's process is known when it was started here.
    pub(crate) fn start(function: Option<u32>) -> Self {
        let function = function.map(|process| (process, cpu(&process.to_string())));
        Self { start: Instant::now(), cpu: cpu("self"), function, bytes_in: 0, bytes_out: 0, count: 0 }
    }

    /// Counts one invocation by the sizes of its event and its answer.
    pub(crate) fn add(&mut self, bytes_in: usize, bytes_out: usize) {
        self.count += 1;
        self.bytes_in += bytes_in;
        self.bytes_out += bytes_out;
    }

    /// Ends.
    pub(crate) fn stop(&self) -> Figures {
        Figures {
            count: self.count,
            elapsed: self.start.elapsed(),
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            cpu: cpu("self").saturating_sub(self.cpu),
            function_cpu: self.function.map(|(process, before)| cpu(&process.to_string()).saturating_sub(before)),
        }
    }
}

/// What the threads of a process have run for. Zero where there is no `/proc`.
fn cpu(process: &str) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}
