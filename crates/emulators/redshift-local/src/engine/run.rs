//! One statement: understood, locked, run.

use super::catalog::Table;
use super::columns::{Column, value_type};
use super::copying::Surroundings;
use super::errors::Failure;
use super::execution::Execution;
use super::history::Record;
use super::outcome::Outcome;
use super::results::{Builder, ResultError};
use super::session::{Session, State};
use super::settings::Faults;
use super::warehouse::Engine;
use super::{copying, ddl, enforce, names, plan, privileges, settings, views};
use crate::scan;
use redshift_copy::S3Objects;
use redshift_dialect::{Statement, StatementKind};

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
                self.session.rollback();
                Err(Failure::Cancelled)
            }
            Ok(outcome) if !self.session.in_block() => self.session.commit(self.query_id).map(|()| outcome),
            Ok(outcome) => Ok(outcome),
            Err(failure) => {
                let in_block = self.session.in_block();
                self.session.rollback();
                if in_block {
                    self.session.state = State::Failed;
                }
                Err(self.cancelled_or(failure))
            }
        }
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
                    self.session.rollback();
                    Ok(Outcome::default())
                }
                _ => Err(Failure::error(
                    "current transaction is aborted, commands ignored until end of transaction block",
                )),
            };
        }
        self.check_block(&statement.kind)?;
        self.check_sources(&statement)?;
        privileges::check(&self.session.catalog(), self.user(), self.engine.database(), &statement)?;
        if matches!(statement.kind, StatementKind::Truncate) {
            self.session.commit_before(self.query_id)?;
        }
        while self.locked(&statement)? {
            statement = self.understood(&sql)?;
        }
        self.dispatch(&statement, &sql)
    }

    fn understood(&self, sql: &str) -> Result<Statement, Failure> {
        redshift_dialect::translate(sql, &self.session.catalog()).map_err(|error| Failure::error(error.to_string()))
    }

    /// Takes the statement's locks; true when others changed something meanwhile, so that the statement must be looked at again.
    fn locked(&mut self, statement: &Statement) -> Result<bool, Failure> {
        let tables = plan::locks(statement, &self.session.catalog());
        if tables.is_empty() {
            return Ok(false);
        }
        self.session.lock(&tables, || self.record.is_cancelled())
    }

    /// Refuses relations that are not there, before DuckDB looks for them in places of its own. A view that binds late may name them.
    fn check_sources(&self, statement: &Statement) -> Result<(), Failure> {
        let catalog = self.session.catalog();
        match &statement.kind {
            StatementKind::CreateView { late_binding: true, .. } | StatementKind::Unload => Ok(()),
            StatementKind::Insert
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::Merge
            | StatementKind::Truncate => catalog.check_known(statement.reads.iter().chain(&statement.writes)),
            _ => catalog.check_known(&statement.reads),
        }
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
                let rows = Execution::new(self.session, statement, self.query_id).execute()?;
                self.session.commit_before(self.query_id)?;
                Ok(Outcome::changed(rows))
            }
            StatementKind::Begin => {
                self.session.state = State::Open;
                Ok(Outcome::default())
            }
            StatementKind::Commit => self.session.commit(self.query_id).map(|()| Outcome::default()),
            StatementKind::Rollback => {
                self.session.rollback();
                Ok(Outcome::default())
            }
            StatementKind::Lock { tables } => {
                let catalog = self.session.catalog();
                tables.iter().try_for_each(|table| catalog.existing(table).map(|_| ())).map(|()| Outcome::default())
            }
            StatementKind::Copy => {
                copying::copy(self.session, &surroundings(self.engine, self.record), sql, self.query_id)
            }
            StatementKind::Unload => Err(Failure::error("redshift-local does not know UNLOAD")),
            StatementKind::Vacuum | StatementKind::Analyze | StatementKind::Comment => Ok(Outcome::default()),
            StatementKind::Set { .. } | StatementKind::Reset { .. } | StatementKind::Show { .. } => {
                self.setting(statement)
            }
            StatementKind::CreateUser { .. } | StatementKind::DropUser { .. } | StatementKind::Grant(_) => {
                self.privilege(statement).map(|()| Outcome::default())
            }
            _ => self.definition(statement, sql),
        }
    }

    fn setting(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        let faults = Faults { conflicts: &self.engine.config.conflicts, stops: &self.engine.stops };
        match &statement.kind {
            StatementKind::Set { name, value } => settings::set(self.session, &faults, name, value.as_deref()),
            StatementKind::Reset { name } => settings::reset(self.session, &faults, name.as_deref()),
            StatementKind::Show { name } => settings::show(self.session, name, self.record.request.format),
            _ => Ok(Outcome::default()),
        }
    }

    fn privilege(&mut self, statement: &Statement) -> Result<(), Failure> {
        match &statement.kind {
            StatementKind::CreateUser { name } => privileges::create_user(self.session, name),
            StatementKind::DropUser { names, if_exists } => privileges::drop_user(self.session, names, *if_exists),
            StatementKind::Grant(grant) => privileges::grant(self.session, self.engine.database(), grant),
            _ => Ok(()),
        }
    }

    /// Statements that create, change or drop objects; the privileges follow them.
    fn definition(&mut self, statement: &Statement, sql: &str) -> Result<Outcome, Failure> {
        let created = privileges::creation(&self.session.catalog(), self.user(), statement)?;
        let definitions = &self.engine.definitions;
        let outcome = ddl::run(&mut Execution::new(self.session, statement, self.query_id), definitions, sql)?;
        privileges::follow(&self.session.catalog(), statement, created.as_ref())?;
        Ok(outcome)
    }

    fn change(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        let definitions = &self.engine.definitions;
        let mut execution = Execution::new(self.session, statement, self.query_id);
        execution.session.begin(true)?;
        views::resolve(definitions, execution.session, &statement.reads, execution.context())?;
        let rows = execution.execute()?;
        if matches!(statement.kind, StatementKind::Delete) {
            return Ok(Outcome::changed(rows));
        }
        let inserted_only = matches!(statement.kind, StatementKind::Insert);
        let catalog = execution.catalog();
        for table in statement.writes.iter().filter_map(|relation| catalog.find(relation)) {
            enforce::lengths(catalog.connection, &table, inserted_only, execution.context())?;
        }
        Ok(Outcome::changed(rows))
    }

    fn query(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        let definitions = &self.engine.definitions;
        let execution = Execution::new(self.session, statement, self.query_id);
        views::resolve(definitions, execution.session, &statement.reads, execution.context())?;
        execution.session.begin(false)?;
        let Some((last, first)) = statement.sql.split_last() else {
            return Ok(Outcome::default());
        };
        first.iter().try_for_each(|sql| execution.run(sql))?;
        rows(&execution, last, &execution.sources(), self.record)
    }

    /// The user that the request names.
    fn user(&self) -> Option<&str> {
        self.record.request.target.db_user.as_deref()
    }

    /// A statement that was cancelled may fail with any error on its way out.
    fn cancelled_or(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Error(_) if self.record.is_cancelled() => Failure::Cancelled,
            other => other,
        }
    }
}

