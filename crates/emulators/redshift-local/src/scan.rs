//! SQL text cut into tokens, without understanding it: enough to find names, parameters and statement ends outside texts and comments.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An unquoted identifier or keyword.
    Word,
    /// An identifier in double quotes.
    Quoted,
    /// A text in single quotes or dollar quotes.
    Text,
    /// A number.
    Number,
    /// One character of punctuation, or `::`.
    Symbol,
    /// A comment.
    Comment,
    /// White space.
    Space,
}

/// One token and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

impl Token {
    /// The token's text.
    pub(crate) fn text<'a>(&self, sql: &'a str) -> &'a str {
        &sql[self.range.clone()]
    }

    /// An identifier as Redshift folds it (lower case, even when quoted); `None` for anything else.
    pub(crate) fn identifier(&self, sql: &str) -> Option<String> {
        let text = self.text(sql);
        match self.kind {
            Kind::Word => Some(text.to_lowercase()),
            Kind::Quoted => Some(text.trim_matches('"').replace("\"\"", "\"").to_lowercase()),
            _ => None,
        }
    }
}

/// Cuts `sql` into tokens that together cover it.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        let (kind, length) = next(&sql[at..]);
        found.push(Token { kind, range: at..at + length });
        at += length;
    }
    found
}

/// The tokens that mean something.
pub(crate) fn significant(sql: &str) -> Vec<Token> {
    tokens(sql).into_iter().filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment)).collect()
}

/// The statements of a text, cut at semicolons, without those that hold nothing.
pub(crate) fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut empty = true;
    for token in tokens(sql) {
        match token.kind {
            Kind::Symbol if token.text(sql) == ";" => {
                if !empty {
                    found.push(&sql[start..token.range.start]);
                }
                start = token.range.end;
                empty = true;
            }
            Kind::Space | Kind::Comment => {}
            _ => empty = false,
        }
    }
    if !empty {
        found.push(&sql[start..]);
    }
    found
}

fn next(rest: &str) -> (Kind, usize) {
    let mut characters = rest.chars();
    let first = characters.next().unwrap_or(' ');
    let second = characters.next();
    match (first, second) {
        ('-', Some('-')) => (Kind::Comment, rest.find('\n').map_or(rest.len(), |end| end + 1)),
        ('/', Some('*')) => (Kind::Comment, block_comment(rest)),
        ('\'', _) => (Kind::Text, quoted(rest, '\'')),
        ('"', _) => (Kind::Quoted, quoted(rest, '"')),
        ('$', _) => dollar(rest),
        (':', Some(':')) => (Kind::Symbol, 2),
        (c, _) if c.is_whitespace() => (Kind::Space, while_true(rest, char::is_whitespace)),
        (c, _) if c.is_alphabetic() || c == '_' || c == '#' => {
            (Kind::Word, while_true(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#')))
        }
        (c, _) if c.is_ascii_digit() => (Kind::Number, while_true(rest, |c| c.is_ascii_alphanumeric() || c == '.')),
        (c, _) => (Kind::Symbol, c.len_utf8()),
    }
}

fn while_true(rest: &str, test: impl Fn(char) -> bool) -> usize {
    rest.char_indices().find(|(_, c)| !test(*c)).map_or(rest.len(), |(at, _)| at)
}

/// The length of a quoted token; a doubled quote stands for itself, and so does a quote behind a backslash in a text.
fn quoted(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && quote == '\'' {
            characters.next();
        } else if c == quote {
            match characters.peek() {
                Some((_, following)) if *following == quote => {
                    characters.next();
                }
                _ => return at + 1,
            }
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn dollar(rest: &str) -> (Kind, usize) {
    let tag = 1 + while_true(&rest[1..], |c| c.is_alphanumeric() || c == '_');
    if !rest[tag..].starts_with('$') {
        return (Kind::Symbol, 1);
    }
    let opening = &rest[..=tag];
    let length = rest[tag + 1..].find(opening).map_or(rest.len(), |end| tag + 1 + end + opening.len());
    (Kind::Text, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_outside_texts_and_comments() {
        let check = |sql: &str, expected: &[&str]| assert_eq!(statements(sql), expected, "{sql}");
        check("select 1", &["select 1"]);
        check("select ';' ; -- a; b\n", &["select ';' "]);
        check("select 1; select \"a;b\"", &["select 1", " select \"a;b\""]);
        check("/* ; /* nested ; */ */ ;;", &[]);
        check("select $$ ; $$", &["select $$ ; $$"]);
        check("select 'it''s \\'; ok'; x", &["select 'it''s \\'; ok'", " x"]);
    }

    #[test]
    fn tokens_cover_the_text() {
        let sql = "select a::int, :name from \"T\" -- ünd\nwhere x='ß'";
        let joined: String = tokens(sql).iter().map(|token| token.text(sql)).collect();
        assert_eq!(joined, sql);
    }
}
