//! Records and fields of delimited text and CSV.
//!
//! COPY must know what the `csv` crate does not tell: a record's raw text, where in it each field begins, blank lines,
//! blanks around quotes, and a quote in the wrong place, which is an error here and data there.

/// Where a field's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// The byte of the record that the field begins at.
    pub(super) at: usize,
    start: usize,
    end: usize,
    unescaped: bool,
}

/// The fields of one record; used again for the next, so that no field costs an allocation.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    unescaped: Vec<u8>,
}

impl Fields {
    /// The bytes of a field of the record that begins at `data`.
    pub(super) fn bytes<'a>(&'a self, data: &'a [u8], field: Field) -> &'a [u8] {
        let source = if field.unescaped { &self.unescaped } else { data };
        &source[field.start..field.end]
    }

    fn clear(&mut self) {
        self.list.clear();
        self.unescaped.clear();
    }

    fn push(&mut self, at: usize, start: usize, end: usize) {
        self.list.push(Field { at, start, end, unescaped: false });
    }

    fn push_unescaped(&mut self, at: usize, start: usize) {
        self.list.push(Field { at, start, end: self.unescaped.len(), unescaped: true });
    }
}

/// What stands at the start of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// No whole record yet.
    Incomplete,
    /// A record of `length` bytes with its line end.
    Record {
        /// Its bytes with the line end.
        length: usize,
        /// Whether it may hold line feeds of its own.
        multiline: bool,
    },
    /// A record whose quotes are wrong.
    BadQuote {
        /// Its bytes with the line end.
        length: usize,
        /// Where the trouble is.
        at: usize,
    },
}

/// How a text file is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    Csv { delimiter: u8, quote: u8 },
    Text { delimiter: u8, escape: bool, remove_quotes: bool },
}

impl Layout {
    /// Splits the first record of `data`, which is not empty; `at_end` says that nothing comes after it.
    pub(super) fn split(self, data: &[u8], at_end: bool, fields: &mut Fields) -> Split {
        fields.clear();
        let mut splitter = Splitter { data, at_end, fields, at: 0, multiline: false };
        let ended = loop {
            let ended = match self {
                Self::Csv { delimiter, quote } => splitter.csv_field(delimiter, quote),
                Self::Text { delimiter, escape, remove_quotes } => {
                    splitter.text_field(delimiter, escape, remove_quotes)
                }
            };
            match ended {
                Ended::Field => {}
                other => break other,
            }
        };
        match ended {
            Ended::Record => Split::Record { length: splitter.at, multiline: splitter.multiline },
            Ended::Bad(at) => match data[at.min(data.len())..].iter().position(|byte| *byte == b'\n') {
                Some(line_end) => Split::BadQuote { length: at + line_end + 1, at },
                None if at_end => Split::BadQuote { length: data.len(), at },
                None => Split::Incomplete,
            },
            Ended::Field | Ended::Unknown => Split::Incomplete,
        }
    }
}

/// What came after a field.
enum Ended {
    Field,
    Record,
    /// The data stops here, and the stream does not.
    Unknown,
    Bad(usize),
}

struct Splitter<'a> {
    data: &'a [u8],
    at_end: bool,
    fields: &'a mut Fields,
    at: usize,
    multiline: bool,
}

