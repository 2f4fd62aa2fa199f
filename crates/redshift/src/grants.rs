//! What the functions' database user may do: what a load and its outcome run, on exactly the tables that they run it on.

use std::collections::{BTreeMap, BTreeSet};

use pipeline::{CheckRule, Dataset, LoadMode, Project, TableRef};

use crate::ledger;
use crate::migrate::{Action, schemas};
use crate::sql::{identifier, literal, table};

/// A privilege on a table or view, in the order in which a GRANT names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
}

impl Privilege {
    fn word(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        }
    }
}

use Privilege::{Delete, Insert, Select, Truncate, Update};

type Needs = BTreeMap<TableRef, BTreeSet<Privilege>>;

/// Asks whether there is a user of this name: one row, or none. Whether the catalog keeps upper case in a quoted name is not documented.
pub fn user_query(user: &str) -> String {
    format!("SELECT usename FROM pg_user WHERE LOWER(usename) = {}", literal(&user.to_lowercase()))
}

/// What lets a database user run the loads of a project, after [`crate::migrate::plan`]; granting again changes nothing.
///
/// Nothing is revoked. `exists` says whether [`user_query`] found the user; without it the user is made, with which nobody can sign in by a
/// password: the user of an IAM role is `IAMR:<role>`. Source: Redshift management guide, "Using IAM authentication to generate database user
/// credentials"; developer guide, "GRANT".
pub fn plan(project: &Project, database: &str, user: &str, exists: bool) -> Vec<Action> {
    let to = identifier(user).to_string();
    let mut actions = Vec::new();
    if !exists {
        let sql = format!("CREATE USER {to} PASSWORD DISABLE");
        actions.push(Action { title: format!("create user {user}"), sql: vec![sql] });
    }
    let mut grant = |what: &str, on: &str, names: Vec<String>| {
        let sql = format!("GRANT {what} ON {on} {} TO {to}", names.join(", "));
        let title = format!("grant {} on {} {} to {user}", what.to_lowercase(), on.to_lowercase(), names.join(", "));
        actions.push(Action { title: title.replace('"', ""), sql: vec![sql] });
    };
    grant("TEMP", "DATABASE", vec![identifier(database).to_string()]);
    grant("USAGE", "SCHEMA", schemas(project).iter().map(|name| identifier(name).to_string()).collect());
    let mut alike: BTreeMap<BTreeSet<Privilege>, Vec<String>> = BTreeMap::new();
    for (name, privileges) in needs(project) {
        alike.entry(privileges).or_default().push(table(&name).to_string());
    }
    for (privileges, names) in alike {
        let what = privileges.into_iter().map(Privilege::word).collect::<Vec<_>>().join(", ");
        grant(&what, "TABLE", names);
    }
    actions
}

/// Everything that is read or written by somebody's load.
fn needs(project: &Project) -> Needs {
    let mut needs = Needs::new();
    let mut need = |name: &TableRef, privileges: &[Privilege]| {
        needs.entry(name.clone()).or_default().extend(privileges);
    };
    need(&ledger_table("loads"), &[Select, Insert, Update]);
    need(&ledger_table("failures"), &[Select, Insert]);
    // LOCK needs some of these; the guide does not say which. The tables are empty.
    let lock = [Select, Insert, Update, Delete];
    need(&ledger_table("failures_lock"), &lock);
    for pipeline in &project.pipelines {
        // Checks may read what the pipelines have.
        pipeline.tables.iter().for_each(|table| need(&table.name, &[Select]));
        pipeline.views.iter().for_each(|view| need(&view.name, &[Select]));
    }
    for dataset in project.datasets() {
        need(&ledger_table(&ledger::lock_name(&dataset.table)), &lock);
        need(&dataset.table, loading(dataset));
        for check in &dataset.checks {
            if let CheckRule::References { table, .. } = &check.rule {
                need(table, &[Select]);
            }
        }
    }
    needs
}

fn loading(dataset: &Dataset) -> &'static [Privilege] {
    match dataset.mode {
        LoadMode::Replace { .. } => &[Select, Insert, Delete],
        LoadMode::Append => &[Select, Insert],
        LoadMode::Merge { .. } => &[Select, Insert, Update, Delete],
        LoadMode::Truncate => &[Select, Insert, Delete, Truncate],
    }
}

fn ledger_table(name: &str) -> TableRef {
    TableRef { schema: ledger::SCHEMA.to_owned(), name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use pipeline::SourceFile;

    use super::*;

    const PIPELINE: &str = r#"
        description = "A shop"

        [datasets.orders]
        description = "Orders"
        key = "shop/orders.csv"
        table = "shop.orders"
        mode = "merge"
        merge_key = ["id"]
        format = { type = "csv" }
        expect.references = [{ column = "id", table = "shop.customers", target = "id" }]

        [datasets.prices]
        description = "Prices"
        key = "shop/prices.csv"
        table = "shop.prices"
        mode = "truncate"
        format = { type = "csv" }

        [datasets.customers]
        description = "Customers"
        key = "shop/customers.csv"
        table = "shop.customers"
        mode = "append"
        format = { type = "csv" }
    "#;

    fn project() -> Project {
        let table = |name: &str| format!("CREATE TABLE IF NOT EXISTS shop.{name} (id INTEGER)");
        let view = "CREATE VIEW shop.totals AS SELECT COUNT(*) AS n FROM shop.orders WITH NO SCHEMA BINDING";
        let files = [
            ("shop/pipeline.toml", PIPELINE.to_owned()),
            ("shop/tables/orders.sql", table("orders")),
            ("shop/tables/prices.sql", table("prices")),
            ("shop/tables/customers.sql", table("customers")),
            ("shop/views/totals.sql", view.to_owned()),
        ];
        pipeline::parse(&files.map(|(path, text)| SourceFile { path: path.to_owned(), text })).unwrap()
    }

    #[test]
    fn each_table_has_what_its_loads_need() {
        let sqls: Vec<String> =
            plan(&project(), "dev", "IAMR:loader", false).into_iter().flat_map(|action| action.sql).collect();
        insta::assert_snapshot!(sqls.join("\n"));
    }

    #[test]
    fn a_user_that_is_there_is_not_made_again() {
        let (new, known) = (plan(&project(), "dev", "x", false), plan(&project(), "dev", "x", true));
        assert_eq!((new[0].title.as_str(), &new[1..]), ("create user x", &known[..]));
    }

    #[test]
    fn names_stay_in_their_quotes() {
        assert!(user_query("o'x").ends_with("= 'o''x'"));
        let actions = plan(&project(), "d\"b", "a\"; drop", true);
        assert_eq!(actions[0].sql, ["GRANT TEMP ON DATABASE \"d\"\"b\" TO \"a\"\"; drop\""]);
    }
}
