//! Keys that a careless program would misread, split or execute.

use loads::OutcomeKind;

use crate::support::{Landfall, SHAPES, csv, until};

fn hostile_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "named/with spaces  and more.csv",
        "named/a+b.csv",
        "named/100%.csv",
        "named/%2B %41.csv",
        "named/it's.csv",
        "named/say \"hi\".csv",
        "named/été ü 日本.csv",
        "named/e\u{301}.csv",
        "named/'; drop table shapes.named; --.csv",
        "named/back\\slash\\.csv",
        "named/\\'.csv",
        "named/:name ${x} {0} $1.csv",
        "named/a?b#c&d=e;f,g.csv",
        "named/<b>&amp;.csv",
        "named/...csv",
    ]
    .map(str::to_owned)
    .to_vec();
    keys.push(format!("named/{}.csv", "x".repeat(1024 - "named/.csv".len())));
    keys.push(format!("named/{}.csv", "é".repeat((1024 - "named/.csv".len()) / 2)));
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_loads_under_its_own_name() {
    let landfall = Landfall::start(SHAPES).await;
    for (n, key) in hostile_keys().iter().enumerate() {
        let outcome = landfall.deliver(key, csv(n + 1, "x", 1)).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{key:?}: {outcome}");
        assert_eq!(landfall.one("select count(*) from shapes.named").await, (n + 1).to_string(), "{key:?}");
    }
    let mut expected = hostile_keys();
    expected.sort();
    let mut ledger = landfall.rows("select object_key from landfall.loads").await;
    ledger.sort();
    assert_eq!(ledger, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_is_named_when_its_file_is_bad() {
    let landfall = Landfall::start(SHAPES).await;
    landfall.load("named/good.csv", csv(3, "x", 1)).await;
    for key in hostile_keys() {
        let outcome = landfall.deliver(&key, "id,name,amount\n1,x,1\n2,y,many\n").await;
        assert_eq!(outcome.outcome, OutcomeKind::Unreadable, "{key:?}: {outcome}");
        assert!(outcome.to_string().contains(&format!("s3://landing/{key}:3: column amount")), "{key:?}: {outcome}");
    }
    let failures = landfall.failures(hostile_keys().len()).await;
    let mut keys: Vec<String> = failures.iter().map(|row| row.trim_end_matches("|unreadable").to_owned()).collect();
    keys.sort();
    let mut expected = hostile_keys();
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(landfall.one("select count(*) from shapes.named").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_nothing_takes_are_refused_with_a_reason() {
    let landfall = Landfall::start(SHAPES).await;
    for (key, reason) in [
        ("nowhere/a.csv".to_owned(), "no dataset takes this key"),
        ("named/deeper/a.csv".to_owned(), "no dataset takes this key"),
        ("NAMED/a.csv".to_owned(), "no dataset takes this key"),
        (format!("named/{}.csv", "x".repeat(1025 - "named/.csv".len())), "KeyTooLongError"),
    ] {
        let put = landfall.s3.put_object().bucket("landing").key(&key).body(Vec::new().into()).send().await;
        let error = aws_sdk_s3::error::DisplayErrorContext(put.unwrap_err()).to_string();
        assert!(error.contains(reason), "{key:?}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_folder_has_its_path_as_its_key() {
    let landfall = Landfall::start(SHAPES).await;
    let folder = landfall.inbox().join("named");
    std::fs::create_dir_all(&folder).unwrap();
    let mut keys = Vec::new();
    for key in hostile_keys().into_iter().filter(|key| key.len() < 200) {
        // Written elsewhere and moved in, as a good copy program does.
        let name = key.trim_start_matches("named/");
        if name.starts_with('.') {
            continue;
        }
        std::fs::write(folder.join(format!("{name}.part")), csv(2, "x", 1)).unwrap();
        std::fs::rename(folder.join(format!("{name}.part")), folder.join(name)).unwrap();
        keys.push(key);
    }
    keys.sort();
    // Those that came in at the same time may supersede each other; none is lost.
    for key in &keys {
        until(&format!("the outcome of {key}"), async || {
            let versions = landfall.s3.head_object().bucket("landing").key(key).send().await.ok()?;
            let upload = landfall.uploaded(key, versions.version_id);
            Some(landfall.outcome(&upload).await)
        })
        .await;
    }
    assert_eq!(landfall.one("select count(*) from shapes.named").await, "2");
}
