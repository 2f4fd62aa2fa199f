//! What a person reads: tables, messages, and the one place that ends a command with an error.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use redshift::ResultSet;

/// Rows of a result that are printed before the rest is only counted.
const SHOWN_ROWS: usize = 200;

/// Prints one readable message with its causes, and says that the command failed.
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    let mut text = String::new();
    for (depth, cause) in error.chain().enumerate() {
        text.push_str(if depth == 0 { "error: " } else { "\n  because: " });
        text.push_str(&cause.to_string());
    }
    let _ = writeln!(std::io::stderr().lock(), "{text}");
    ExitCode::FAILURE
}

/// Prints a line.
pub(crate) fn line(text: impl AsRef<str>) {
    // Nothing to do about a reader that has gone away.
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

/// Prints a heading with an empty line before it.
pub(crate) fn heading(text: &str) {
    line(format!("\n{}", bold(text)));
}

/// A text in bold on a terminal.
fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A table with aligned columns; numbers to the right.
pub(crate) struct Grid {
    table: Table,
    right: Vec<usize>,
}

impl Grid {
    /// Columns whose name ends in `>` are aligned to the right.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if !std::io::stdout().is_terminal() {
            table.set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
        }
        let right = (0..columns.len()).filter(|i| columns[*i].ends_with('>')).collect();
        table.set_header(columns.iter().map(|c| Cell::new(c.trim_end_matches('>'))));
        let mut grid = Self { table, right };
        grid.align_header();
        grid
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().map(cell));
    }

    /// Prints the table.
    pub(crate) fn print(mut self) {
        for i in &self.right {
            if let Some(column) = self.table.column_mut(*i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        line(self.table.trim_fmt());
    }

    fn align_header(&mut self) {
        for i in &self.right {
            if let Some(column) = self.table.column_mut(*i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
}

/// An outcome's word in its colour.
fn cell(text: String) -> Cell {
    let color = match text.as_str() {
        "loaded" | "ok" => Some(Color::Green),
        "refused" | "rejected" | "unreadable" | "failed" | "cancelled" | "overwritten" => Some(Color::Red),
        _ => None,
    };
    let cell = Cell::new(text);
    match color {
        Some(color) if std::io::stdout().is_terminal() => cell.fg(color),
        _ => cell,
    }
}

/// Prints a result as a table, and how many rows it has.
pub(crate) fn result(result: &ResultSet) {
    let numeric = |i: usize| {
        result
            .types
            .get(i)
            .is_some_and(|t| matches!(t.as_str(), "int2" | "int4" | "int8" | "float4" | "float8" | "numeric"))
    };
    let names: Vec<String> = result
        .columns
        .iter()
        .enumerate()
        .map(|(i, name)| if numeric(i) { format!("{name}>") } else { name.clone() })
        .collect();
    let mut grid = Grid::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for row in result.rows.iter().take(SHOWN_ROWS) {
        grid.row(row.iter().map(shown));
    }
    grid.print();
    match result.rows.len() {
        0 => line("(no rows)"),
        n if n > SHOWN_ROWS => line(format!("({n} rows, {} not shown: --json prints all)", n - SHOWN_ROWS)),
        _ => {}
    }
}

/// A value as a person reads it.
fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "NULL".to_owned(),
        serde_json::Value::String(text) => text.replace(['\n', '\r', '\t'], " "),
        other => other.to_string(),
    }
}

/// A result as JSON: an array of objects.
pub(crate) fn result_json(result: &ResultSet) -> serde_json::Value {
    let rows = result
        .rows
        .iter()
        .map(|row| result.columns.iter().cloned().zip(row.iter().cloned()).collect::<serde_json::Map<_, _>>().into());
    serde_json::Value::Array(rows.collect())
}

/// `5819079` as `5,819,079`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as a person reads them.
pub(crate) fn bytes(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// Milliseconds as a person reads them: `340 ms`, `12.4 s`.
pub(crate) fn duration(ms: u128) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (5_819_079, "5,819,079")];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(duration(340), "340 ms");
        assert_eq!(duration(12_449), "12.4 s");
    }
}