impl Splitter<'_> {
    fn csv_field(&mut self, delimiter: u8, quote: u8) -> Ended {
        let at = self.at;
        let rest = &self.data[at..];
        if rest.first().is_some_and(|byte| *byte == quote || *byte == b' ') {
            let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
            match rest.get(blanks) {
                Some(byte) if *byte == quote => {
                    return self.csv_quoted(at, at + blanks + 1, delimiter, quote);
                }
                None if !self.at_end => return Ended::Unknown,
                _ => {}
            }
        }
        let found = rest.iter().position(|byte| *byte == delimiter || *byte == b'\n' || *byte == quote);
        match found {
            Some(length) if rest[length] == quote => Ended::Bad(at + length),
            Some(length) => self.close(at, at, at + length),
            None if self.at_end => self.close(at, at, self.data.len()),
            None => Ended::Unknown,
        }
    }

    /// The rest of a quoted field, from the byte after the opening quote.
    fn csv_quoted(&mut self, at: usize, start: usize, delimiter: u8, quote: u8) -> Ended {
        let unescaped = self.fields.unescaped.len();
        let (mut from, mut copied) = (start, false);
        let close = loop {
            let Some(length) = self.data[from..].iter().position(|byte| *byte == quote) else {
                return if self.at_end { Ended::Bad(self.data.len()) } else { Ended::Unknown };
            };
            let end = from + length;
            match self.data.get(end + 1) {
                Some(next) if *next == quote => {
                    self.fields.unescaped.extend_from_slice(&self.data[from..=end]);
                    (from, copied) = (end + 2, true);
                }
                None if !self.at_end => return Ended::Unknown,
                _ => break end,
            }
        };
        self.multiline |= self.data[start..close].contains(&b'\n');
        let blanks = self.data[close + 1..].iter().take_while(|byte| **byte == b' ').count();
        let after = close + 1 + blanks;
        let line_end = usize::from(self.data.get(after) == Some(&b'\r'));
        match self.data.get(after + line_end) {
            None if !self.at_end => return Ended::Unknown,
            None | Some(b'\n') => {}
            Some(byte) if *byte == delimiter && line_end == 0 => {}
            Some(_) => return Ended::Bad(after),
        }
        if copied {
            self.fields.unescaped.extend_from_slice(&self.data[from..close]);
            self.fields.push_unescaped(at, unescaped);
        } else {
            self.fields.push(at, start, close);
        }
        self.after(after + line_end)
    }

    fn text_field(&mut self, delimiter: u8, escape: bool, remove_quotes: bool) -> Ended {
        let at = self.at;
        let quote = self.data.get(at).copied().filter(|byte| remove_quotes && matches!(byte, b'\'' | b'"'));
        if quote.is_none() && !escape {
            let rest = &self.data[at..];
            return match rest.iter().position(|byte| *byte == delimiter || *byte == b'\n') {
                Some(length) => self.close(at, at, at + length),
                None if self.at_end => self.close(at, at, self.data.len()),
                None => Ended::Unknown,
            };
        }
        self.escaped_field(at, delimiter, escape, quote)
    }

    /// A field with backslashes or surrounding quotes.
    fn escaped_field(&mut self, at: usize, delimiter: u8, escape: bool, quote: Option<u8>) -> Ended {
        let unescaped = self.fields.unescaped.len();
        let start = at + usize::from(quote.is_some());
        let mut from = start;
        loop {
            let byte = self.data.get(from).copied();
            let next = self.data.get(from + 1).copied();
            match (byte, quote) {
                (None, _) if !self.at_end => return Ended::Unknown,
                (None | Some(b'\n'), Some(_)) => return Ended::Bad(from),
                (None | Some(b'\n'), None) => break,
                (Some(b'\\'), _) if escape => match next {
                    None if !self.at_end => return Ended::Unknown,
                    next => {
                        self.multiline |= next == Some(b'\n');
                        self.fields.unescaped.extend(next);
                        from += 2;
                        continue;
                    }
                },
                (Some(byte), Some(quote)) if byte == quote => {
                    let line_end = usize::from(next == Some(b'\r'));
                    match self.data.get(from + 1 + line_end).copied() {
                        None if !self.at_end => return Ended::Unknown,
                        None | Some(b'\n') => break,
                        Some(next) if next == delimiter && line_end == 0 => break,
                        Some(_) => {}
                    }
                }
                (Some(byte), None) if byte == delimiter => break,
                (Some(_), _) => {}
            }
            self.fields.unescaped.extend(byte);
            from += 1;
        }
        let mut end = from.min(self.data.len());
        // The default null string works as it stands.
        if &self.data[start..end] == b"\\N" || &self.data[start..end] == b"\\N\r" {
            self.fields.push(at, start, start + 2);
        } else {
            if quote.is_none() && self.data.get(end) != Some(&delimiter) && self.fields.unescaped.ends_with(b"\r") {
                self.fields.unescaped.pop();
            }
            self.fields.push_unescaped(at, unescaped);
        }
        if quote.is_some() {
            end += 1;
            end += usize::from(self.data.get(end) == Some(&b'\r'));
        }
        self.after(end)
    }

    /// Ends a field that stands in the data as it is, at `end`, where a delimiter, a line feed or the end is.
    fn close(&mut self, at: usize, start: usize, end: usize) -> Ended {
        let line_ends = self.data.get(end).is_none_or(|byte| *byte == b'\n');
        let carriage = line_ends && end > start && self.data[end - 1] == b'\r';
        self.fields.push(at, start, end - usize::from(carriage));
        self.after(end)
    }

    /// Steps over the delimiter or line end at `end`.
    fn after(&mut self, end: usize) -> Ended {
        match self.data.get(end) {
            None => {
                self.at = self.data.len();
                Ended::Record
            }
            Some(b'\n') => {
                self.at = end + 1;
                Ended::Record
            }
            Some(_) => {
                self.at = end + 1;
                Ended::Field
            }
        }
    }
}

#[cfg(test)]
mod tests;
