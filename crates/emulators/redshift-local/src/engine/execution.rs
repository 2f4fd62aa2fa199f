//! DuckDB's statements for one of Redshift's, run inside a session.

use super::catalog::{Catalog, Table};
use super::errors::{Context, Failure, translate};
use super::session::Session;
use redshift_dialect::{Relation, Statement};

/// A statement that was understood, and the session that runs it.
pub(crate) struct Execution<'a> {
    pub(crate) session: &'a mut Session,
    pub(crate) statement: &'a Statement,
    /// The relations of the statement as it names them, those it writes last.
    names: Vec<String>,
    query_id: i64,
}

impl<'a> Execution<'a> {
    pub(crate) fn new(session: &'a mut Session, statement: &'a Statement, query_id: i64) -> Self {
        let reads = statement.reads.iter().filter(|relation| !statement.writes.contains(relation));
        let names = reads.chain(&statement.writes).map(ToString::to_string).collect();
        Self { session, statement, names, query_id }
    }

    /// Runs the DuckDB statements and returns the rows that the last one changed.
    pub(crate) fn execute(&mut self) -> Result<usize, Failure> {
        self.session.begin(true)?;
        let mut changed = 0;
        for sql in &self.statement.sql {
            changed = self.changed(sql)?;
        }
        Ok(changed)
    }

    /// Runs one DuckDB statement and returns the rows that it changed.
    pub(crate) fn changed(&self, sql: &str) -> Result<usize, Failure> {
        self.session.connection.execute(sql, []).map_err(|error| self.failed(&error))
    }

    /// Runs DuckDB statements of which no count is wanted.
    pub(crate) fn run(&self, sql: &str) -> Result<(), Failure> {
        self.session.connection.execute_batch(sql).map_err(|error| self.failed(&error))
    }

    /// What an error is about.
    pub(crate) fn context(&self) -> Context<'_> {
        Context { relations: &self.names, query_id: self.query_id }
    }

    /// DuckDB's error in Redshift's words.
    pub(crate) fn failed(&self, error: &duckdb::Error) -> Failure {
        translate(error, self.context())
    }

    /// The catalogue, with what the transaction sees.
    pub(crate) fn catalog(&self) -> Catalog<'_> {
        self.session.catalog()
    }

    /// The tables and views that the statement reads.
    pub(crate) fn sources(&self) -> Vec<Table> {
        let catalog = self.catalog();
        self.statement.reads.iter().filter_map(|relation| catalog.find(relation)).collect()
    }

    /// The table or view of this name; one that is not there is an error.
    pub(crate) fn existing(&self, relation: &Relation) -> Result<Table, Failure> {
        self.catalog().existing(relation)
    }
}
