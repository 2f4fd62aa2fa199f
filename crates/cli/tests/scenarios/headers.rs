//! The first line of a file: what is mapped, what is refused, and in which words.

use loads::OutcomeKind;

use crate::support::{Landfall, SHAPES, assert_says};

const KEPT: &str = "7|kept|7";

#[tokio::test(flavor = "multi_thread")]
async fn names_decide_and_not_their_order() {
    let landfall = Landfall::start(SHAPES).await;
    for (key, header, row, expected) in [
        ("plain/h.csv", "id,name,amount", "1,x,5", "1|x|5"),
        ("plain/h.csv", "amount,name,id", "5,x,1", "1|x|5"),
        ("plain/h.csv", "ID,Name,AMOUNT", "1,x,6", "1|x|6"),
        ("plain/h.csv", "\"id\",\"name\",\"amount\"", "1,x,7", "1|x|7"),
        ("plain/h.csv", " id , name , amount ", "1,x,8", "1|x|8"),
        ("plain/h.csv", "\u{feff}id,name,amount", "1,x,9", "1|x|9"),
        ("lenient/h.csv", "gate,id,name,amount", "A1,1,x,5", "1|x|5"),
        ("lenient/h.csv", "amount,\"a \"\"gate\"\"\",id,name,seat", "5,A1,1,x,\"1,2\"", "1|x|5"),
    ] {
        let outcome = landfall.deliver(key, format!("{header}\n{row}\n")).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{header}: {outcome}");
        let table = key.split('/').next().unwrap();
        assert_eq!(landfall.one(&format!("select id, name, amount from shapes.{table}")).await, expected, "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_named_and_the_table_keeps_its_rows() {
    let landfall = Landfall::start(SHAPES).await;
    for table in ["plain", "lenient"] {
        landfall.load(&format!("{table}/h.csv"), "id,name,amount\n7,kept,7\n").await;
    }
    let (plain, lenient) = ("plain/h.csv", "lenient/h.csv");
    for (key, header, fragments) in [
        (plain, "id,amount", &["column name is missing"][..]),
        (
            plain,
            "id,nam,amount",
            &["column name is missing (the file has \"nam\")", "column \"nam\" (number 2) is not in the table"],
        ),
        (plain, "id,name,amount,gate", &["column \"gate\" (number 4) is not in the table", "`extra_columns`"]),
        (plain, "id,name,amount,ID", &["column \"ID\" is there twice, as number 1 and number 4"]),
        (plain, "a,b,c", &["no column of the file is one of the table: it has \"a\", \"b\", \"c\""]),
        (plain, "id;name;amount", &["it has \"id;name;amount\""]),
        (plain, "1,x,5", &["no column of the file is one of the table"]),
        (lenient, "id,gate,amount", &["column name is missing"]),
        (lenient, "id,name,amount,Name", &["column \"Name\" is there twice, as number 2 and number 4"]),
    ] {
        let outcome = landfall.deliver(key, format!("{header}\n1,x,5,6\n")).await;
        assert_eq!(outcome.outcome, OutcomeKind::Refused, "{header}: {outcome}");
        let text = outcome.to_string();
        eprintln!("{text}\n");
        assert_says(&text, &[&format!("s3://landing/{key}"), "line 1", "upload it again", "the table keeps its rows"]);
        assert_says(&text, fragments);
        let table = key.split('/').next().unwrap();
        assert_eq!(landfall.one(&format!("select id, name, amount from shapes.{table}")).await, KEPT, "{header}");
    }
    assert_eq!(landfall.failures(9).await.len(), 9);
    assert_eq!(landfall.one("select count(*) from landfall.loads").await, "2");
}
