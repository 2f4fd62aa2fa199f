//! `tables/*.sql`: one CREATE TABLE each, as Redshift takes it.
//!
//! The grammar is that of the Database Developer Guide's "CREATE TABLE", over sqlparser's tokens (README.md has the reason).

mod words;

use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use crate::model::{Column, Table, TableRef};
use crate::problem::{Collector, Text, nearest};
use crate::sql::{Cursor, SqlError, Statement, did_you_mean};
use words::{ATTRIBUTES, TYPES};

/// A table and its references to others.
#[derive(Debug)]
pub(crate) struct TableFile {
    pub(crate) table: Table,
    /// The tables of its foreign keys, and where they are named.
    pub(crate) references: Vec<(TableRef, usize)>,
}

/// Reads a file of `tables/`. When that fails, the table's name is returned if it was understood.
pub(crate) fn read(file: Text<'_>, out: &mut Collector) -> Result<TableFile, Option<TableRef>> {
    let mut name = None;
    let result = Statement::read(file).and_then(|statement| {
        let mut reader = Reader {
            cursor: statement.cursor(),
            out,
            plain_create: None,
            columns: Vec::new(),
            keys: Vec::new(),
            references: Vec::new(),
        };
        let table = reader.head()?;
        name = Some(table.clone());
        reader.body()?;
        reader.attributes()?;
        reader.check_keys();
        let Reader { columns, references, plain_create, .. } = reader;
        let ddl = repeatable(&statement, plain_create);
        let table = Table { name: table, columns, ddl, path: file.path.to_owned() };
        Ok(TableFile { table, references })
    });
    result.map_err(|error| {
        error.report(&file, out);
        name
    })
}

/// The statement so that it does not fail where the table exists, although SHOW TABLE prints it without that.
fn repeatable(statement: &Statement<'_>, plain_create: Option<usize>) -> String {
    let Some(place) = plain_create else { return statement.text() };
    let (create, rest) = statement.file.text[..statement.end()].split_at(place);
    format!("{} IF NOT EXISTS{rest}", create.trim_start())
}

struct Reader<'s, 'o> {
    cursor: Cursor<'s>,
    out: &'o mut Collector,
    /// Where CREATE TABLE ends, if IF NOT EXISTS does not follow.
    plain_create: Option<usize>,
    columns: Vec<Column>,
    /// Columns that keys name, and where.
    keys: Vec<(String, usize)>,
    references: Vec<(TableRef, usize)>,
}

impl Reader<'_, '_> {
    fn head(&mut self) -> Result<TableRef, SqlError> {
        let start = self.cursor.offset();
        let only = || SqlError::new(start, "a file in tables/ is one CREATE TABLE schema.table (...)");
        if !self.cursor.take_words("create") {
            return Err(only());
        }
        for word in ["temporary", "temp", "local", "external"] {
            if self.cursor.take_words(word) {
                return Err(only().help(format!("{} tables are no target of a load", word.to_uppercase())));
            }
        }
        if !self.cursor.take_words("table") {
            return Err(only());
        }
        let after_table = self.cursor.at;
        if !self.cursor.take_words("if not exists") {
            self.plain_create = Some(self.cursor.end_before(after_table));
        }
        let (table, offset) = self.cursor.table_name("the table's name")?;
        check_schema(&table, offset)?;
        if self.cursor.take_words("as") {
            return Err(SqlError::new(offset, "CREATE TABLE AS states no columns").help("write the columns out"));
        }
        Ok(table)
    }

    fn body(&mut self) -> Result<(), SqlError> {
        self.cursor.expect(&Token::LParen)?;
        loop {
            match self.cursor.word().as_deref() {
                Some("like") => {
                    return Err(SqlError::new(self.cursor.offset(), "LIKE hides the columns, and checks name them")
                        .help("write the columns out"));
                }
                Some("constraint" | "unique" | "primary" | "foreign") => {
                    self.constraint().or_else(|error| self.recover(error))?
                }
                _ => {
                    let columns = self.columns.len();
                    let read = self.column();
                    let is_known = self.columns.len() > columns;
                    read.or_else(|error| if is_known { self.recover(error) } else { Err(error) })?;
                }
            }
            if !self.cursor.take(&Token::Comma) {
                break;
            }
        }
        self.cursor.expect(&Token::RParen)
    }

