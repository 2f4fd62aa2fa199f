//! The process dies, or a load is cancelled, before any statement of its transaction.

use loads::OutcomeKind;
use samples::flights::write_airlines;

use crate::support::{Landfall, Process, SHIPPED, flights, rows, until, warehouse};

/// Two deliveries that differ in their number of rows.
const ROWS: [u64; 2] = [300, 500];

const STATE_OF_TABLE: &str = "select count(*), sum(distance) from flights.flights";

/// What a file brings into the table, counted in the file itself.
fn contents(file: &[u8]) -> String {
    let text = std::str::from_utf8(file).unwrap();
    let distances = text.lines().skip(1).map(|line| line.split(',').nth(17).unwrap().parse::<u64>().unwrap());
    format!("{}|{}", text.lines().count() - 1, distances.sum::<u64>())
}

/// Asks the database of a process that is dead, through the emulator alone, so that no load goes on.
async fn left_behind(landfall: &Landfall, sqls: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let database = landfall.state().join("warehouse.duckdb");
    let mut process =
        Process::spawn(folder.path(), &["redshift", "--port", "0", "--database", database.to_str().unwrap()]);
    let endpoint = until("landfall redshift", async || {
        process.assert_alive();
        let printed = process.printed();
        let line = printed.lines().find(|line| line.contains("export"))?;
        Some(line.rsplit_once('=')?.1.to_owned())
    })
    .await;
    let warehouse = warehouse(&endpoint);
    let mut answers = Vec::new();
    for sql in sqls {
        answers.extend(rows(&warehouse, sql).await);
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_is_a_bad_one_to_die_before() {
    let mut landfall = Landfall::start(SHIPPED).await;
    let files = ROWS.map(flights);
    let mut airlines = Vec::new();
    write_airlines(&mut airlines).unwrap();
    landfall.load("flights/airlines.json", airlines).await;
    assert_eq!(landfall.load("flights/flights.csv", files[0].clone()).await, ROWS[0]);
    let mut before = contents(&files[0]);
    let (mut number, mut cancelled) = (1, 0);
    loop {
        let file = &files[number % 2];
        landfall.stop_before(number).await;
        let upload = landfall.upload("flights/flights.csv", file.clone()).await;
        let statements = landfall.record(&upload).await.plan.steps.len();
        let batch = landfall.stopped_before(&upload, number).await;
        let ledger = format!("select count(*) from landfall.loads where load_id = '{}'", upload.id());
        // Every other time somebody cancels the load instead, and the vendor uploads the file again.
        let upload = if number.is_multiple_of(2) {
            landfall.warehouse.cancel(&batch).await.unwrap();
            assert_eq!(landfall.outcome(&upload).await.outcome, OutcomeKind::Cancelled);
            landfall.stop_before(0).await;
            cancelled += 1;
            assert_eq!(landfall.failures(cancelled).await.len(), cancelled);
            assert_eq!(landfall.one(STATE_OF_TABLE).await, before, "cancelled before statement {number}");
            assert_eq!(landfall.one(&ledger).await, "0", "cancelled before statement {number}");
            landfall.upload("flights/flights.csv", file.clone()).await
        } else {
            landfall.kill();
            let left = left_behind(&landfall, &[STATE_OF_TABLE, &ledger]).await;
            assert_eq!(left, [before.as_str(), "0"], "killed before statement {number}");
            landfall.restart().await;
            upload
        };
        let outcome = landfall.outcome(&upload).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{outcome}");
        before = contents(file);
        assert_eq!(landfall.one(STATE_OF_TABLE).await, before, "after statement {number}");
        let ledger =
            format!("select count(*), bool_and(trusted) from landfall.loads where load_id = '{}'", upload.id());
        assert_eq!(landfall.one(&ledger).await, "1|true");
        // One more than there are statements is the commit.
        if number > statements {
            break;
        }
        number += 1;
    }
    assert!(number > 15, "the flights have fewer statements than they had: {number}");
}
