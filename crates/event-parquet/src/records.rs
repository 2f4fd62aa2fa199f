//! Cuts a source into events, and brings each of them to its table and day.

use json_members::{Fault, FaultKind, unescape};
use memchr::memchr;

use crate::error::Error;
use crate::filing::Filing;
use crate::input::Input;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::outputs::Outputs;
use crate::rejected::{RAW_BYTES_MAX, Reason, Rejected};
use crate::report::Report;
use crate::rows::Event;
use crate::scan::Scanner;
use crate::seen::Seen;
use crate::sink::Sink;
use crate::source::Source;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The state between two events.
pub(crate) struct Records<'a, S> {
    layout: &'a Layout,
    limits: &'a Limits,
    filing: Filing<'a>,
    outputs: Outputs<'a, S>,
    seen: Seen,
    scanner: Scanner,
    found: Vec<u32>,
    scratch: Vec<u8>,
    report: Report,
}

/// Where a text is in the source.
#[derive(Clone, Copy)]
struct At {
    line: u64,
    offset: u64,
}

impl<'a, S: Sink> Records<'a, S> {
    pub(crate) fn new(source: &'a Source, layout: &'a Layout, limits: &'a Limits, sink: &'a mut S) -> Self {
        Self {
            layout,
            limits,
            filing: Filing::new(source, layout),
            outputs: Outputs::new(layout, limits, sink),
            seen: Seen::with_capacity(&limits.folder, limits.ids),
            scanner: Scanner::default(),
            found: Vec::new(),
            scratch: Vec::new(),
            report: Report::default(),
        }
    }

    /// Reads everything.
    pub(crate) fn read(&mut self, input: &mut Input<'_>) -> Result<(), Error> {
        input.fill()?;
        if input.window().starts_with(BYTE_ORDER_MARK.as_bytes()) {
            input.consume(BYTE_ORDER_MARK.len());
        }
        loop {
            while let Some(length) = memchr(b'\n', input.window()) {
                self.line(input, length)?;
                input.consume(length + 1);
            }
            if input.is_ended() {
                break;
            }
            if input.is_full() {
                self.part_of_line(input)?;
            }
            input.fill()?;
        }
        if !input.window().is_empty() {
            self.line(input, input.window().len())?;
            input.consume(input.window().len());
        }
        if let Some(why) = input.broken.take() {
            let at = At { line: self.report.lines, offset: input.offset() };
            self.reject(at, Reason::Broken(why.clone()), b"", 0)?;
            self.report.broken = Some(why);
        }
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn close(mut self, input: &Input<'_>) -> Result<Report, Error> {
        self.report.bytes = input.offset();
        self.report.rows = self.outputs.close()?;
        Ok(self.report)
    }

    /// Reads the objects of a line that is in the window to its end.
    fn line(&mut self, input: &Input<'_>, length: usize) -> Result<(), Error> {
        self.report.lines += 1;
        let line = &input.window()[..length];
        let at = At { line: self.report.lines, offset: input.offset() };
        let (read, fault) = self.objects(line, at)?;
        let Some(fault) = fault else { return Ok(()) };
        let (at, rest) = (At { offset: at.offset + read as u64, ..at }, &line[read..]);
        self.reject(at, fault.into(), rest, rest.len())
    }

    /// Reads, of a line that is longer than the window, the objects that are in it to their end. Where there is none, the window is made
    /// larger, up to the bound of a record; then the line is rejected from here to its end.
    fn part_of_line(&mut self, input: &mut Input<'_>) -> Result<(), Error> {
        let at = At { line: self.report.lines + 1, offset: input.offset() };
        let (read, fault) = self.objects(input.window(), at)?;
        input.consume(read);
        let most = self.limits.record_bytes;
        let reason = match fault {
            None => return Ok(()),
            Some(fault) if fault.kind() != FaultKind::Ended => fault.into(),
            Some(_) if read > 0 || input.grow(most) => return Ok(()),
            Some(_) => Reason::TooLong { most },
        };
        let at = At { offset: input.offset(), ..at };
        let raw = input.window()[..input.window().len().min(RAW_BYTES_MAX)].to_vec();
        loop {
            let newline = memchr(b'\n', input.window());
            input.consume(newline.unwrap_or(input.window().len()));
            if newline.is_some() || input.is_ended() {
                break;
            }
            input.fill()?;
        }
        // The line's end is what comes next, and counts it.
        let length = input.offset() - at.offset;
        self.reject(at, reason, &raw, usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Reads objects one behind the other: how far, and why not farther.
    fn objects(&mut self, text: &[u8], at: At) -> Result<(usize, Option<Fault>), Error> {
        let levels = self.filing.levels();
        let mut position = 0;
        loop {
            position += text[position..].iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
            if position == text.len() {
                return Ok((position, None));
            }
            let end = match self.scanner.object(text, position, levels) {
                Ok(end) => end,
                Err(fault) => return Ok((position, Some(fault))),
            };
            let at = At { offset: at.offset + position as u64, ..at };
            if let Err(reason) = self.object(text, position, end)? {
                self.reject(at, reason, &text[position..end], end - position)?;
            }
            position = end;
        }
    }

    /// Makes an object that was scanned a row, unless there is a reason against it.
    fn object(&mut self, text: &[u8], start: usize, end: usize) -> Result<Result<(), Reason>, Error> {
        if end - start > self.limits.record_bytes {
            return Ok(Err(Reason::TooLong { most: self.limits.record_bytes }));
        }
        if std::str::from_utf8(&text[start..end]).is_err() {
            return Ok(Err(Reason::NotUtf8));
        }
        let table = match self.filing.table(text, &self.scanner.members, &mut self.scratch) {
            Ok(table) => table,
            Err(reason) => return Ok(Err(reason)),
        };
        let columns = self.layout.columns(&table);
        columns.plan.locate(text, &mut self.scanner.members, &mut self.found, &mut self.scratch);
        let event = Event { text, members: &self.scanner.members, found: &self.found };
        let date = match self.filing.date(columns, &event, &mut self.scratch) {
            Ok(date) => date,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(id) = id(&event, columns.message_id, &mut self.scratch)
            && !self.seen.insert(id).map_err(Error::Seen)?
        {
            self.report.duplicates += 1;
            return Ok(Ok(()));
        }
        self.outputs.push(&table, date, &event).map(Ok)
    }

    fn reject(&mut self, at: At, reason: Reason, raw: &[u8], length: usize) -> Result<(), Error> {
        self.report.rejected += 1;
        let raw = &raw[..raw.len().min(RAW_BYTES_MAX)];
        let rejected = Rejected { line: at.line, offset: at.offset, length: length as u64, reason, raw };
        self.outputs.sink().rejected(&rejected).map_err(Error::Sink)
    }
}

/// What names an event: its column's value, unless it is blank.
fn id<'a>(event: &Event<'a>, entry: u16, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let (json, member) = event.value(entry)?;
    let id = match json.strip_prefix(b"\"").and_then(|json| json.strip_suffix(b"\"")) {
        None if json == b"null" => return None,
        None => json,
        Some(text) if member.value_escaped => {
            scratch.clear();
            unescape(text, scratch)?;
            scratch.as_slice()
        }
        Some(text) => text,
    };
    (!id.trim_ascii().is_empty()).then_some(id)
}