    /// A column or constraint that is wrong hides none behind it: it is reported, and reading goes on at the next comma.
    fn recover(&mut self, error: SqlError) -> Result<(), SqlError> {
        if !self.skip_to_end_of_item() {
            return Err(error);
        }
        error.report(&self.cursor.file, self.out);
        Ok(())
    }

    /// Moves to the comma or parenthesis behind a column or constraint; false when none follows.
    fn skip_to_end_of_item(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(token) = self.cursor.peek() {
            match &token.token.token {
                Token::Comma | Token::RParen if depth == 0 => return true,
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            self.cursor.advance();
        }
        false
    }

    fn constraint(&mut self) -> Result<(), SqlError> {
        if self.cursor.take_words("constraint") {
            self.cursor.name("the constraint's name")?;
        }
        if self.cursor.take_words("primary key") {
            let names = self.cursor.names_in_parentheses()?;
            for column in &mut self.columns {
                column.not_null |= names.iter().any(|(name, _)| *name == column.name);
            }
            self.keys.extend(names);
        } else if self.cursor.take_words("unique") {
            let names = self.cursor.names_in_parentheses()?;
            self.keys.extend(names);
        } else {
            self.cursor.expect_words("foreign key")?;
            let names = self.cursor.names_in_parentheses()?;
            self.keys.extend(names);
            self.cursor.expect_words("references")?;
            self.foreign_table()?;
        }
        Ok(())
    }

    fn foreign_table(&mut self) -> Result<(), SqlError> {
        let table = self.cursor.table_name("the other table's name")?;
        self.references.push(table);
        if self.cursor.is_next(&Token::LParen) {
            self.cursor.names_in_parentheses()?;
        }
        Ok(())
    }

    fn column(&mut self) -> Result<(), SqlError> {
        let (start, offset) = (self.cursor.at, self.cursor.offset());
        let name = self.cursor.name("a column's name")?;
        if self.columns.iter().any(|column| column.name == name) {
            self.out.add(&self.cursor.file, offset, format!("the column \"{name}\" occurs twice"), None);
        }
        let mut column = Column {
            name,
            data_type: String::new(),
            not_null: false,
            default: None,
            definition: String::new(),
            identity: false,
        };
        let read = self.definition(&mut column);
        column.definition = self.cursor.text(start, self.cursor.at).to_owned();
        // Also where it is wrong: what names the column is then not reported too.
        self.columns.push(column);
        read
    }

    fn definition(&mut self, column: &mut Column) -> Result<(), SqlError> {
        column.data_type = self.data_type()?;
        while !self.cursor.is_next(&Token::Comma) && !self.cursor.is_next(&Token::RParen) {
            self.attribute(column)?;
        }
        Ok(())
    }

    fn data_type(&mut self) -> Result<String, SqlError> {
        let offset = self.cursor.offset();
        let (mut words, mut arguments) = (Vec::new(), String::new());
        while let Some(word) = self.cursor.word().filter(|word| !ATTRIBUTES.contains(&word.as_str())) {
            let known = TYPES.contains(&words.join(" ").as_str());
            words.push(word);
            if known && !TYPES.iter().any(|name| name.starts_with(&words.join(" "))) {
                words.pop();
                break;
            }
            self.cursor.advance();
            if arguments.is_empty() && self.cursor.is_next(&Token::LParen) {
                arguments = self.in_parentheses()?;
            }
        }
        let name = words.join(" ");
        if name.is_empty() {
            return Err(self.cursor.expected("a type"));
        }
        if !TYPES.contains(&name.as_str()) {
            let message = format!("\"{name}\" is no type of Redshift");
            self.out.add(&self.cursor.file, offset, message, did_you_mean(&name, &TYPES));
        }
        Ok(name + &arguments)
    }

    /// `(8,5)`: the tokens without space, in lower case.
    fn in_parentheses(&mut self) -> Result<String, SqlError> {
        let (mut text, mut depth) = (String::new(), 0_usize);
        while let Some(token) = self.cursor.advance() {
            text.push_str(&token.token.to_string().to_lowercase());
            match token.token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Ok(text);
            }
        }
        Err(self.cursor.expected("\")\""))
    }

