//! The grammar of COPY.

use super::dates::{DateFormat, TimeFormat};
use super::error::CopyError;
use super::lexer::{Token, tokens};
use super::options::{
    Compression, CopyOptions, Encoding, Format, JsonShape, check_together, null_string, single_character,
};
use super::parser::Parser;
use crate::objects::ObjectLocation;

/// A COPY statement that was understood and whose options agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyCommand {
    /// The table's schema, if one was given, in lower case.
    pub schema: Option<String>,
    /// The table, in lower case.
    pub table: String,
    /// The column list, in the order of the fields, in lower case.
    pub columns: Option<Vec<String>>,
    /// The prefix of the objects, or the manifest.
    pub source: ObjectLocation,
    /// Everything after the source.
    pub options: CopyOptions,
}

/// Reads a COPY statement.
///
/// # Errors
/// A statement that Redshift would refuse, or an option that this emulator does not know: none is ever ignored.
pub fn parse(sql: &str) -> Result<CopyCommand, CopyError> {
    let mut parser = Parser { tokens: tokens(sql)?, at: 0, given: Vec::new(), authorized: false };
    parser.keyword("COPY")?;
    let (schema, table) = parser.table()?;
    let columns = parser.columns()?;
    parser.keyword("FROM")?;
    let source = location("FROM", &parser.text("an s3:// path")?)?;
    let mut options = CopyOptions::default();
    let mut delimiter = None;
    while let Some(word) = parser.option()? {
        parser.apply(&word, &mut options, &mut delimiter)?;
    }
    let default = if options.format == Format::Csv { b',' } else { b'|' };
    options.delimiter = delimiter.unwrap_or(default);
    if !parser.authorized {
        return Err(CopyError::NoAuthorization);
    }
    check_together(&options, &parser.given)?;
    Ok(CopyCommand { schema, table, columns, source, options })
}

impl Parser {
    fn table(&mut self) -> Result<(Option<String>, String), CopyError> {
        let first = self.name("a table")?;
        if !self.take_sign('.') {
            return Ok((None, first));
        }
        Ok((Some(first), self.name("a table")?))
    }

    fn columns(&mut self) -> Result<Option<Vec<String>>, CopyError> {
        if !self.take_sign('(') {
            return Ok(None);
        }
        let mut columns = vec![self.name("a column")?];
        while self.take_sign(',') {
            columns.push(self.name("a column")?);
        }
        if !self.take_sign(')') {
            return Err(self.unexpected("\")\""));
        }
        Ok(Some(columns))
    }

