use super::{Fields, Layout, Split};

/// The fields of every record, with the offset of each; the same must come out whatever the window holds.
fn check(layout: Layout, data: &str, expected: &str) {
    let (mut shown, mut at, mut fields) = (String::new(), 0, Fields::default());
    let data = data.as_bytes();
    while at < data.len() {
        for visible in at + 1..data.len() {
            let early = layout.split(&data[at..visible], false, &mut fields);
            if early != Split::Incomplete {
                assert_eq!(early, layout.split(&data[at..], true, &mut fields), "early at {visible}");
                break;
            }
        }
        match layout.split(&data[at..], true, &mut fields) {
            Split::Record { length, .. } => {
                for field in &fields.list {
                    let text = String::from_utf8_lossy(fields.bytes(&data[at..], *field));
                    shown.push_str(&format!("{}:{text:?} ", field.at));
                }
                at += length;
            }
            Split::BadQuote { length, at: place } => {
                shown.push_str(&format!("bad at {place} "));
                at += length;
            }
            Split::Incomplete => {
                shown.push_str("incomplete ");
                at = data.len();
            }
        }
        shown = format!("{}; ", shown.trim_end());
    }
    assert_eq!(shown.trim_end_matches("; "), expected);
}

#[test]
fn csv() {
    let csv = Layout::Csv { delimiter: b',', quote: b'"' };
    check(csv, "a,b\nc,d\n", r#"0:"a" 2:"b"; 0:"c" 2:"d""#);
    check(csv, "a,b\r\n,\r\n", r#"0:"a" 2:"b"; 0:"" 1:"""#);
    check(csv, "a,", r#"0:"a" 2:"""#);
    check(csv, "\"a,\nb\",c\n", r#"0:"a,\nb" 7:"c""#);
    check(csv, "\"say \"\"hi\"\"\", \"x\" ,y\n", r#"0:"say \"hi\"" 13:"x" 19:"y""#);
    check(csv, " a , b\n", r#"0:" a " 4:" b""#);
    check(csv, "\"\"\n\n", r#"0:""; 0:"""#);
    check(csv, "a,b\"c\nd,e\n", r#"bad at 3; 0:"d" 2:"e""#);
    check(csv, "\"a\"b,c\nd,e", r#"bad at 3; 0:"d" 2:"e""#);
    check(csv, "d,\"e\n", "bad at 5");
}

#[test]
fn delimited_text() {
    let plain = Layout::Text { delimiter: b'|', escape: false, remove_quotes: false };
    check(plain, "a|\"b|c\n", r#"0:"a" 2:"\"b" 5:"c""#);
    check(plain, "a\\|b\n", r#"0:"a\\" 3:"b""#);
    let escape = Layout::Text { delimiter: b'|', escape: true, remove_quotes: true };
    check(escape, "1|The fox\\\njumped\n", r#"0:"1" 2:"The fox\njumped""#);
    check(escape, "3| A \\| B\r\n\\N|\\\\N\n", r#"0:"3" 2:" A | B"; 0:"\\N" 3:"\\N""#);
    check(escape, "'A Night\\'s Dream'|\"x|y\"\n", r#"0:"A Night's Dream" 19:"x|y""#);
    check(escape, "'Blue\nok\n", r#"bad at 5; 0:"ok""#);
    check(escape, "Blue'|'it's'\r\n", r#"0:"Blue'" 6:"it's""#);
}
