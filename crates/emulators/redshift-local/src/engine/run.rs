//! One statement: understood, locked, run.

use std::sync::Arc;

use super::Engine;
use super::catalog::{Catalog, Table};
use super::columns::{Column, value_type};
use super::errors::{Context, Failure, translate};
use super::history::Record;
use super::results::{Builder, ResultError, ResultSet};
use super::session::{Session, State};
use super::{copying, ddl, enforce, names, plan, privileges, settings, views};
use crate::scan;
use redshift_dialect::{Relation, Statement, StatementKind};

/// What a statement did.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Rows returned or changed.
    pub(crate) rows: i64,
    pub(crate) result: Option<Arc<ResultSet>>,
}

impl Outcome {
    pub(crate) fn changed(rows: usize) -> Self {
        Self { rows: i64::try_from(rows).unwrap_or(i64::MAX), result: None }
    }
}

/// A statement on its way.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) session: &'a mut Session,
    pub(crate) record: &'a Record,
    pub(crate) query_id: i64,
}

impl Run<'_> {
    /// Runs one statement. Outside a transaction block it is a transaction of its own; inside, its failure undoes the block.
    pub(crate) fn statement(&mut self, sql: &str) -> Result<Outcome, Failure> {
        self.record.set_interrupt(Some(self.session.connection.interrupt_handle()));
        let attempted = if self.record.is_cancelled() { Err(Failure::Cancelled) } else { self.attempt(sql) };
        self.record.set_interrupt(None);
        match attempted {
            Ok(_) if !self.session.in_block() && self.record.is_cancelled() => {
                self.session.rollback(self.engine);
                Err(Failure::Cancelled)
            }
            Ok(outcome) if !self.session.in_block() => {
                self.session.commit(self.engine, self.query_id).map(|()| outcome)
            }
            Ok(outcome) => Ok(outcome),
            Err(failure) => {
                let in_block = self.session.in_block();
                self.session.rollback(self.engine);
                if in_block {
                    self.session.state = State::Failed;
                }
                Err(self.cancelled_or(failure))
            }
        }
    }

    /// Commits what came before inside a block that stays open, as statements do that end transactions themselves.
    pub(crate) fn commit_before(&mut self) -> Result<(), Failure> {
        let state = self.session.state;
        self.session.commit(self.engine, self.query_id)?;
        self.session.state = state;
        Ok(())
    }

    /// Runs DuckDB statements and returns the rows that the last one changed.
    pub(crate) fn execute(&mut self, statement: &Statement) -> Result<usize, Failure> {
        self.session.begin(true)?;
        let mut changed = 0;
        for sql in &statement.sql {
            changed = self.session.connection.execute(sql, []).map_err(|error| self.failed(&error, statement))?;
        }
        Ok(changed)
    }

    /// DuckDB's error in Redshift's words.
    pub(crate) fn failed(&self, error: &duckdb::Error, statement: &Statement) -> Failure {
        let relations = relation_names(statement);
        translate(error, Context { relations: &relations, query_id: self.query_id })
    }

    /// The table of this name, with what the transaction sees.
    pub(crate) fn table(&self, relation: &Relation) -> Option<Table> {
        let path = self.session.search_path();
        let catalog = Catalog { connection: &self.session.connection, search_path: &path };
        catalog.table(relation.schema.as_deref(), &relation.name)
    }

    fn attempt(&mut self, sql: &str) -> Result<Outcome, Failure> {
        let sql = match scan::statements(sql).as_slice() {
            [one] => names::placed(one.trim(), self.engine.database()),
            [] => return Err(Failure::error("the statement is empty")),
            _ => return Err(Failure::error("cannot insert multiple commands into a prepared statement")),
        };
        let mut statement = self.understood(&sql)?;
        if self.session.state == State::Failed {
            return match statement.kind {
                StatementKind::Commit | StatementKind::Rollback => {
                    self.session.rollback(self.engine);
                    Ok(Outcome::default())
                }
                _ => Err(Failure::error(
                    "current transaction is aborted, commands ignored until end of transaction block",
                )),
            };
        }
        self.check_block(&statement.kind)?;
        privileges::check(self, &statement)?;
        if matches!(statement.kind, StatementKind::Truncate) {
            self.commit_before()?;
        }
        while self.locked(&statement)? {
            statement = self.understood(&sql)?;
        }
        self.dispatch(&statement, &sql)
    }

    fn understood(&self, sql: &str) -> Result<Statement, Failure> {
        let path = self.session.search_path();
        let catalog = Catalog { connection: &self.session.connection, search_path: &path };
        redshift_dialect::translate(sql, &catalog).map_err(|error| Failure::error(error.to_string()))
    }

    /// Takes the statement's locks; true when others changed something meanwhile, so that the statement must be looked at again.
    fn locked(&mut self, statement: &Statement) -> Result<bool, Failure> {
        let path = self.session.search_path();
        let tables = plan::locks(statement, &Catalog { connection: &self.session.connection, search_path: &path });
        if tables.is_empty() {
            return Ok(false);
        }
        self.session.lock(self.engine, self.record, &tables)
    }

    /// Refuses statements that Redshift bars from transaction blocks.
    fn check_block(&self, kind: &StatementKind) -> Result<(), Failure> {
        let what = match kind {
            StatementKind::Vacuum => "VACUUM",
            StatementKind::AlterAppend(_) => "ALTER TABLE APPEND",
            StatementKind::AlterColumnType { .. } => "ALTER TABLE ALTER COLUMN",
            _ => return Ok(()),
        };
        if self.session.in_block() {
            return Err(Failure::error(format!("{what} cannot run inside a transaction block")));
        }
        Ok(())
    }

    fn dispatch(&mut self, statement: &Statement, sql: &str) -> Result<Outcome, Failure> {
        match &statement.kind {
            StatementKind::Query | StatementKind::Explain => self.query(statement),
            StatementKind::Insert | StatementKind::Update | StatementKind::Delete | StatementKind::Merge => {
                self.change(statement)
            }
            StatementKind::Truncate => {
                let rows = self.execute(statement)?;
                self.commit_before()?;
                Ok(Outcome::changed(rows))
            }
            StatementKind::Begin => {
                self.session.state = State::Open;
                Ok(Outcome::default())
            }
            StatementKind::Commit => self.session.commit(self.engine, self.query_id).map(|()| Outcome::default()),
            StatementKind::Rollback => {
                self.session.rollback(self.engine);
                Ok(Outcome::default())
            }
            StatementKind::Lock { tables } => match tables.iter().find(|table| self.table(table).is_none()) {
                Some(missing) => Err(Failure::error(format!("relation \"{missing}\" does not exist"))),
                None => Ok(Outcome::default()),
            },
            StatementKind::Copy => copying::copy(self, sql),
            StatementKind::Unload => Err(Failure::error("redshift-local does not know UNLOAD")),
            StatementKind::Set { name, value } => settings::set(self, name, value.as_deref()),
            StatementKind::Reset { name } => settings::reset(self, name.as_deref()),
            StatementKind::Show { name } => settings::show(self, name),
            StatementKind::Vacuum | StatementKind::Analyze | StatementKind::Comment => Ok(Outcome::default()),
            StatementKind::CreateUser { name } => privileges::create_user(self, name).map(|()| Outcome::default()),
            StatementKind::DropUser { names, if_exists } => {
                privileges::drop_user(self, names, *if_exists).map(|()| Outcome::default())
            }
            StatementKind::Grant(grant) => privileges::grant(self, grant).map(|()| Outcome::default()),
            _ => {
                let created = privileges::creation(self, statement)?;
                let outcome = ddl::run(self, statement, sql)?;
                privileges::follow(self, statement, created.as_ref())?;
                Ok(outcome)
            }
        }
    }

    fn change(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        self.session.begin(true)?;
        self.resolve_views(statement)?;
        let rows = self.execute(statement)?;
        if matches!(statement.kind, StatementKind::Delete) {
            return Ok(Outcome::changed(rows));
        }
        let relations = relation_names(statement);
        let inserted_only = matches!(statement.kind, StatementKind::Insert);
        for table in statement.writes.iter().filter_map(|relation| self.table(relation)) {
            enforce::lengths(
                self.session,
                &table,
                inserted_only,
                Context { relations: &relations, query_id: self.query_id },
            )?;
        }
        Ok(Outcome::changed(rows))
    }

    fn query(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        self.resolve_views(statement)?;
        self.session.begin(false)?;
        let Some((last, first)) = statement.sql.split_last() else {
            return Ok(Outcome::default());
        };
        for sql in first {
            self.session.connection.execute_batch(sql).map_err(|error| self.failed(&error, statement))?;
        }
        let tables: Vec<Table> = statement.reads.iter().filter_map(|relation| self.table(relation)).collect();
        self.rows(last, &tables, statement)
    }

    fn resolve_views(&self, statement: &Statement) -> Result<(), Failure> {
        let relations = relation_names(statement);
        let context = Context { relations: &relations, query_id: self.query_id };
        views::resolve(self.engine, self.session, &statement.reads, context)
    }

    /// The rows of a query, fetched while DuckDB computes them.
    fn rows(&self, sql: &str, tables: &[Table], statement: &Statement) -> Result<Outcome, Failure> {
        let failed = |error: duckdb::Error| self.failed(&error, statement);
        let mut prepared = self.session.connection.prepare(sql).map_err(failed)?;
        drop(prepared.stream_arrow([]).map_err(failed)?);
        let columns = (0..prepared.column_count()).map(|at| {
            let label = prepared.column_name(at).map(String::as_str).unwrap_or_default();
            Column::of_result(label, value_type(&prepared.column_logical_type(at)), tables)
        });
        let mut builder = Builder::new(columns.collect(), self.record.request.format);
        while let Some(chunk) = prepared.step().map_err(failed)? {
            builder.push(&chunk).map_err(|error| too_large(&error))?;
            if self.record.is_cancelled() {
                return Err(Failure::Cancelled);
            }
        }
        let result = builder.finish().map_err(|error| too_large(&error))?;
        Ok(Outcome { rows: i64::try_from(result.rows).unwrap_or(i64::MAX), result: Some(Arc::new(result)) })
    }

    /// A statement that was cancelled may fail with any error on its way out.
    fn cancelled_or(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Error(_) if self.record.is_cancelled() => Failure::Cancelled,
            other => other,
        }
    }
}

/// The relations of a statement as it names them, those it writes last.
pub(crate) fn relation_names(statement: &Statement) -> Vec<String> {
    let reads = statement.reads.iter().filter(|relation| !statement.writes.contains(relation));
    reads.chain(&statement.writes).map(ToString::to_string).collect()
}

fn too_large(error: &ResultError) -> Failure {
    Failure::error(error.to_string())
}
