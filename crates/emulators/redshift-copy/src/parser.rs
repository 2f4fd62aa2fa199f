//! A place in the tokens of a COPY statement.

use super::error::CopyError;
use super::lexer::Token;

/// What is left of the statement, and what it said so far.
pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) given: Vec<&'static str>,
    pub(super) authorized: bool,
}

impl Parser {
    pub(super) fn give(&mut self, option: &'static str) -> Result<(), CopyError> {
        if self.given.contains(&option) {
            return Err(CopyError::Redundant { option });
        }
        self.given.push(option);
        Ok(())
    }

    /// An identifier; Redshift folds quoted ones to lower case too.
    pub(super) fn name(&mut self, expected: &'static str) -> Result<String, CopyError> {
        match self.tokens.get(self.at) {
            Some(Token::Word(name) | Token::Identifier(name)) => {
                self.at += 1;
                Ok(name.to_lowercase())
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    pub(super) fn text(&mut self, expected: &'static str) -> Result<String, CopyError> {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    pub(super) fn keyword(&mut self, keyword: &'static str) -> Result<(), CopyError> {
        if self.take_word(keyword) { Ok(()) } else { Err(self.unexpected(keyword)) }
    }

    pub(super) fn take_word(&mut self, keyword: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_sign(&mut self, sign: char) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> CopyError {
        match self.tokens.get(self.at) {
            Some(token) => CopyError::Syntax { near: token.text() },
            None => CopyError::Incomplete { expected },
        }
    }
}
