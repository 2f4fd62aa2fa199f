use super::*;

/// An event of records of so many bytes, all of them the same, and a decision for each.
fn incoming(count: usize, bytes: usize) -> String {
    let data = STANDARD.encode_to_string("x".repeat(bytes));
    let records: Vec<String> = (0..count).map(|n| format!(r#"{{"recordId":"id \"{n}\"","data":"{data}"}}"#)).collect();
    format!(r#"{{"records":[{}]}}"#, records.join(","))
}

fn lines(bytes: usize) -> Decision {
    let text = "x".repeat(bytes);
    Decision::Ok(Lines { text, events: 1, table: "posts".to_owned(), date: "2026-11-20".to_owned() })
}

#[test]
fn an_answer_never_exceeds_its_room_and_answers_all() {
    let text = incoming(20, 400);
    let incoming = Incoming::read(&text).unwrap();
    // Room for a few records, for most of them, for all.
    for (room, expected_ok) in [(5_000, 4), (10_000, 13), (20_000, 20)] {
        let mut decisions: Vec<Decision> = (0..20).map(|_| lines(400)).collect();
        let answer = assemble(&incoming, &mut decisions, room);
        let ids: Vec<&str> = answer.records.iter().map(|record| record.record_id.as_str()).collect();
        let expected: Vec<&str> = incoming.records.iter().filter_map(|record| record.id()).collect();
        assert_eq!(ids, expected);
        assert!(answer.to_json().len() <= room, "{room}");
        let ok = answer.records.iter().filter(|record| record.result == Outcome::Ok).count();
        assert_eq!(ok, expected_ok, "{room}");
        let no_room = |decision: &&Decision| matches!(decision, Decision::Failed(Reason::NoRoom { bytes: 551 }));
        assert_eq!(decisions.iter().filter(no_room).count(), 20 - ok);
    }
}

#[test]
fn a_record_that_failed_is_repeated_where_there_is_room() {
    let text = incoming(2, 400);
    let incoming = Incoming::read(&text).unwrap();
    let failed = || Decision::Failed(Reason::NoData);
    let data = |decisions: &mut [Decision], room| {
        let answer = assemble(&incoming, decisions, room);
        assert!(answer.to_json().len() <= room);
        answer.records.iter().map(|record| record.data.len()).collect::<Vec<_>>()
    };
    assert_eq!(data(&mut [failed(), failed()], 2000), [536, 536]);
    assert_eq!(data(&mut [failed(), failed()], 1000), [536, 0]);
    // Lines come before repetitions.
    assert_eq!(data(&mut [failed(), lines(400)], 1000), [0, 536]);
    assert_eq!(data(&mut [Decision::Dropped, lines(3)], 1000), [0, 4]);
}

#[test]
fn firehoses_form() {
    let text = incoming(3, 1);
    let incoming = Incoming::read(&text).unwrap();
    let mut decisions = [lines(3), Decision::Dropped, Decision::Failed(Reason::NoData)];
    let answer = assemble(&incoming, &mut decisions, RESPONSE_BYTES_MAX);
    let expected = concat!(
        r#"{"records":[{"recordId":"id \"0\"","result":"Ok","data":"eHh4","metadata":{"partitionKeys":{"table":"posts","date":"2026-11-20"}}},"#,
        r#"{"recordId":"id \"1\"","result":"Dropped","data":""},{"recordId":"id \"2\"","result":"ProcessingFailed","data":"eA=="}]}"#
    );
    assert_eq!(answer.to_json(), expected);
}
