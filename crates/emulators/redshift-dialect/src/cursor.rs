//! The tokens of one statement, read from left to right.

use std::sync::LazyLock;

use polyglot_sql::tokens::{Token, TokenType, Tokenizer, TokenizerConfig};

use super::error::SqlError;
use super::statement::Relation;

static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| {
    let mut config = TokenizerConfig { nested_comments: true, ..TokenizerConfig::default() };
    config.string_escapes.push('\\');
    Tokenizer::new(config)
});

/// The tokens of a text with a reading position.
pub(super) struct Cursor<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    /// Byte offset of every character, and of the end.
    bytes: Vec<usize>,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Reads the tokens of one statement; semicolons at its end are dropped.
    pub(super) fn statement(sql: &'a str) -> Result<Self, SqlError> {
        let mut cursor = Self::new(sql)?;
        while cursor.tokens.last().is_some_and(|t| t.token_type == TokenType::Semicolon) {
            cursor.tokens.pop();
        }
        if cursor.tokens.is_empty() {
            return Err(SqlError::Empty);
        }
        if cursor.tokens.iter().any(|t| t.token_type == TokenType::Semicolon) {
            return Err(SqlError::Multiple);
        }
        Ok(cursor)
    }

    /// Reads the tokens of any text.
    pub(super) fn new(sql: &'a str) -> Result<Self, SqlError> {
        let tokens = TOKENIZER.tokenize(sql).map_err(|e| SqlError::Unterminated { detail: e.to_string() })?;
        let mut bytes: Vec<usize> = sql.char_indices().map(|(at, _)| at).collect();
        bytes.push(sql.len());
        Ok(Self { sql, tokens, bytes, at: 0 })
    }

    /// All tokens.
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The token that is read next.
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// The index of the token that is read next.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Continues at another token.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// Passes one token.
    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// A token's text as written.
    pub(super) fn raw(&self, at: usize) -> &'a str {
        self.slice(at, at + 1)
    }

    /// The text from one token up to another, as written.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        let (Some(first), Some(last)) = (self.tokens.get(from), to.checked_sub(1).and_then(|l| self.tokens.get(l)))
        else {
            return "";
        };
        let start = self.bytes.get(first.span.start).copied().unwrap_or(0);
        let end = self.bytes.get(last.span.end).copied().unwrap_or(self.sql.len());
        self.sql.get(start..end).unwrap_or("")
    }

    /// The text from the reading position to the end, as written.
    pub(super) fn rest(&self) -> &'a str {
        self.slice(self.at, self.tokens.len())
    }

    /// The lower-case word at an index, unless it is quoted or no word.
    pub(super) fn word_at(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let raw = self.raw(at);
        let starts = raw.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '#');
        let plain = !matches!(token.token_type, TokenType::String | TokenType::QuotedIdentifier);
        (starts && plain && !raw.contains('\'')).then(|| raw.to_lowercase())
    }

    /// The lower-case word that is read next.
    pub(super) fn word(&self) -> Option<String> {
        self.word_at(self.at)
    }

    /// Whether the next token is this word or symbol.
    pub(super) fn is(&self, text: &str) -> bool {
        self.is_at(self.at, text)
    }

    /// Whether a token is this word or symbol.
    pub(super) fn is_at(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| {
            !matches!(t.token_type, TokenType::String | TokenType::QuotedIdentifier | TokenType::DollarString)
                && self.raw(at).eq_ignore_ascii_case(text)
        })
    }

    /// Whether the next tokens are these words or symbols.
    pub(super) fn are(&self, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(i, text)| self.is_at(self.at + i, text))
    }

    /// Passes these words or symbols if they come next.
    pub(super) fn eat(&mut self, texts: &[&str]) -> bool {
        let found = self.are(texts);
        if found {
            self.at += texts.len();
        }
        found
    }

    /// Passes these words or symbols, or fails.
    pub(super) fn expect(&mut self, texts: &[&str]) -> Result<(), SqlError> {
        for text in texts {
            if !self.eat(&[text]) {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    /// Fails unless nothing is left.
    pub(super) fn expect_end(&self) -> Result<(), SqlError> {
        if self.is_at_end() { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Redshift's complaint about the next token.
    pub(super) fn unexpected(&self) -> SqlError {
        match self.peek() {
            Some(token) => SqlError::Syntax { near: self.raw(self.at).to_string(), position: token.span.start + 1 },
            None => SqlError::EndOfInput { position: self.bytes.len() },
        }
    }

    /// Redshift's complaint about a text that stands where a name should: one that is written as a text and nowhere as a name.
    pub(super) fn unexpected_text(&self, name: &str) -> Option<SqlError> {
        let is_text = |token: &Token| matches!(token.token_type, TokenType::String | TokenType::DollarString);
        let same = |token: &Token| token.text.eq_ignore_ascii_case(name);
        if self.tokens.iter().any(|token| same(token) && !is_text(token)) {
            return None;
        }
        let at = self.tokens.iter().position(|token| is_text(token) && same(token))?;
        Some(SqlError::Syntax { near: self.raw(at).to_string(), position: self.tokens[at].span.start + 1 })
    }

    /// Reads a name, quoted or not, and folds it.
    pub(super) fn identifier(&mut self) -> Result<String, SqlError> {
        let name = match self.peek() {
            Some(token) if token.token_type == TokenType::QuotedIdentifier => token.text.to_lowercase(),
            _ => self.word().ok_or_else(|| self.unexpected())?,
        };
        self.at += 1;
        Ok(name)
    }

    /// Reads `[[database.]schema.]name`.
    pub(super) fn relation(&mut self) -> Result<Relation, SqlError> {
        let mut parts = vec![self.identifier()?];
        while parts.len() < 3 && self.eat(&["."]) {
            parts.push(self.identifier()?);
        }
        let name = parts.pop().unwrap_or_default();
        let schema = parts.pop();
        match parts.pop() {
            Some(database) => Err(SqlError::no_database(&database)),
            None => Ok(Relation { schema, name }),
        }
    }

    /// Reads names separated by commas.
    pub(super) fn relations(&mut self) -> Result<Vec<Relation>, SqlError> {
        self.list(Self::relation)
    }

    /// Reads what is separated by commas.
    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, SqlError>) -> Result<Vec<T>, SqlError> {
        let mut found = vec![read(self)?];
        while self.eat(&[","]) {
            found.push(read(self)?);
        }
        Ok(found)
    }

    /// Reads a whole number, which may be negative.
    pub(super) fn integer(&mut self) -> Result<i64, SqlError> {
        let negative = self.eat(&["-"]);
        let value = self.peek().and_then(|t| t.text.parse::<i64>().ok()).ok_or_else(|| self.unexpected())?;
        self.at += 1;
        Ok(if negative { -value } else { value })
    }

    /// Passes a group in parentheses.
    pub(super) fn skip_group(&mut self) -> Result<(), SqlError> {
        self.expect(&["("])?;
        let mut depth = 1;
        while depth > 0 {
            if self.is_at_end() {
                return Err(self.unexpected());
            }
            if self.is("(") {
                depth += 1;
            } else if self.is(")") {
                depth -= 1;
            }
            self.at += 1;
        }
        Ok(())
    }
}
