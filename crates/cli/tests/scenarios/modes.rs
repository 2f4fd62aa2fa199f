//! What a load does to the rows that are there, and which files it reads.

use loads::OutcomeKind;

use crate::support::{Landfall, SHAPES, assert_says, bzip2, csv, gzip, parquet, zip, zstandard};

#[tokio::test(flavor = "multi_thread")]
async fn every_mode_does_what_it_says() {
    let landfall = Landfall::start(SHAPES).await;
    appended(&landfall).await;
    merged(&landfall).await;
    sliced(&landfall).await;
    truncated(&landfall).await;
}

async fn appended(landfall: &Landfall) {
    let rows = "select id, name from shapes.appended order by id";
    landfall.load("appended/1.csv", "id,name,amount\n1,a,1\n2,b,1\n").await;
    landfall.load("appended/2.csv", "amount,id,name\n1,3,c\n").await;
    assert_eq!(landfall.rows(rows).await, ["1|a", "2|b", "3|c"]);
    let outcome = landfall.deliver("appended/3.csv", "id,name,amount\n4,d,1\n3,again,1\n").await;
    assert_eq!(outcome.outcome, OutcomeKind::Rejected, "{outcome}");
    assert_says(&outcome.to_string(), &["unique(id)", "it found 1, for example 3", "the table keeps its rows"]);
    assert_eq!(landfall.rows(rows).await, ["1|a", "2|b", "3|c"]);
}

async fn merged(landfall: &Landfall) {
    let rows = "select id, name, amount from shapes.merged order by id";
    landfall.load("merged/1.csv", "id,name,amount\n1,a,1\n2,b,1\n").await;
    landfall.load("merged/2.csv", "id,name,amount\n2,changed,2\n3,c,2\n").await;
    assert_eq!(landfall.rows(rows).await, ["1|a|1", "2|changed|2", "3|c|2"]);
    let outcome = landfall.deliver("merged/3.csv", "id,name,amount\n2,x,1\n2,y,1\n").await;
    assert_eq!(outcome.outcome, OutcomeKind::Rejected, "{outcome}");
    assert_says(&outcome.to_string(), &["merge_key(id)", "for example 2"]);
    assert_eq!(landfall.rows(rows).await, ["1|a|1", "2|changed|2", "3|c|2"]);
}

async fn sliced(landfall: &Landfall) {
    let rows = "select month, id, name from shapes.sliced order by month, id";
    landfall.load("sliced/2015-01.csv", "month,id,name,amount\n2015-01,1,a,1\n2015-01,2,b,1\n").await;
    landfall.load("sliced/2015-02.csv", "month,id,name,amount\n2015-02,1,c,1\n").await;
    landfall.load("sliced/2015-01.csv", "month,id,name,amount\n2015-01,9,new,1\n").await;
    assert_eq!(landfall.rows(rows).await, ["2015-01|9|new", "2015-02|1|c"]);
    let outcome =
        landfall.deliver("sliced/2015-02.csv", "month,id,name,amount\n2015-02,1,d,1\n2015-01,1,stray,1\n").await;
    assert_eq!(outcome.outcome, OutcomeKind::Rejected, "{outcome}");
    assert_says(&outcome.to_string(), &["slice(month=2015-02)", "it found 1, for example 2015-01"]);
    assert_eq!(landfall.rows(rows).await, ["2015-01|9|new", "2015-02|1|c"]);
    assert_eq!(
        landfall
            .rows("select slice, rows_loaded from landfall.loads where dataset = 'sliced' order by loaded_at")
            .await,
        ["month=2015-01|2", "month=2015-02|1", "month=2015-01|1"]
    );
}

async fn truncated(landfall: &Landfall) {
    landfall.load("truncated/1.csv", csv(5, "x", 1)).await;
    landfall.load("truncated/1.csv", csv(3, "y", 1)).await;
    assert_eq!(landfall.one("select count(*), min(name) from shapes.truncated").await, "3|y");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_read() {
    let landfall = Landfall::start(SHAPES).await;
    let text = csv(3, "été", 2).into_bytes();
    let latin1: Vec<u8> =
        "id;name;amount\n1;\u{e9}t\u{e9};2\n2;a,b;2\n3;\u{fc};2\n".chars().map(|c| u8::try_from(c).unwrap()).collect();
    for (table, key, body, expected) in [
        ("plain", "plain/a.csv", text.clone(), "3|6|été"),
        ("latin1", "latin1/a.csv", latin1, "3|6|ü"),
        ("gzipped", "gzipped/a.csv.gz", gzip(&text), "3|6|été"),
        ("bzipped", "bzipped/a.csv.bz2", bzip2(&text), "3|6|été"),
        ("zstandard", "zstandard/a.csv.zst", zstandard(&text), "3|6|été"),
        ("zipped", "zipped/a.zip", zip(&[("any name.csv", &text)]), "3|6|été"),
        (
            "lines",
            "lines/a.json",
            "{\"id\": 1, \"name\": \"été\", \"amount\": 2}\n{\"ID\": 2, \"amount\": 2}\n{\"amount\": 2, \"id\": 3}\n"
                .into(),
            "3|6|été",
        ),
        (
            "listed",
            "listed/a.json",
            "[{\"id\": 1, \"The Name\": \"été\", \"amount\": 2},\n {\"id\": 2, \"amount\": 4}]".into(),
            "2|6|été",
        ),
        ("columnar", "columnar/a.parquet", parquet(&[(2, 1, "été"), (4, 2, "a")]), "2|6|été"),
        ("absent", "absent/a.csv", text.clone(), "3|6|été"),
    ] {
        let outcome = landfall.deliver(key, body).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{table}: {outcome}");
        assert_eq!(
            landfall.one(&format!("select count(*), sum(amount), max(name) from shapes.{table}")).await,
            expected,
            "{table}"
        );
    }
    assert_eq!(landfall.one("select distinct note from shapes.absent").await, "none");
}
