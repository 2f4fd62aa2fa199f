//! The text of one SQL statement as tokens that know where they are.

use std::ops::Range;

use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

use crate::model::TableRef;
use crate::problem::{Collector, Text, similar};

/// Redshift's limit for the name of a table, view or column, in bytes (Database Developer Guide, "Names and identifiers").
const NAME_BYTES_MAX: usize = 127;

/// Redshift Data API's limit for a statement is 100 KB; the load puts up to 1 KB around the query of a check.
const SQL_BYTES_MAX: usize = 99_000;

/// What is wrong with a statement, and where.
#[derive(Debug)]
pub(crate) struct SqlError {
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl SqlError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn report(self, file: &Text<'_>, out: &mut Collector) {
        out.add(file, self.offset, self.message, self.help);
    }
}

/// One statement: its tokens without space, comments and the final semicolon.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) file: Text<'a>,
    pub(crate) tokens: Vec<SqlToken>,
    line_starts: Vec<usize>,
}

/// A token and its bytes in the text.
#[derive(Debug, Clone)]
pub(crate) struct SqlToken {
    pub(crate) token: TokenWithSpan,
    pub(crate) bytes: Range<usize>,
}

impl<'a> Statement<'a> {
    /// Reads a file that holds one statement.
    pub(crate) fn read(file: Text<'a>) -> Result<Self, SqlError> {
        if file.text.len() > SQL_BYTES_MAX {
            let message =
                format!("the statement has {} bytes, and the Redshift Data API takes 100 KB", file.text.len());
            return Err(SqlError::new(0, message).help("split it, or let it read a view"));
        }
        let line_starts = std::iter::once(0).chain(file.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut statement = Self { file, tokens: Vec::new(), line_starts };
        let tokens = Tokenizer::new(&RedshiftSqlDialect {}, file.text)
            .tokenize_with_location()
            .map_err(|error| SqlError::new(statement.offset(error.location), sentence(&error.message)))?;
        for token in tokens.into_iter().filter(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF)) {
            let bytes = statement.offset(token.span.start)..statement.offset(token.span.end);
            statement.tokens.push(SqlToken { token, bytes });
        }
        while statement.tokens.last().is_some_and(|t| t.token.token == Token::SemiColon) {
            statement.tokens.pop();
        }
        if statement.tokens.is_empty() {
            return Err(SqlError::new(0, "the file has no statement").help("write one, or delete the file"));
        }
        if let Some(end) = statement.tokens.iter().find(|t| t.token.token == Token::SemiColon) {
            return Err(SqlError::new(end.bytes.start, "a second statement begins after this semicolon")
                .help("put each statement into a file of its own"));
        }
        Ok(statement)
    }

    /// The byte offset of the tokenizer's place.
    pub(crate) fn offset(&self, place: Location) -> usize {
        let line = usize::try_from(place.line).unwrap_or(usize::MAX).saturating_sub(1);
        let column = usize::try_from(place.column).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(start) = self.line_starts.get(line) else { return self.file.text.len() };
        let rest = &self.file.text[*start..];
        rest.char_indices().nth(column).map_or(self.file.text.len(), |(at, _)| start + at)
    }

    /// The text from the file's beginning (its comments explain it) to the last token.
    pub(crate) fn text(&self) -> String {
        self.file.text[..self.end()].trim_start().to_owned()
    }

    /// The text from the first token to the last.
    pub(crate) fn bare_text(&self) -> String {
        let start = self.tokens.first().map_or(0, |token| token.bytes.start);
        self.file.text[start..self.end()].to_owned()
    }

    /// Where the last token ends.
    pub(crate) fn end(&self) -> usize {
        self.tokens.last().map_or(0, |token| token.bytes.end)
    }

    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor { file: self.file, tokens: &self.tokens, at: 0 }
    }
}

/// A place among the tokens of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'s> {
    pub(crate) file: Text<'s>,
    pub(crate) tokens: &'s [SqlToken],
    pub(crate) at: usize,
}

