use std::fmt;

use notifications::NotifiedObject;
use record_format::RecordFormat;
use serde::{Deserialize, Serialize};

/// How a load ended: the detail of the event, the row of the ledger, the line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadOutcome {
    /// The form in which it is stored and published.
    #[serde(default)]
    pub format: RecordFormat<1>,
    /// In one word.
    pub outcome: OutcomeKind,
    /// The pipeline's name; empty where no dataset takes the key.
    pub pipeline: String,
    /// The dataset's name; empty where no dataset takes the key.
    pub dataset: String,
    /// The table, `schema.name`; empty where no dataset takes the key.
    pub table: String,
    /// The upload's id.
    pub load_id: String,
    /// From 1.
    pub attempt: u32,
    /// What arrived. A refused one may lack fields: its object may be gone.
    pub upload: NotifiedObject,
    /// Rows loaded.
    pub rows: Option<u64>,
    /// How long the warehouse worked, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The batch, where one was submitted.
    pub statement_id: Option<String>,
    /// One sentence that a person can act on.
    pub reason: String,
    /// What to do about it, or what is done about it already.
    pub remedy: Option<String>,
    /// Whether another attempt was submitted, so that nobody need act.
    pub retried: bool,
    /// The check that failed.
    pub check: Option<String>,
    /// What the check saw.
    pub observed: Option<String>,
    /// The first lines that could not be read.
    pub lines: Vec<BadLine>,
}

impl LoadOutcome {
    /// The outcome with texts that an event and a person can take: an entry of an event bus has at most 256 KB (EventBridge user guide,
    /// "Quotas"), and each of its characters may take six bytes as JSON.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Self {
        cut(&mut self.reason, 4000);
        self.remedy.iter_mut().for_each(|text| cut(text, 2000));
        self.check.iter_mut().for_each(|text| cut(text, 500));
        self.observed.iter_mut().for_each(|text| cut(text, 1000));
        self.lines.truncate(LINES_MAX);
        for line in &mut self.lines {
            line.value.iter_mut().for_each(|text| cut(text, 200));
            cut(&mut line.reason, 500);
            cut(&mut line.remedy, 500);
        }
        self
    }

    /// Whether a person must act.
    pub fn needs_attention(&self) -> bool {
        self.outcome.is_bad() && !self.retried
    }
}

/// How many bad lines an outcome has at most.
const LINES_MAX: usize = 10;

/// Leaves at most so many characters, and says how many there were.
fn cut(text: &mut String, characters: usize) {
    let count = text.chars().count();
    if count > characters {
        let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        text.push_str(&format!("... ({count} characters in all)"));
    }
}

/// An outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The rows are visible.
    Loaded,
    /// This upload was loaded before; nothing changed.
    Duplicate,
    /// A newer upload was loaded before; nothing changed.
    Superseded,
    /// Refused before the warehouse was touched.
    Refused,
    /// A check failed; the old rows stay.
    Rejected,
    /// COPY could not read the file; the old rows stay.
    Unreadable,
    /// A statement failed; the old rows stay.
    Failed,
    /// Other transactions were in the way, each time; the old rows stay.
    Conflict,
    /// The warehouse or its way to S3 failed, each time; the old rows stay.
    Interrupted,
    /// Somebody stopped it; the old rows stay.
    Cancelled,
    /// The object was overwritten while it was read, and no version of it can be read again.
    Overwritten,
}

/// A line that COPY could not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLine {
    /// `s3://` of the object that COPY read.
    pub file: String,
    /// From 1; none where the warehouse does not know.
    pub line: Option<u64>,
    /// The table's column.
    pub column: Option<String>,
    /// The column's type.
    pub data_type: Option<String>,
    /// The field's text, where the warehouse keeps it.
    pub value: Option<String>,
    /// The warehouse's reason.
    pub reason: String,
    /// What to change in the file.
    pub remedy: String,
}

impl OutcomeKind {
    /// The word, as in the ledger and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Duplicate => "duplicate",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Unreadable => "unreadable",
            Self::Failed => "failed",
            Self::Conflict => "conflict",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::Overwritten => "overwritten",
        }
    }

    /// Whether the upload's rows are not visible, and no newer ones are either.
    pub fn is_bad(self) -> bool {
        !matches!(self, Self::Loaded | Self::Duplicate | Self::Superseded)
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// As a person reads it: the outcome, the file, why, the bad lines, and what to do.
impl fmt::Display for LoadOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.upload.url();
        // A reason that begins with the file need not name it twice.
        match self.reason.strip_prefix(&url) {
            Some(rest) => write!(f, "{} {url}{rest}", self.outcome)?,
            None if self.reason.is_empty() => write!(f, "{} {url}", self.outcome)?,
            None => write!(f, "{} {url}: {}", self.outcome, self.reason)?,
        }
        if let Some(rows) = self.rows {
            write!(f, " ({rows} rows)")?;
        }
        for line in &self.lines {
            write!(f, "\n  {line}")?;
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  {remedy}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": column {column}")?;
        }
        if let Some(data_type) = &self.data_type {
            write!(f, " ({data_type})")?;
        }
        if let Some(value) = &self.value {
            write!(f, ": {value:?}")?;
        }
        write!(f, ": {}; {}", self.reason, self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        let mut short = "é".repeat(5);
        cut(&mut short, 5);
        assert_eq!(short, "ééééé");
        cut(&mut short, 2);
        assert_eq!(short, "éé... (5 characters in all)");
    }
}
