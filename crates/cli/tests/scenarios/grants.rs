//! The functions may do what was granted to their user; what they lack is named, and `landfall migrate` grants it.

use loads::OutcomeKind;

use crate::support::{CommandOutput, Landfall, SHAPES, assert_says, csv, landfall};

const USER: &str = "IAMR:landfall-load-redshift";

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_lacks_a_grant_says_so_and_migrate_gives_it() {
    let landfall = Landfall::start(SHAPES).await;
    assert_eq!(landfall.load("plain/a.csv", csv(3, "x", 1)).await, 3);
    landfall.rows(&format!("revoke insert on shapes.plain from \"{USER}\"")).await;
    let outcome = landfall.deliver("plain/a.csv", csv(4, "x", 1)).await;
    assert_eq!(outcome.outcome, OutcomeKind::Failed, "{outcome}");
    assert_says(
        &outcome.to_string(),
        &["step copy failed", "permission denied for relation plain", "landfall migrate --grant-to", "keeps its rows"],
    );
    assert_eq!(landfall.one("select count(*) from shapes.plain").await, "3");
    let state = landfall.state();
    let place = ["--state", state.to_str().unwrap(), "--pipelines", SHAPES];
    let granted = CommandOutput::good(&[["migrate", "--grant-to", USER].as_slice(), &place].concat());
    assert_says(&granted, &["done  grant select, insert, delete on table ", "shapes.plain"]);
    assert!(!granted.contains("create user"), "{granted}");
    assert_eq!(landfall.load("plain/a.csv", csv(4, "x", 1)).await, 4);
}

#[test]
fn a_rehearsal_shows_every_grant() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let place = ["--state", state.to_str().unwrap(), "--pipelines", SHAPES];
    let nobody = landfall(&["migrate", "--grant-to", ""]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(2), "a user has a name");
    let rehearsal = ["migrate", "--dry-run", "--grant-to", "IAMR:etl"];
    let shown = CommandOutput::good(&[rehearsal.as_slice(), &place].concat());
    assert_says(
        &shown,
        &[
            "CREATE USER \"IAMR:etl\" PASSWORD DISABLE;\n",
            "GRANT USAGE ON SCHEMA \"landfall\", \"shapes\" TO \"IAMR:etl\";\n",
            "GRANT SELECT, INSERT, UPDATE ON TABLE \"landfall\".\"loads\" TO \"IAMR:etl\";\n",
            "nothing was changed",
        ],
    );
}