/// What a COPY of this request reaches.
fn surroundings<'a>(engine: &'a Engine, record: &'a Record) -> Surroundings<'a> {
    Surroundings {
        objects: engine.config.s3.clone().map(|client| S3Objects::new(client, engine.runtime.clone())),
        definitions: &engine.definitions,
        database: engine.database(),
        cancel: record.cancel_flag(),
    }
}

/// The rows of a query, fetched while DuckDB computes them.
fn rows(execution: &Execution<'_>, sql: &str, tables: &[Table], record: &Record) -> Result<Outcome, Failure> {
    let failed = |error: duckdb::Error| execution.failed(&error);
    let mut prepared = execution.session.connection.prepare(sql).map_err(failed)?;
    drop(prepared.stream_arrow([]).map_err(failed)?);
    let columns = (0..prepared.column_count()).map(|at| {
        let label = prepared.column_name(at).map(String::as_str).unwrap_or_default();
        Column::of_result(label, value_type(&prepared.column_logical_type(at)), tables)
    });
    let mut builder = Builder::new(columns.collect(), record.request.format);
    while let Some(chunk) = prepared.step().map_err(failed)? {
        builder.push(&chunk).map_err(|error| too_large(&error))?;
        if record.is_cancelled() {
            return Err(Failure::Cancelled);
        }
    }
    builder.finish().map(Outcome::returned).map_err(|error| too_large(&error))
}

fn too_large(error: &ResultError) -> Failure {
    Failure::error(error.to_string())
}