impl<'s> Cursor<'s> {
    pub(crate) fn peek(&self) -> Option<&'s SqlToken> {
        self.tokens.get(self.at)
    }

    pub(crate) fn advance(&mut self) -> Option<&'s SqlToken> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    /// Where the next token begins, or where the last one ends.
    pub(crate) fn offset(&self) -> usize {
        match self.peek() {
            Some(token) => token.bytes.start,
            None => self.tokens.last().map_or(0, |token| token.bytes.end),
        }
    }

    /// Where the token before this place ends.
    pub(crate) fn end_before(&self, at: usize) -> usize {
        at.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |token| token.bytes.end)
    }

    /// The next token as a word without quotes, in lower case.
    pub(crate) fn word(&self) -> Option<String> {
        match &self.peek()?.token.token {
            Token::Word(Word { value, quote_style: None, .. }) => Some(value.to_lowercase()),
            _ => None,
        }
    }

    pub(crate) fn is_next(&self, token: &Token) -> bool {
        self.peek().is_some_and(|next| next.token.token == *token)
    }

    /// Takes the token if it is the next one.
    pub(crate) fn take(&mut self, token: &Token) -> bool {
        let found = self.is_next(token);
        self.at += usize::from(found);
        found
    }

    /// Takes all of the words, or none.
    pub(crate) fn take_words(&mut self, words: &str) -> bool {
        let start = self.at;
        for word in words.split(' ') {
            if self.word().as_deref() != Some(word) {
                self.at = start;
                return false;
            }
            self.at += 1;
        }
        true
    }

    pub(crate) fn expect(&mut self, token: &Token) -> Result<(), SqlError> {
        if self.take(token) { Ok(()) } else { Err(self.expected(&format!("\"{token}\""))) }
    }

    pub(crate) fn expect_words(&mut self, words: &str) -> Result<(), SqlError> {
        if self.take_words(words) { Ok(()) } else { Err(self.expected(&words.to_uppercase())) }
    }

    /// "expected X, found Y" at the next token.
    pub(crate) fn expected(&self, what: &str) -> SqlError {
        let found =
            self.peek().map_or_else(|| "the end of the file".to_owned(), |token| format!("\"{}\"", token.token));
        SqlError::new(self.offset(), format!("expected {what}, found {found}"))
    }

    /// A name in lower case, as Redshift folds it, quoted or not.
    pub(crate) fn name(&mut self, what: &str) -> Result<String, SqlError> {
        let Some(Token::Word(word)) = self.peek().map(|token| &token.token.token) else {
            return Err(self.expected(what));
        };
        if word.quote_style.is_none() && word.keyword != Keyword::NoKeyword && is_reserved(&word.value) {
            return Err(self.expected(what).help(format!("\"{}\" is reserved; put it into double quotes", word.value)));
        }
        if word.value.is_empty() || word.value.len() > NAME_BYTES_MAX {
            let message =
                format!("the name \"{}\" has {} bytes, and Redshift takes 1 to 127", word.value, word.value.len());
            return Err(SqlError::new(self.offset(), message));
        }
        self.at += 1;
        Ok(word.value.to_lowercase())
    }

    /// `schema.name`, and where it is.
    pub(crate) fn table_name(&mut self, what: &str) -> Result<(TableRef, usize), SqlError> {
        let offset = self.offset();
        let schema = self.name(what)?;
        if !self.take(&Token::Period) {
            return Err(SqlError::new(offset, format!("\"{schema}\" has no schema"))
                .help(format!("write schema.{schema}, so that it does not depend on the search path")));
        }
        Ok((TableRef { schema, name: self.name(what)? }, offset))
    }

    /// `(a, b)` with the place of each name.
    pub(crate) fn names_in_parentheses(&mut self) -> Result<Vec<(String, usize)>, SqlError> {
        self.expect(&Token::LParen)?;
        let mut names = Vec::new();
        loop {
            let offset = self.offset();
            names.push((self.name("a column's name")?, offset));
            if !self.take(&Token::Comma) {
                break;
            }
        }
        self.expect(&Token::RParen)?;
        Ok(names)
    }

    /// The text between two places among the tokens.
    pub(crate) fn text(&self, from: usize, to: usize) -> &'s str {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) if from < to => &self.file.text[first.bytes.start..last.bytes.end],
            _ => "",
        }
    }
}

/// The words that a misspelt name most often runs into; Redshift reserves more.
fn is_reserved(word: &str) -> bool {
    const RESERVED: [&str; 24] = [
        "all",
        "and",
        "as",
        "check",
        "column",
        "constraint",
        "create",
        "default",
        "distinct",
        "false",
        "foreign",
        "from",
        "not",
        "null",
        "or",
        "order",
        "primary",
        "references",
        "select",
        "table",
        "true",
        "unique",
        "user",
        "where",
    ];
    RESERVED.contains(&word.to_lowercase().as_str())
}

/// A library's message in our form: no capital letter in front, no full stop behind.
pub(crate) fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut characters = message.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The text of `help` when one of the words is like the wrong one.
pub(crate) fn did_you_mean(wrong: &str, words: &[&str]) -> Option<String> {
    // A word that is right in another place is no help.
    similar(wrong, words).filter(|word| *word != wrong).map(|word| format!("did you mean \"{word}\"?"))
}
