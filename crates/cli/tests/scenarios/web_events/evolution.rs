//! A new attribute, a new type, `int` that becomes `bigint`: queried over the files from before and after.

use std::fs;

use super::support::Tracking;
use crate::support::until;

const BEFORE: &str = r#"
description = "Tracking events"
[events]
description = "Tracking events"
[events.tables.posts]
description = "Posts"
type = "track"
event = "Post Created"
[events.tables.posts.columns]
post_id = { type = "int" }
"#;

const AFTER: &str = r#"
description = "Tracking events"
[events]
description = "Tracking events"
[events.tables.posts]
description = "Posts"
type = "track"
event = "Post Created"
[events.tables.posts.columns]
post_id = { type = "bigint" }
mood = { type = "string" }
[events.tables.follows]
description = "Follows"
type = "track"
event = "User Followed"
"#;

fn post(id: &str, number: i64) -> Vec<u8> {
    format!(
        r#"{{"type":"track","event":"Post Created","userId":"u","messageId":"{id}","properties":{{"post_id":{number},"mood":"m-{id}"}}}}"#
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_files_are_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web").join("pipeline.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, BEFORE).unwrap();
    let mut tracking = Tracking::start_with(folder.path()).await;
    tracking.track(&[post("a", 7), post("b", 5_000_000_000)]);
    let wait = async |tracking: &Tracking, rows: &str| {
        // Until the catalog knows a wider type, the file that has it cannot be read.
        let is_there = async || match tracking.try_query("select count(*), max(post_id) is null from posts") {
            Ok(found) => found[0].starts_with(&format!("{rows}|")).then_some(()),
            Err(error) => {
                assert!(error.contains("has no table") || error.contains("HIVE_BAD_DATA"), "{error}");
                None
            }
        };
        until("the posts", is_there).await;
    };
    wait(&tracking, "2").await;
    // What its column cannot hold is NULL there, and not lost.
    let lost = "json_extract_scalar(attributes, '$.properties.post_id')";
    let sql = format!("select message_id, post_id, {lost} from posts order by 1");
    assert_eq!(tracking.query(&sql), ["a|7|NULL", "b|NULL|5000000000"]);

    fs::write(&file, AFTER).unwrap();
    tracking.restart().await;
    let follow = br#"{"type":"track","event":"User Followed","userId":"u","messageId":"d"}"#.to_vec();
    tracking.track(&[post("c", 6_000_000_000), follow]);
    wait(&tracking, "3").await;
    let mood = "coalesce(mood, json_extract_scalar(attributes, '$.properties.mood'))";
    let sql = format!("select message_id, post_id, mood, {mood} from posts order by 1");
    assert_eq!(tracking.query(&sql), ["a|7|NULL|m-a", "b|NULL|NULL|m-b", "c|6000000000|m-c|m-c"]);
    assert_eq!(tracking.query("select max(post_id) + 1 from posts"), ["6000000001"]);
    until("the follows", async || tracking.tables().await.contains(&"follows".to_owned()).then_some(())).await;
    assert_eq!(tracking.query("select message_id from follows"), ["d"]);
}