    fn attribute(&mut self, column: &mut Column) -> Result<(), SqlError> {
        let offset = self.cursor.offset();
        let cursor = &mut self.cursor;
        if cursor.take_words("not null") {
            column.not_null = true;
        } else if cursor.take_words("null")
            || cursor.take_words("unique")
            || cursor.take_words("distkey")
            || cursor.take_words("sortkey")
        {
        } else if cursor.take_words("primary key") {
            column.not_null = true;
        } else if cursor.take_words("default") {
            let expression = self.default_expression()?;
            // The catalog's form of IDENTITY, in a DDL that SHOW TABLE or an export printed.
            column.identity |=
                expression.starts_with("\"identity\"(") || expression.starts_with("\"default_identity\"(");
            column.default = Some(expression);
        } else if cursor.take_words("generated by default as identity") || cursor.take_words("identity") {
            column.identity = true;
            self.in_parentheses()?;
        } else if cursor.take_words("encode") || cursor.take_words("collate") {
            cursor.name("a name")?;
        } else if cursor.take_words("references") {
            self.foreign_table()?;
        } else {
            let mut error = cursor.expected("an attribute of the column, \",\" or \")\"");
            error.offset = offset;
            error.help = cursor.word().and_then(|word| did_you_mean(&word, &ATTRIBUTES));
            return Err(error);
        }
        Ok(())
    }

    /// The text of a DEFAULT, up to the next attribute, comma or parenthesis that is not its own.
    fn default_expression(&mut self) -> Result<String, SqlError> {
        let (start, mut depth) = (self.cursor.at, 0_usize);
        while let Some(token) = self.cursor.peek() {
            let ends = match &token.token.token {
                Token::LParen => {
                    depth += 1;
                    false
                }
                Token::RParen if depth > 0 => {
                    depth -= 1;
                    false
                }
                Token::RParen | Token::Comma => depth == 0,
                _ => {
                    depth == 0
                        && self.cursor.at > start
                        && self.cursor.word().is_some_and(|w| ATTRIBUTES.contains(&w.as_str()))
                }
            };
            if ends {
                break;
            }
            self.cursor.advance();
        }
        let offset = self.cursor.tokens.get(start).map_or(0, |token| token.bytes.start);
        let tokens = self.cursor.tokens[start..self.cursor.at].iter().map(|token| token.token.clone()).collect();
        let dialect = RedshiftSqlDialect {};
        let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
        if parser.parse_expr().is_err() || parser.peek_token().token != Token::EOF {
            let text = self.cursor.text(start, self.cursor.at);
            return Err(SqlError::new(offset, format!("\"{text}\" is no value for DEFAULT")));
        }
        Ok(self.cursor.text(start, self.cursor.at).to_owned())
    }

    fn attributes(&mut self) -> Result<(), SqlError> {
        const WORDS: [&str; 8] =
            ["backup", "diststyle", "distkey", "sortkey", "compound", "interleaved", "encode", "auto"];
        while self.cursor.peek().is_some() {
            let cursor = &mut self.cursor;
            if cursor.take_words("backup") {
                one_of(cursor, &["yes", "no"])?;
            } else if cursor.take_words("diststyle") {
                one_of(cursor, &["auto", "even", "key", "all"])?;
            } else if cursor.take_words("encode auto") || cursor.take_words("sortkey auto") {
            } else if ["distkey", "sortkey", "compound sortkey", "interleaved sortkey"]
                .iter()
                .any(|words| cursor.take_words(words))
            {
                let names = cursor.names_in_parentheses()?;
                self.keys.extend(names);
            } else {
                let mut error = cursor.expected("an attribute of the table or the end");
                error.help = cursor.word().and_then(|word| did_you_mean(&word, &WORDS));
                return Err(error);
            }
        }
        Ok(())
    }

    fn check_keys(&mut self) {
        for (name, offset) in &self.keys {
            if !self.columns.iter().any(|column| column.name == *name) {
                let help = nearest(name, self.columns.iter().map(|column| column.name.as_str()));
                self.out.add(&self.cursor.file, *offset, format!("the table has no column \"{name}\""), help);
            }
        }
    }
}

fn one_of(cursor: &mut Cursor<'_>, words: &[&str]) -> Result<(), SqlError> {
    if words.iter().any(|word| cursor.take_words(word)) {
        return Ok(());
    }
    Err(cursor.expected(&words.join(", ").to_uppercase()))
}

/// The schema of the ledger, and those of Redshift itself, are not for pipelines.
pub(crate) fn check_schema(table: &TableRef, offset: usize) -> Result<(), SqlError> {
    if table.schema == "landfall" || table.schema == "information_schema" || table.schema.starts_with("pg_") {
        return Err(SqlError::new(offset, format!("the schema \"{}\" is reserved", table.schema))
            .help("name a schema of the pipeline's own"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
