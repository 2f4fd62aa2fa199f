//! Rewrites of the text before it is parsed: names are folded, text literals unescaped, and calls of Redshift's own
//! functions take the names of the macros that stand for them.

use polyglot_sql::tokens::TokenType;

use crate::cursor::Cursor;
use crate::error::SqlError;
use crate::functions;
use crate::names::{quoted, text_literal};

/// The text of a statement from one token on, ready for the parser.
pub(crate) fn normalised(cursor: &Cursor<'_>, from: usize) -> Result<String, SqlError> {
    let mut writer = Writer { cursor, text: String::new() };
    writer.range(from, cursor.tokens().len())?;
    Ok(writer.text)
}

struct Writer<'a, 'b> {
    cursor: &'a Cursor<'b>,
    text: String,
}

impl Writer<'_, '_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push(' ');
    }

    fn range(&mut self, from: usize, to: usize) -> Result<(), SqlError> {
        let mut at = from;
        while at < to {
            at = self.one(at, to)?;
        }
        Ok(())
    }

    /// Writes the token or call at an index and returns the index behind it.
    fn one(&mut self, at: usize, to: usize) -> Result<usize, SqlError> {
        let Some(token) = self.cursor.tokens().get(at) else { return Ok(to) };
        match token.token_type {
            TokenType::String => self.push(&text_literal(&token.text.replace('\0', ""))),
            TokenType::QuotedIdentifier => self.push(&quoted(&token.text.to_lowercase())),
            _ => match self.cursor.word_at(at) {
                Some(word) => return self.word(at, to, &word),
                None => self.push(self.cursor.raw(at)),
            },
        }
        Ok(at + 1)
    }

    fn word(&mut self, at: usize, to: usize, word: &str) -> Result<usize, SqlError> {
        let after_dot = at > 0 && self.cursor.is_at(at - 1, ".");
        let is_call = self.cursor.is_at(at + 1, "(") && !after_dot && !self.names_a_table(at);
        if is_call {
            return self.call(at, to, word);
        }
        match word {
            "sysdate" if !after_dot && !self.is_alias(at) => self.push("rs_sysdate()"),
            "timetz" | "timestamptz" if self.is_text(at + 1) => {
                self.push("cast (");
                self.one(at + 1, to)?;
                self.push("as");
                self.push(word);
                self.push(")");
                return Ok(at + 2);
            }
            "approximate" if self.cursor.word_at(at + 1).is_some() => {}
            _ if word.starts_with('#') => self.push(&quoted(word)),
            _ => self.push(word),
        }
        Ok(at + 1)
    }

    /// `INSERT INTO t (`, `MERGE INTO t (`, `WITH t (`.
    fn names_a_table(&self, at: usize) -> bool {
        at > 0 && ["into", "with", "recursive", "table", "as"].iter().any(|word| self.cursor.is_at(at - 1, word))
    }

    fn is_text(&self, at: usize) -> bool {
        self.cursor.tokens().get(at).is_some_and(|token| token.token_type == TokenType::String)
    }

    fn is_alias(&self, at: usize) -> bool {
        at > 0 && self.cursor.is_at(at - 1, "as")
    }

    fn call(&mut self, at: usize, to: usize, word: &str) -> Result<usize, SqlError> {
        let open = at + 1;
        let close = self.closing(open, to)?;
        match word {
            "extract" => self.separated("rs_extract", open, close, &["from"], true)?,
            "position" => self.separated("rs_position", open, close, &["in"], false)?,
            "substring" | "substr" => self.separated("rs_substring", open, close, &["from", "for"], false)?,
            "trim" => self.trim(open, close)?,
            "convert" => self.convert(open, close)?,
            "nvl" | "coalesce" => self.separated("coalesce", open, close, &[], false)?,
            "dateadd" | "date_add" | "datediff" | "date_diff" | "date_part" | "date_trunc" => {
                let name = match word {
                    "date_add" => "dateadd",
                    "date_diff" => "datediff",
                    other => other,
                };
                self.separated(&functions::macro_name(name), open, close, &[], true)?;
            }
            "array" | "object" | "json_extract_path_text" | "decode" => {
                self.separated(&functions::macro_name(word), open, close, &[], false)?;
            }
            _ if functions::is_macro(word) => self.separated(&functions::macro_name(word), open, close, &[], false)?,
            _ => {
                self.push(word);
                return Ok(open);
            }
        }
        Ok(close + 1)
    }

    /// Writes a call; words which separate arguments become commas, and a leading bare date part becomes text.
    fn separated(
        &mut self,
        name: &str,
        open: usize,
        close: usize,
        separators: &[&str],
        date_part: bool,
    ) -> Result<(), SqlError> {
        self.push(name);
        self.push("(");
        let mut at = open + 1;
        if date_part
            && let Some(part) = self.cursor.word_at(at)
            && (self.cursor.is_at(at + 1, ",") || self.cursor.is_at(at + 1, "from"))
        {
            self.push(&text_literal(&part));
            at += 1;
        }
        while at < close {
            if self.cursor.is_at(at, "(") {
                let end = self.closing(at, close)?;
                self.range(at, end + 1)?;
                at = end + 1;
            } else if separators.iter().any(|word| self.cursor.is_at(at, word)) {
                self.push(",");
                at += 1;
            } else {
                at = self.one(at, close)?;
            }
        }
        self.push(")");
        Ok(())
    }

    /// `TRIM([BOTH | LEADING | TRAILING] [characters FROM] text)`.
    fn trim(&mut self, open: usize, close: usize) -> Result<(), SqlError> {
        let mut first = open + 1;
        let side = match self.cursor.word_at(first).as_deref() {
            Some("leading") => "rs_ltrim",
            Some("trailing") => "rs_rtrim",
            _ => "rs_btrim",
        };
        let stated = matches!(self.cursor.word_at(first).as_deref(), Some("leading" | "trailing" | "both"));
        first += usize::from(stated);
        let from = self.top_level(first, close, "from")?;
        self.push(side);
        self.push("(");
        match from {
            Some(from) => {
                self.range(from + 1, close)?;
                if from > first {
                    self.push(",");
                    self.range(first, from)?;
                }
            }
            None => self.range(first, close)?,
        }
        self.push(")");
        Ok(())
    }

    /// `CONVERT(type, value)` is `CAST(value AS type)`.
    fn convert(&mut self, open: usize, close: usize) -> Result<(), SqlError> {
        let Some(comma) = self.top_level(open + 1, close, ",")? else {
            return Err(SqlError::unsupported("CONVERT without a type and a value"));
        };
        self.push("cast (");
        self.range(comma + 1, close)?;
        self.push("as");
        self.range(open + 1, comma)?;
        self.push(")");
        Ok(())
    }

    /// The index of a word outside inner parentheses.
    fn top_level(&self, from: usize, to: usize, word: &str) -> Result<Option<usize>, SqlError> {
        let mut at = from;
        while at < to {
            if self.cursor.is_at(at, "(") {
                at = self.closing(at, to)?;
            } else if self.cursor.is_at(at, word) {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(None)
    }

    /// The index of the parenthesis that closes the one at an index.
    fn closing(&self, open: usize, to: usize) -> Result<usize, SqlError> {
        let mut depth = 0usize;
        for at in open..to {
            if self.cursor.is_at(at, "(") {
                depth += 1;
            } else if self.cursor.is_at(at, ")") {
                depth -= 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
        }
        Err(SqlError::EndOfInput { position: self.cursor.tokens().last().map_or(1, |t| t.span.end + 1) })
    }
}
