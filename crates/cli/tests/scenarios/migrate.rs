//! The warehouse follows the DDL, and nothing that holds rows is harmed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{CommandOutput, SHAPES, assert_says};

/// Pipelines that may be changed, and a state of their own.
struct Workshop {
    folder: tempfile::TempDir,
}

impl Workshop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(Path::new(SHAPES), &folder.path().join("pipelines"));
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn with(&self, arguments: &[&str]) -> Vec<String> {
        let place = ["--state".to_owned(), self.path("state"), "--pipelines".to_owned(), self.path("pipelines")];
        arguments.iter().map(|argument| (*argument).to_owned()).chain(place).collect()
    }

    fn good(&self, arguments: &[&str]) -> String {
        CommandOutput::good(&self.with(arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn bad(&self, arguments: &[&str]) -> String {
        CommandOutput::bad(&self.with(arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = PathBuf::from(self.path("pipelines")).join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(|_| ()).unwrap()
        }
    }
}

const NOTHING: &str = "nothing to do: the warehouse has everything\n";

#[test]
fn a_rehearsal_changes_nothing_and_a_repetition_does_nothing() {
    let workshop = Workshop::new();
    let planned = workshop.good(&["migrate", "--dry-run"]);
    assert_says(&planned, &["create schema shapes", "CREATE TABLE IF NOT EXISTS shapes.plain", "nothing was changed"]);
    assert_eq!(workshop.good(&["migrate", "--dry-run"]), planned);
    assert_says(
        &workshop.good(&["migrate", "--dry-run", "--json"]),
        &["\"dry_run\":true", "create view shapes.totals"],
    );
    let done = workshop.good(&["migrate"]);
    assert_says(
        &done,
        &["done  create schema shapes\n", "done  create table shapes.plain\n", "done  create view shapes.totals\n"],
    );
    assert_eq!(workshop.good(&["migrate"]), NOTHING);
    assert_eq!(workshop.good(&["migrate", "--dry-run"]), NOTHING);
}

#[test]
fn a_table_with_rows_gains_columns_and_refuses_other_changes() {
    let workshop = Workshop::new();
    let file = workshop.path("first.csv");
    fs::write(&file, "id,name,amount\n1,x,5\n2,y,6\n").unwrap();
    workshop.good(&["load", &file, "--key", "plain/first.csv"]);

    workshop.edit(
        "shapes/tables/plain.sql",
        "amount INTEGER",
        "amount INTEGER,\n    note   VARCHAR(10) DEFAULT 'none'",
    );
    let planned = workshop.good(&["migrate", "--dry-run"]);
    assert_says(
        &planned,
        &[
            "add column shapes.plain.note",
            "ALTER TABLE \"shapes\".\"plain\" ADD COLUMN",
            "\n1 changes; nothing was changed",
        ],
    );
    assert_eq!(workshop.good(&["migrate", "--dry-run"]), planned);
    assert_eq!(workshop.good(&["migrate"]), "done  add column shapes.plain.note\n");
    let rows = workshop.good(&["query", "--json", "select id, name, amount, note from shapes.plain order by id"]);
    assert_eq!(
        rows,
        "[{\"amount\":5,\"id\":1,\"name\":\"x\",\"note\":\"none\"},{\"amount\":6,\"id\":2,\"name\":\"y\",\"note\":\"none\"}]\n"
    );

    workshop.edit("shapes/tables/plain.sql", "amount INTEGER", "amount BIGINT");
    let conflict = workshop.bad(&["migrate"]);
    assert_says(
        &conflict,
        &[
            "shapes/tables/plain.sql",
            "shapes.plain.amount",
            "the DDL says bigint, the warehouse has integer",
            "change the DDL back",
        ],
    );
    workshop.edit("shapes/tables/plain.sql", "amount BIGINT", "amount INTEGER,\n    gate   VARCHAR(4) NOT NULL");
    let conflict = workshop.bad(&["migrate"]);
    assert_says(&conflict, &["shapes/tables/plain.sql", "shapes.plain.gate", "give it a DEFAULT or allow NULL"]);
    workshop.edit("shapes/tables/plain.sql", ",\n    gate   VARCHAR(4) NOT NULL", "");
    assert_eq!(workshop.good(&["migrate"]), NOTHING);
}

#[test]
fn a_view_is_replaced_when_its_text_changes() {
    let workshop = Workshop::new();
    assert_eq!(workshop.good(&["query", "--json", "select * from shapes.totals"]), "[{\"n\":0,\"total\":null}]\n");
    workshop.edit("shapes/views/totals.sql", "SUM(amount) AS total", "SUM(amount) AS total, MAX(amount) AS largest");
    assert_eq!(workshop.good(&["migrate"]), "done  replace view shapes.totals\n");
    assert_eq!(
        workshop.good(&["query", "--json", "select * from shapes.totals"]),
        "[{\"largest\":null,\"n\":0,\"total\":null}]\n"
    );
    assert_eq!(workshop.good(&["migrate"]), NOTHING);
}
