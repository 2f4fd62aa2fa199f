//! The commands as a person types them: what they print, how they end, and in which words they fail.

use std::fs;

use crate::support::{CommandOutput, Landfall, SHAPES, SHIPPED, assert_says, csv, landfall};

/// A state folder of its own, and the arguments that name it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn with(&self, arguments: &[&str]) -> Vec<String> {
        let place = ["--state".to_owned(), self.path("state"), "--pipelines".to_owned(), SHAPES.to_owned()];
        arguments.iter().map(|argument| (*argument).to_owned()).chain(place).collect()
    }

    fn good(&self, arguments: &[&str]) -> String {
        CommandOutput::good(&self.with(arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn bad(&self, arguments: &[&str]) -> String {
        CommandOutput::bad(&self.with(arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn of(&self, arguments: &[&str]) -> CommandOutput {
        CommandOutput::of(&self.with(arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }
}

#[test]
fn check_names_file_and_line_of_everything_that_is_wrong() {
    let good = CommandOutput::good(&["check", "--pipelines", SHIPPED]);
    assert_says(&good, &["flights.airports", "no problems: 3 datasets"]);
    let place = Place::new();
    let pipelines = place.path("pipelines");
    place.file(
        "pipelines/p/tables/t.sql",
        "CREATE TABLE IF NOT EXISTS p.t (\n    id INTEGER NOT NULL,\n    name VARCHAR(20)\n);\n",
    );
    place.file(
        "pipelines/p/pipeline.toml",
        "description = \"p\"\n\n[datasets.t]\ndescription = \"t\"\nkey = \"t/{n}.csv\"\ntabel = \"p.t\"\ntable = \"p.t\"\n\n\
         [datasets.t.format]\ntype = \"csv\"\n\n[datasets.t.expect]\nnot_null = [\"nam\"]\n",
    );
    let answer = CommandOutput::of(&["check", "--pipelines", &pipelines]);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert_says(&answer.out, &["p/pipeline.toml:6", "tabel", "problem"]);
    place.file(
        "pipelines/p/pipeline.toml",
        "description = \"p\"\n\n[datasets.t]\ndescription = \"t\"\nkey = \"t/{n}.csv\"\ntable = \"p.u\"\n\n\
         [datasets.t.format]\ntype = \"csv\"\n",
    );
    let answer = CommandOutput::of(&["check", "--pipelines", &pipelines, "--json"]);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    let problems: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert!(!problems.as_array().unwrap().is_empty());
    assert_says(&CommandOutput::bad(&["check", "--pipelines", &place.path("nowhere")]), &["nowhere"]);
    assert_says(
        &CommandOutput::bad(&["query", "select 1", "--pipelines", &pipelines, "--state", &place.path("s")]),
        &["are not valid"],
    );
}

#[test]
fn plan_shows_the_statements_and_runs_none() {
    let place = Place::new();
    let file = place.file("plain/p.csv", csv(3, "x", 1));
    let shown = place.good(&["plan", &file]);
    let mut at = 0;
    for statement in [
        "LOCK landfall.\"lock_shapes_plain\";",
        "guard duplicate",
        "guard superseded",
        "DELETE FROM \"shapes\".\"plain\";",
        "COPY \"shapes\".\"plain\" (\"id\", \"name\", \"amount\") FROM",
        "check unique(id)",
        "INSERT INTO landfall.loads",
    ] {
        let found = shown[at..].find(statement);
        at += found.unwrap_or_else(|| panic!("{statement:?} is not next in:\n{shown}"));
    }
    assert!(!fs::exists(place.path("state")).unwrap(), "a plan needs no state");
    let json: serde_json::Value = serde_json::from_str(&place.good(&["plan", &file, "--json"])).unwrap();
    assert_eq!(json["dataset"], "plain");
    let wrong = place.file("plain/w.csv", "id,nam,amount\n1,x,1\n");
    assert_says(&place.bad(&["plan", &wrong]), &["would be refused", "column name is missing", "\"nam\""]);
    assert_says(&place.bad(&["plan", &place.path("plain/nowhere.csv")]), &["nowhere.csv"]);
    let stray = place.file("stray.txt", "x");
    assert_says(&place.bad(&["plan", &stray]), &["no dataset takes", "--key", "plain/{name}.csv"]);
}

#[test]
fn load_and_query_speak_to_people_and_to_scripts() {
    let place = Place::new();
    let good = place.file("plain/good.csv", "id,name,amount\n1,x,5\n2,é,\n");
    let bad = place.file("plain/bad.csv", "id,name,amount\n1,x,5\n2,y,many\n");
    let answer = place.of(&["load", &good, &bad]);
    assert_eq!((answer.code, answer.err.as_str()), (Some(1), ""), "{answer:?}");
    assert_says(
        &answer.out,
        &["OUTCOME", "loaded", "unreadable", "plain/bad.csv:3: column amount", "\"many\"", "the table keeps its rows"],
    );
    let answer = place.of(&["load", &bad, "--json"]);
    let outcomes: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(
        (answer.code, &outcomes[0]["outcome"], &outcomes[0]["lines"][0]["line"]),
        (Some(1), &"unreadable".into(), &3.into())
    );

    let json =
        place.good(&["query", "--json", "select id, name, amount, id = 1 as first from shapes.plain order by id"]);
    assert_eq!(
        json,
        "[{\"amount\":5,\"first\":true,\"id\":1,\"name\":\"x\"},{\"amount\":null,\"first\":false,\"id\":2,\"name\":\"é\"}]\n"
    );
    assert_says(&place.good(&["query", "select name from shapes.plain order by id"]), &["name", "x", "é"]);
    assert_says(&place.good(&["query", "select * from shapes.lenient"]), &["(no rows)"]);
    assert_says(&place.good(&["query", "select outcome from landfall.failures"]), &["unreadable"]);
    for (sql, says) in [
        ("select nope from shapes.plain", "column \"nope\" does not exist"),
        ("select * from shapes.nope", "relation \"shapes.nope\" does not exist"),
        ("selec 1", "syntax error"),
        ("select 1; select 2", "multiple commands"),
        ("", "sql"),
    ] {
        assert_says(&place.bad(&["query", sql]).to_lowercase(), &[says]);
    }
    assert_says(&place.bad(&["load", &place.path("plain/gone.csv")]), &["gone.csv"]);
    assert_says(
        &place.bad(&["load", &good, "--key", "nowhere/x.csv"]),
        &["nowhere/x.csv", "no dataset takes this key"],
    );
    assert_says(&place.bad(&["load", &good, &bad, "--key", "plain/x.csv"]), &["--key"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_use_the_cloud_that_runs_and_a_second_one_is_refused() {
    let landfall = Landfall::start(SHAPES).await;
    landfall.load("plain/a.csv", csv(3, "x", 1)).await;
    let state = landfall.state();
    let place = ["--state", state.to_str().unwrap(), "--pipelines", SHAPES];
    let with = |arguments: &[&'static str]| [arguments, &place].concat();
    assert_says(&CommandOutput::good(&with(&["query", "select count(*) as n from shapes.plain"])), &["3"]);
    let error = CommandOutput::bad(&with(&["local", "--s3-port", "0", "--redshift-port", "0", "--events-port", "0"]));
    assert_says(&error, &["is used by process", "choose another folder"]);
    assert_says(&landfall.process().printed(), &["loaded     plain/a.csv  3 rows into shapes.plain"]);
    let outcome = landfall.deliver("plain/a.csv", "id,name,amount\n1,x,many\n").await;
    crate::support::until("the outcome in print", async || {
        landfall.process().printed().contains(&outcome.to_string()).then_some(())
    })
    .await;
}

#[test]
fn sample_makes_files_and_lists_what_can_be_broken() {
    let place = Place::new();
    let out = place.path("inbox");
    assert_says(
        &CommandOutput::good(&["sample", "flights", "--rows", "100", "--out", &out]),
        &["flights.csv", "100", "airlines.json"],
    );
    assert_eq!(fs::read_to_string(place.path("inbox/flights/flights.csv")).unwrap().lines().count(), 101);
    assert_says(&CommandOutput::good(&["sample", "flights", "--broken", "list"]), &["wrong-type", "truncated-gzip"]);
    assert_says(
        &CommandOutput::bad(&["sample", "flights", "--rows", "9", "--out", &out, "--broken", "bent"]),
        &["`bent`", "wrong-type"],
    );
}

#[test]
fn demo_shows_the_whole_of_it() {
    let place = Place::new();
    let shown = CommandOutput::good(&["demo", "--rows", "1000", "--pipelines", SHIPPED, "--keep", &place.path("demo")]);
    assert_says(
        &shown,
        &[
            "flights/flights.csv",
            "1,000",
            "view flights.delayed_flights_agg",
            "a broken upload",
            "column distance",
            "\"n/a\"",
            "still has its 1,000 rows",
        ],
    );
    let usage = landfall(&["lod"]).output().unwrap();
    assert_eq!(usage.status.code(), Some(2), "a wrong command is a wrong usage");
}

#[test]
fn a_folder_without_the_functions_binaries_is_said_with_what_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(path("functions")).unwrap();
    std::fs::write(path("functions/load-redshift"), "").unwrap();
    let (state, functions) = (path("state"), path("functions"));
    let mut arguments = vec!["local", "--state", &state, "--pipelines", SHIPPED, "--functions", &functions];
    for port in ["--s3-port", "--redshift-port", "--events-port", "--kinesis-port", "--glue-port", "--collector-port"] {
        arguments.extend([port, "0"]);
    }
    let error = CommandOutput::bad(&arguments);
    assert_says(&error, &[&functions, "no binary of watch-loads, collect-events", "cargo lambda build --lambda-dir"]);
    assert!(!error.contains("load-redshift"), "{error}");
}

#[test]
fn a_cloud_that_does_not_answer_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = CommandOutput::bad(&["local", "--state", &state, "--pipelines", SHIPPED, "--endpoint-url", &url]);
    assert_says(&error, &[&format!("nothing answers at {url:?}"), "start the cloud that listens there"]);
}

#[test]
fn the_examples_have_what_the_pipelines_ask_of_the_infrastructure() {
    let rendered = CommandOutput::good(&["render", "terraform", "--pipelines", SHIPPED]);
    let rendered: serde_json::Value = serde_json::from_str(&rendered).unwrap();
    for example in ["complete", "emulator", "existing-warehouse"] {
        let path = format!(
            "{}/../../infra/terraform/examples/{example}/pipelines.auto.tfvars.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut expected = rendered.clone();
        if example == "existing-warehouse" {
            // Loads alone.
            expected["pipelines"].as_object_mut().unwrap().remove("events");
        }
        let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(written, expected, "{path} is old: write it again with `landfall render terraform`");
    }
}