    /// The next option's first word in upper case; `None` at the end. FORMAT and AS are noise before a format.
    fn option(&mut self) -> Result<Option<String>, CopyError> {
        if self.take_word("FORMAT") {
            self.take_word("AS");
        }
        match self.tokens.get(self.at) {
            None => Ok(None),
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(Some(word.to_ascii_uppercase()))
            }
            Some(_) => Err(self.unexpected("an option")),
        }
    }

    fn apply(&mut self, word: &str, options: &mut CopyOptions, delimiter: &mut Option<u8>) -> Result<(), CopyError> {
        match word {
            "IAM_ROLE" | "CREDENTIALS" | "WITH" | "ACCESS_KEY_ID" | "SECRET_ACCESS_KEY" | "SESSION_TOKEN" => {
                return self.authorization(word);
            }
            "CSV" | "JSON" | "PARQUET" => return self.format(word, options),
            "GZIP" | "BZIP2" | "ZSTD" => return self.compression(word, options),
            "DELIMITER" => *delimiter = Some(single_character("DELIMITER", &self.value("DELIMITER")?)?),
            "QUOTE" => options.quote = single_character("QUOTE", &self.value("QUOTE")?)?,
            "NULL" => options.null_as = null_string(&self.value("NULL")?)?,
            "IGNOREHEADER" => options.ignore_header = self.number("IGNOREHEADER", u64::MAX, "a number of lines")?,
            "MAXERROR" => options.max_errors = self.number("MAXERROR", 100_000, "0 to 100000")?,
            "DATEFORMAT" => options.date_format = DateFormat::parse(&self.value("DATEFORMAT")?)?,
            "TIMEFORMAT" => options.time_format = TimeFormat::parse(&self.value("TIMEFORMAT")?)?,
            "ACCEPTINVCHARS" => options.accept_invalid_chars = Some(self.replacement()?),
            "ENCODING" => options.encoding = self.encoding()?,
            "REGION" => drop(self.value("REGION")?),
            "COMPROWS" => drop(self.number::<u32>("COMPROWS", u32::MAX, "1000 to 2147483647")?),
            "COMPUPDATE" => self.switch("COMPUPDATE", &["PRESET", "ON", "TRUE", "OFF", "FALSE"])?,
            "STATUPDATE" => self.switch("STATUPDATE", &["ON", "TRUE", "OFF", "FALSE"])?,
            _ => return self.flag(word, options),
        }
        Ok(())
    }

    /// An option that is one word.
    fn flag(&mut self, word: &str, options: &mut CopyOptions) -> Result<(), CopyError> {
        let (name, flag) = match word {
            "MANIFEST" => ("MANIFEST", &mut options.manifest),
            "EMPTYASNULL" => ("EMPTYASNULL", &mut options.empty_as_null),
            "BLANKSASNULL" => ("BLANKSASNULL", &mut options.blanks_as_null),
            "FILLRECORD" => ("FILLRECORD", &mut options.fill_record),
            "ACCEPTANYDATE" => ("ACCEPTANYDATE", &mut options.accept_any_date),
            "TRUNCATECOLUMNS" => ("TRUNCATECOLUMNS", &mut options.truncate_columns),
            "TRIMBLANKS" => ("TRIMBLANKS", &mut options.trim_blanks),
            "ROUNDEC" => ("ROUNDEC", &mut options.round_decimals),
            "IGNOREALLERRORS" => ("IGNOREALLERRORS", &mut options.ignore_all_errors),
            "NOLOAD" => ("NOLOAD", &mut options.no_load),
            "EXPLICIT_IDS" => ("EXPLICIT_IDS", &mut options.explicit_ids),
            "IGNOREBLANKLINES" => ("IGNOREBLANKLINES", &mut options.ignore_blank_lines),
            "ESCAPE" => ("ESCAPE", &mut options.escape),
            "REMOVEQUOTES" => ("REMOVEQUOTES", &mut options.remove_quotes),
            "AVRO"
            | "ORC"
            | "FIXEDWIDTH"
            | "SHAPEFILE"
            | "LZOP"
            | "ENCRYPTED"
            | "MASTER_SYMMETRIC_KEY"
            | "SSH"
            | "READRATIO"
            | "JOB"
            | "KMS_KEY_ID"
            | "SERIALIZETOJSON"
            | "SIMPLIFY" => {
                return Err(CopyError::Unsupported { option: word.to_owned() });
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected("an option"));
            }
        };
        *flag = true;
        self.give(name)
    }

    fn authorization(&mut self, word: &str) -> Result<(), CopyError> {
        let word = if word == "WITH" { self.keyword("CREDENTIALS").map(|()| "CREDENTIALS")? } else { word };
        self.authorized = true;
        self.take_word("AS");
        if word == "IAM_ROLE" && self.take_word("DEFAULT") {
            return Ok(());
        }
        let text = self.text("credentials")?;
        if word == "IAM_ROLE" && !text.split(',').all(|arn| arn == "SESSION" || arn.starts_with("arn:")) {
            return Err(CopyError::Value {
                option: "IAM_ROLE",
                value: text,
                expected: "default or 'arn:aws:iam::...'",
            });
        }
        Ok(())
    }

    fn format(&mut self, word: &str, options: &mut CopyOptions) -> Result<(), CopyError> {
        if options.format != Format::Text {
            let option = if word == "CSV" {
                "CSV"
            } else if word == "JSON" {
                "JSON"
            } else {
                "PARQUET"
            };
            return Err(CopyError::Redundant { option });
        }
        match word {
            "CSV" => {
                options.format = Format::Csv;
                self.give("CSV")
            }
            "PARQUET" => {
                options.format = Format::Parquet;
                self.give("PARQUET")
            }
            _ => {
                options.format = Format::Json(self.json_shape()?);
                self.give("JSON")
            }
        }
    }

    /// What follows JSON; nothing means `'auto'`.
    fn json_shape(&mut self) -> Result<JsonShape, CopyError> {
        self.take_word("AS");
        let Some(Token::Text(text)) = self.tokens.get(self.at).cloned() else {
            return Ok(JsonShape::Auto);
        };
        self.at += 1;
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(JsonShape::Auto),
            "auto ignorecase" => Ok(JsonShape::AutoIgnoreCase),
            "noshred" => Ok(JsonShape::NoShred),
            _ => location("JSON", &text).map(JsonShape::Paths),
        }
    }

    fn compression(&mut self, word: &str, options: &mut CopyOptions) -> Result<(), CopyError> {
        let (name, compression) = match word {
            "GZIP" => ("GZIP", Compression::Gzip),
            "BZIP2" => ("BZIP2", Compression::Bzip2),
            _ => ("ZSTD", Compression::Zstd),
        };
        if options.compression != Compression::None {
            return Err(CopyError::Redundant { option: name });
        }
        options.compression = compression;
        self.give(name)
    }

    fn encoding(&mut self) -> Result<Encoding, CopyError> {
        self.give("ENCODING")?;
        self.take_word("AS");
        let name = match self.tokens.get(self.at) {
            Some(Token::Word(name) | Token::Text(name)) => name.to_ascii_uppercase(),
            _ => return Err(self.unexpected("an encoding")),
        };
        self.at += 1;
        match name.as_str() {
            "UTF8" => Ok(Encoding::Utf8),
            "UTF16" => Ok(Encoding::Utf16),
            "UTF16LE" => Ok(Encoding::Utf16Le),
            "UTF16BE" => Ok(Encoding::Utf16Be),
            _ => Err(CopyError::Unsupported { option: format!("ENCODING {name}") }),
        }
    }

    fn replacement(&mut self) -> Result<u8, CopyError> {
        self.give("ACCEPTINVCHARS")?;
        self.take_word("AS");
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                let byte = single_character("ACCEPTINVCHARS", text)?;
                self.at += 1;
                Ok(byte)
            }
            _ => Ok(b'?'),
        }
    }

    fn value(&mut self, option: &'static str) -> Result<String, CopyError> {
        self.give(option)?;
        self.take_word("AS");
        self.text("a quoted value")
    }

    fn number<N: std::str::FromStr + PartialOrd>(
        &mut self,
        option: &'static str,
        max: N,
        expected: &'static str,
    ) -> Result<N, CopyError> {
        self.give(option)?;
        self.take_word("AS");
        let Some(Token::Number(digits)) = self.tokens.get(self.at).cloned() else {
            return Err(self.unexpected("a number"));
        };
        self.at += 1;
        let number = digits.parse().ok().filter(|number| *number <= max);
        number.ok_or(CopyError::Value { option, value: digits, expected })
    }

    /// COMPUPDATE and STATUPDATE concern statistics and encodings, which DuckDB has none of.
    fn switch(&mut self, option: &'static str, values: &[&str]) -> Result<(), CopyError> {
        self.give(option)?;
        for value in values {
            if self.take_word(value) {
                break;
            }
        }
        Ok(())
    }
}

fn location(option: &'static str, text: &str) -> Result<ObjectLocation, CopyError> {
    for scheme in ["dynamodb://", "emr://", "ssh://"] {
        if text.starts_with(scheme) {
            return Err(CopyError::Unsupported { option: format!("FROM '{scheme}...'") });
        }
    }
    let expected = "a path like 's3://bucket/key'";
    ObjectLocation::parse(text).ok_or_else(|| CopyError::Value { option, value: text.to_owned(), expected })
}
