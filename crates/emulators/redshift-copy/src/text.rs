//! COPY from delimited text and CSV.

use super::buffer::{Fill, MAX_RECORD_BYTES, Window};
use super::failure::{LoadErrorRow, Rejection, Stop, of_column, raw_text, unreadable};
use super::options::{CopyOptions, Format};
use super::sink::Sink;
use super::split::{Fields, Layout, Split};

/// One file that is being read.
struct TextFile<'a, 'b> {
    url: &'a str,
    window: Window,
    sink: &'a mut Sink<'b>,
    /// The line that the next record begins on.
    line: i64,
    rows: u64,
}

/// Loads the records of one object and counts them.
pub(super) fn load(url: &str, window: Window, sink: &mut Sink<'_>) -> Result<u64, Stop> {
    let options = sink.options;
    let layout = layout(options);
    let mut file = TextFile { url, window, sink, line: 1, rows: 0 };
    file.skip_header(options.ignore_header)?;
    let mut fields = Fields::default();
    loop {
        let data = file.window.unread();
        if data.is_empty() {
            if file.window.at_end() {
                return Ok(file.rows);
            }
            file.fill()?;
            continue;
        }
        let (length, multiline, bad) = match layout.split(data, file.window.at_end(), &mut fields) {
            Split::Incomplete => {
                file.fill()?;
                continue;
            }
            Split::Record { length, multiline } => (length, multiline, None),
            Split::BadQuote { length, at } => (length, true, Some(at)),
        };
        if length > MAX_RECORD_BYTES {
            return Err(file.too_large());
        }
        match bad {
            None => file.record(&fields, length)?,
            Some(at) => file.bad_quote(&fields, length, at)?,
        }
        let data = file.window.unread();
        file.line += if multiline { count_lines(&data[..length]) } else { 1 };
        file.window.consume(length);
    }
}

fn layout(options: &CopyOptions) -> Layout {
    match options.format {
        Format::Csv => Layout::Csv { delimiter: options.delimiter, quote: options.quote },
        _ => {
            Layout::Text { delimiter: options.delimiter, escape: options.escape, remove_quotes: options.remove_quotes }
        }
    }
}

fn count_lines(record: &[u8]) -> i64 {
    record.iter().map(|byte| i64::from(*byte == b'\n')).sum()
}

impl TextFile<'_, '_> {
    fn skip_header(&mut self, lines: u64) -> Result<(), Stop> {
        for _ in 0..lines {
            if self.window.at_end() && self.window.unread().is_empty() {
                break;
            }
            self.window.skip_line().map_err(|error| self.unreadable(&error))?;
            self.line += 1;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), Stop> {
        self.sink.check_cancelled()?;
        match self.window.fill() {
            Ok(Fill::Done) => Ok(()),
            Ok(Fill::Full) => Err(self.too_large()),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    fn unreadable(&self, error: &std::io::Error) -> Stop {
        unreadable(self.url, self.sink.options, error)
    }

    /// Converts the record at the start of the window, or rejects it.
    fn record(&mut self, fields: &Fields, length: usize) -> Result<(), Stop> {
        let data = &self.window.unread()[..length];
        let options = self.sink.options;
        let blank = matches!(data, b"\n" | b"\r\n");
        if blank && options.ignore_blank_lines {
            return Ok(());
        }
        let columns = &mut self.sink.rows.columns;
        let mut given = fields.list.len();
        if options.format == Format::Text && given == columns.len() + 1 && is_empty(fields, data, given - 1) {
            // The last field of a line may end with the delimiter too.
            given -= 1;
        }
        if blank && columns.len() > 1 && !options.fill_record {
            return self.reject(fields, length, 0, Rejection::new(1211, "Empty line found"));
        }
        for (at, column) in columns.iter_mut().enumerate() {
            let pushed = match fields.list.get(at) {
                Some(field) => column.push(fields.bytes(data, *field), options),
                None if options.fill_record => column.push_missing(options),
                None => Err(Rejection::new(1214, "Delimiter not found")),
            };
            if let Err(rejection) = pushed {
                return self.reject(fields, length, at, rejection);
            }
        }
        if given > columns.len() {
            return self.reject(fields, length, given - 1, Rejection::new(1202, "Extra column(s) found"));
        }
        self.rows += 1;
        self.sink.accept(length)
    }

    fn bad_quote(&mut self, fields: &Fields, length: usize, at: usize) -> Result<(), Stop> {
        let message = match self.sink.options.format {
            Format::Csv => "Invalid quote formatting for CSV",
            _ => "Delimiter not found",
        };
        let mut row = self.error_row(fields, length, fields.list.len(), Rejection::new(1214, message));
        row.position = i64::try_from(at).unwrap_or_default();
        self.sink.reject(row)
    }

    fn reject(&mut self, fields: &Fields, length: usize, at: usize, rejection: Rejection) -> Result<(), Stop> {
        let row = self.error_row(fields, length, at, rejection);
        self.sink.reject(row)
    }

    /// What the error tables say about field `at` of the record at the start of the window.
    fn error_row(&self, fields: &Fields, length: usize, at: usize, rejection: Rejection) -> LoadErrorRow {
        let data = &self.window.unread()[..length];
        let columns = &self.sink.rows.columns;
        let field = fields.list.get(at);
        let end = data.len() - usize::from(data.ends_with(b"\n"));
        LoadErrorRow {
            file_name: self.url.to_owned(),
            line_number: self.line,
            position: i64::try_from(field.map_or(end, |field| field.at)).unwrap_or_default(),
            raw_line: raw_text(data),
            raw_field_value: field.map(|field| raw_text(fields.bytes(data, *field))).unwrap_or_default(),
            error_code: rejection.code,
            error_message: rejection.message,
            ..columns.get(at).map(|column| of_column(&column.column)).unwrap_or_default()
        }
    }

    fn too_large(&mut self) -> Stop {
        let row = LoadErrorRow {
            file_name: self.url.to_owned(),
            line_number: self.line,
            raw_line: raw_text(self.window.unread()),
            error_code: 1216,
            error_message: format!("The row is larger than the maximum of {MAX_RECORD_BYTES} bytes"),
            ..LoadErrorRow::default()
        };
        self.sink.reject_for_good(row)
    }
}

fn is_empty(fields: &Fields, data: &[u8], at: usize) -> bool {
    fields.list.get(at).is_some_and(|field| fields.bytes(data, *field).is_empty())
}
