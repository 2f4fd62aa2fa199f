//! The two servers that a collector needs: Lambda's Runtime API, which hands out one event again and again and counts the answers, and a
//! Kinesis that takes every record. Each is a process of its own; std only, compiled by rustc alone.
//!
//!     collect_servers runtime <port> <event.json> <invocations to warm up> <invocations>
//!     collect_servers kinesis <port>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let listener = TcpListener::bind(("127.0.0.1", arguments[1].parse().expect("a port"))).expect("a free port");
    eprintln!("listening");
    match arguments[0].as_str() {
        "runtime" => runtime(&listener, &arguments[2..]),
        "kinesis" => kinesis(&listener),
        other => panic!("runtime or kinesis, not {other}"),
    }
}

/// One request: its first line and its body; `None` at the connection's end.
fn request(reader: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Option<String> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let (mut length, mut is_chunked) = (0, false);
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line == "\r\n" {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a length");
        }
        is_chunked |= name.eq_ignore_ascii_case("transfer-encoding");
    }
    body.clear();
    while is_chunked {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim(), 16).expect("a chunk's size");
        let start = body.len();
        body.resize(start + size + 2, 0);
        reader.read_exact(&mut body[start..]).ok()?;
        body.truncate(start + size);
        is_chunked = size > 0;
    }
    if length > 0 {
        body.resize(length, 0);
        reader.read_exact(body).ok()?;
    }
    Some(first)
}

fn connections(listener: &TcpListener, serve: impl Fn(TcpStream) + Sync) {
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            scope.spawn(|| serve(stream));
        }
    });
}

/// Between a request for the next event and the answer to it, the time is the function's; the rest is this server's and the network's.
struct Clock {
    invocations: u64,
    start: Instant,
    handed_out: Instant,
    answered: Instant,
    between: f64,
}

fn runtime(listener: &TcpListener, arguments: &[String]) {
    let event = std::fs::read(&arguments[0]).expect("an event");
    let warm_up: u64 = arguments[1].parse().expect("a number");
    let wanted: u64 = arguments[2].parse().expect("a number");
    let now = Instant::now();
    let clock = Mutex::new(Clock { invocations: 0, start: now, handed_out: now, answered: now, between: 0.0 });
    connections(listener, |stream| {
        let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone().expect("a handle"));
        let mut writer = stream;
        let mut body = Vec::new();
        let mut answer = Vec::with_capacity(event.len() + 512);
        while let Some(first) = request(&mut reader, &mut body) {
            let arrived = Instant::now();
            answer.clear();
            let mut clock = clock.lock().expect("the clock");
            if first.starts_with("GET ") {
                write!(
                    answer,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nlambda-runtime-aws-request-id: {:08}-0000-4000-8000-000000000000\r\n\
                     lambda-runtime-deadline-ms: 4102444800000\r\nlambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:collect-events\r\n\r\n",
                    event.len(),
                    clock.invocations
                )
                .expect("memory");
                answer.extend_from_slice(&event);
                clock.handed_out = Instant::now();
                clock.between += (clock.handed_out - arrived).as_secs_f64();
            } else {
                let text = String::from_utf8_lossy(&body);
                assert!(first.contains("/response") && text.contains("success\\\":true"), "{first}{text}");
                clock.answered = arrived;
                clock.invocations += 1;
                if clock.invocations == warm_up {
                    clock.start = arrived;
                    clock.between = 0.0;
                }
                if clock.invocations == warm_up + wanted {
                    let seconds = (arrived - clock.start).as_secs_f64();
                    println!("{seconds:.6} {:.6}", clock.between);
                    std::process::exit(0);
                }
                answer.extend_from_slice(b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"status\":\"OK\"}\n");
                clock.between += arrived.elapsed().as_secs_f64();
            }
            drop(clock);
            writer.write_all(&answer).expect("a reader");
        }
    });
}

fn kinesis(listener: &TcpListener) {
    let records = AtomicU64::new(0);
    let busy = AtomicU64::new(0);
    connections(listener, |stream| {
        let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone().expect("a handle"));
        let mut writer = stream;
        let mut body = Vec::new();
        while let Some(first) = request(&mut reader, &mut body) {
            let arrived = Instant::now();
            let mut answer = Vec::new();
            if first.starts_with("GET ") {
                let text = format!("{} {}", records.load(Ordering::Relaxed), busy.load(Ordering::Relaxed));
                write!(answer, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}", text.len()).expect("memory");
                writer.write_all(&answer).expect("a reader");
                return;
            }
            let needle = b"\"Data\":";
            let count = body.windows(needle.len()).filter(|window| window == needle).count();
            let one = r#"{"SequenceNumber":"49543463076548007577105092703039560359975228518395012686","ShardId":"shardId-000000000000"}"#;
            let all = vec![one; count].join(",");
            let text = format!(r#"{{"FailedRecordCount":0,"Records":[{all}]}}"#);
            write!(
                answer,
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\nx-amzn-requestid: 0\r\ncontent-length: {}\r\n\r\n{text}",
                text.len()
            )
            .expect("memory");
            records.fetch_add(count as u64, Ordering::Relaxed);
            busy.fetch_add(arrived.elapsed().as_nanos() as u64, Ordering::Relaxed);
            writer.write_all(&answer).expect("a reader");
        }
    });
}
