//! The words, strings and signs of a COPY statement.

use super::error::CopyError;

/// One token of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or an unquoted identifier, as it was written.
    Word(String),
    /// A `"quoted"` identifier without its quotes.
    Identifier(String),
    /// A `'string'` without its quotes; `''` has become `'`, backslashes are as they were written.
    Text(String),
    /// An unsigned whole number.
    Number(String),
    /// A parenthesis, comma or dot.
    Sign(char),
}

impl Token {
    /// The token as a syntax error quotes it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Word(text) | Self::Identifier(text) | Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Sign(sign) => sign.to_string(),
        }
    }
}

/// Splits `sql` into tokens; comments and a semicolon at the end are left out.
pub(super) fn tokens(sql: &str) -> Result<Vec<Token>, CopyError> {
    let mut rest = sql;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, comment(rest)?),
            ';' if rest[1..].trim().is_empty() => (None, rest.len()),
            '\'' => quoted(rest, '\'').map(|(text, length)| (Some(Token::Text(text)), length))?,
            '"' => quoted(rest, '"').map(|(text, length)| (Some(Token::Identifier(text)), length))?,
            '(' | ')' | ',' | '.' => (Some(Token::Sign(first)), 1),
            _ if first.is_ascii_digit() => {
                let length = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
                (Some(Token::Number(rest[..length].to_owned())), length)
            }
            _ if is_word(first) => {
                let length = rest.find(|next: char| !is_word(next)).unwrap_or(rest.len());
                (Some(Token::Word(rest[..length].to_owned())), length)
            }
            _ => {
                return Err(CopyError::Syntax { near: first.to_string() });
            }
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    Ok(tokens)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$' | '#')
}

/// The length of the comment that `rest` begins with; comments nest.
fn comment(rest: &str) -> Result<usize, CopyError> {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(CopyError::Unterminated { what: "comment" })
}

/// The text between two `quote`s, where a doubled one stands for itself, and the length of the whole.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), CopyError> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            text.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Ok((text, at + quote.len_utf8()));
        }
    }
    Err(CopyError::Unterminated { what: if quote == '"' { "quoted identifier" } else { "quoted string" } })
}
