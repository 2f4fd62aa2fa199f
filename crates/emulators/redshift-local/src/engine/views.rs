//! Views. DuckDB looks at a view's tables anew whenever it is read, so late binding needs help only while those tables do not exist.

use super::catalog::{Catalog, View};
use super::definitions::Definitions;
use super::errors::{Context, Failure, translate};
use super::identifiers::{DATABASE, identifier, quoted};
use super::session::Session;
use redshift_dialect::{Relation, Statement};

/// What CREATE VIEW says.
pub(crate) struct NewView<'a> {
    pub(crate) or_replace: bool,
    pub(crate) late_binding: bool,
    pub(crate) relations: &'a [Relation],
    /// The statement as it was written.
    pub(crate) text: &'a str,
}

/// Creates a view. One that binds late may name tables that do not exist: it is kept as text until it is read.
pub(crate) fn create(
    catalog: &Catalog<'_>,
    statement: &Statement,
    new: &NewView<'_>,
    context: Context<'_>,
) -> Result<(), Failure> {
    let Some(target) = statement.writes.first() else {
        return Err(Failure::error("CREATE VIEW names no view"));
    };
    let schema = target.schema.clone().unwrap_or_else(|| catalog.default_schema());
    let relations = new.relations.iter().map(|relation| {
        let schema = catalog.table(relation.schema.as_deref(), &relation.name).map(|table| table.schema);
        (schema.or_else(|| relation.schema.clone()).unwrap_or_else(|| catalog.default_schema()), relation.name.clone())
    });
    let mut view = View {
        schema,
        name: target.name.clone(),
        late_binding: new.late_binding,
        pending: false,
        relations: relations.collect(),
        statement: new.text.to_owned(),
    };
    // What is not there DuckDB is not asked for: it would look for a file of that name.
    if catalog.check_known(new.relations).is_ok() {
        let created = statement.sql.iter().try_for_each(|sql| catalog.connection.execute_batch(sql));
        match created {
            Ok(()) => {}
            Err(error) if new.late_binding && is_unresolved(&error) => view.pending = true,
            Err(error) => return Err(translate(&error, context)),
        }
    } else {
        view.pending = true;
    }
    if view.pending {
        let replace = if new.or_replace { "or replace " } else { "" };
        let sql = format!("create {replace}view {} as select null as pending", name(&view));
        catalog.connection.execute_batch(&sql).map_err(|error| translate(&error, context))?;
    }
    comment(catalog.connection, &view).map_err(|error| translate(&error, context))
}

/// Makes the views that a statement reads known to DuckDB, now that it reads them.
pub(crate) fn resolve(
    definitions: &Definitions,
    session: &Session,
    reads: &[Relation],
    context: Context<'_>,
) -> Result<(), Failure> {
    for relation in reads {
        let catalog = session.catalog();
        let Some(view) = catalog.view(relation.schema.as_deref(), &relation.name) else { continue };
        let inner: Vec<Relation> =
            view.relations.iter().map(|(schema, name)| Relation::in_schema(schema, name)).collect();
        resolve(definitions, session, &inner, context)?;
        if !view.pending {
            continue;
        }
        if session.has_begun() {
            define(&catalog, &view, context)?;
        } else {
            // On its own, so that a reader's transaction stays one that only reads.
            let connection = definitions.lock();
            define(&Catalog { connection: &connection, search_path: catalog.search_path }, &view, context)?;
        }
    }
    Ok(())
}

/// Drops the views that are bound to a relation and, through them, to each other.
pub(crate) fn drop_dependents(catalog: &Catalog<'_>, schema: &str, relation: &str) -> Result<(), duckdb::Error> {
    for view in catalog.dependents(schema, relation) {
        drop_dependents(catalog, &view.schema, &view.name)?;
        catalog.connection.execute_batch(&format!("drop view if exists {}", name(&view)))?;
    }
    Ok(())
}

fn define(catalog: &Catalog<'_>, view: &View, context: Context<'_>) -> Result<(), Failure> {
    let connection = catalog.connection;
    let relations: Vec<String> = view.relations.iter().map(|(schema, name)| format!("{schema}.{name}")).collect();
    let context = Context { relations: &relations, ..context };
    let statement =
        redshift_dialect::translate(&view.statement, catalog).map_err(|error| Failure::error(error.to_string()))?;
    let Some(create) = statement.sql.last() else { return Ok(()) };
    catalog.check_known(&statement.reads)?;
    let replacing = create.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
    connection.execute_batch(&replacing).map_err(|error| translate(&error, context))?;
    let ready = View { pending: false, ..view.clone() };
    comment(connection, &ready).map_err(|error| translate(&error, context))
}

fn comment(connection: &duckdb::Connection, view: &View) -> Result<(), duckdb::Error> {
    connection.execute_batch(&format!("comment on view {} is {}", name(view), quoted(&view.comment())))
}

fn name(view: &View) -> String {
    format!("{DATABASE}.{}.{}", identifier(&view.schema), identifier(&view.name))
}

/// Whether a name in the statement was not found, which is no reason to refuse a view that binds late.
fn is_unresolved(error: &duckdb::Error) -> bool {
    let text = error.to_string();
    text.starts_with("Binder Error") || (text.starts_with("Catalog Error") && !text.contains("already exists"))
}
