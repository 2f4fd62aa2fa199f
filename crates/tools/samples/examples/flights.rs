//! Writes flights to nowhere and measures the speed: `cargo run --release -p samples --example flights -- 5819079`.

use std::io::Write;
use std::time::Instant;

use samples::flights::{FULL_YEAR, Options, write_flights};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = std::env::args().nth(1).map_or(Ok(FULL_YEAR), |text| text.parse())?;
    let begin = Instant::now();
    let done = write_flights(std::io::sink(), &Options { rows, ..Options::default() }, |_| ())?;
    let seconds = begin.elapsed().as_secs_f64();
    let megabytes = done.bytes as f64 / 1e6;
    writeln!(std::io::stdout(), "{rows} rows, {megabytes:.1} MB in {seconds:.2} s: {:.0} MB/s", megabytes / seconds)?;
    Ok(())
}
