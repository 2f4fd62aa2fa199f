//! Quoting: the only way from a name or a value into SQL text.

use std::fmt::{self, Display};

use pipeline::TableRef;

/// A quoted identifier: `"name"`, with inner quotes doubled.
///
/// Rule: Redshift developer guide, "Names and identifiers".
pub fn identifier(name: &str) -> impl Display + use<> {
    Quoted { text: name.replace('"', "\"\""), quote: '"' }
}

/// A quoted, qualified name: `"schema"."table"`.
pub fn table(name: &TableRef) -> impl Display + use<> {
    format!("{}.{}", identifier(&name.schema), identifier(&name.name))
}

/// A text literal: quotes and backslashes doubled.
///
/// Redshift takes a backslash in a literal as an escape character, so a lone one would swallow the closing quote. NUL
/// cannot be in a text of Redshift and is left out.
pub fn literal(text: &str) -> impl Display + use<> {
    Quoted { text: text.replace('\0', "").replace('\\', "\\\\").replace('\'', "''"), quote: '\'' }
}

/// A text literal, or NULL.
pub fn literal_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| literal(text).to_string())
}

/// Quoted identifiers, separated by commas.
pub fn identifiers<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| identifier(name).to_string()).collect::<Vec<_>>().join(", ")
}

/// A text as the inside of a `/* */` comment: it cannot end the comment.
pub fn comment(text: &str) -> impl Display + use<> {
    text.replace("*/", "* /").replace("/*", "/ *")
}

struct Quoted {
    text: String,
    quote: char,
}

impl Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{0}{1}{0}", self.quote, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        let cases = [
            ("plain", "\"plain\"", "'plain'"),
            ("it's", "\"it's\"", "'it''s'"),
            ("say \"hi\"", "\"say \"\"hi\"\"\"", "'say \"hi\"'"),
            ("'; drop table --", "\"'; drop table --\"", "'''; drop table --'"),
            ("back\\", "\"back\\\"", "'back\\\\'"),
            ("\\'", "\"\\'\"", "'\\\\'''"),
            ("é\n", "\"é\n\"", "'é\n'"),
        ];
        for (text, as_identifier, as_literal) in cases {
            assert_eq!(identifier(text).to_string(), as_identifier);
            assert_eq!(literal(text).to_string(), as_literal);
        }
    }

    #[test]
    fn a_comment_cannot_be_closed_from_inside() {
        assert_eq!(comment("a */ drop /* b").to_string(), "a * / drop / * b");
    }
}
