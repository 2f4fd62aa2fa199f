//! Tables of beginnings and what they say.

use std::io::Cursor;

use super::*;
use crate::fixtures::{chain, compress, compressed_as, csv, plain, without_header, zip};

fn of(bytes: &[u8], complete: bool, format: &Format) -> Result<Option<Head>, String> {
    compressed_head(bytes, complete, format, false).map_err(|error| chain(&error))
}

fn columns(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[track_caller]
fn check(bytes: &[u8], format: &Format, names: &[&str], header_only: Option<bool>) {
    let head = of(bytes, true, format).unwrap().unwrap();
    assert_eq!((head.columns, head.header_only), (columns(names), header_only));
}

#[track_caller]
fn refused(bytes: &[u8], format: &Format, expected: &str) {
    let error = of(bytes, true, format).unwrap_err();
    assert!(error.contains(expected), "{error}");
}

fn semicolons(format: Format) -> Format {
    match format.kind {
        FormatKind::Csv(csv) => {
            Format { kind: FormatKind::Csv(pipeline::Csv { delimiter: ';', quote: '\'', ..csv }), ..format }
        }
        _ => format,
    }
}

#[test]
fn the_header_names_the_columns() {
    check(b"a,b\n1,2\n", &csv("utf-8"), &["a", "b"], Some(false));
    check(b"a,b\r\n1,2\r\n", &csv("utf-8"), &["a", "b"], Some(false));
    check(b"a,b\n", &csv("utf-8"), &["a", "b"], Some(true));
    check(b"a,b", &csv("utf-8"), &["a", "b"], Some(true));
    check(b"a,b\n\n\r\n", &csv("utf-8"), &["a", "b"], Some(true));
    check(b"\"a, \"\"x\"\"\",,b \n1,2,3", &csv("utf-8"), &["a, \"x\"", "", "b "], Some(false));
    check(b"'a;a';b,c\n", &semicolons(csv("utf-8")), &["a;a", "b,c"], Some(true));
    check(b"\xef\xbb\xbfa,b\n", &csv("utf-8"), &["a", "b"], Some(true));
    check(b"pr\xe9nom\n1\n", &csv("windows-1252"), &["prénom"], Some(false));
    check(b"\xff\xfea\0\n\0", &csv("utf-16"), &["a"], Some(true));
    for compression in [Compression::Gzip, Compression::Bzip2, Compression::Zstd] {
        check(
            &compress(b"a,b\n1,2\n", compression),
            &compressed_as(csv("utf-8"), compression),
            &["a", "b"],
            Some(false),
        );
    }
}

#[test]
fn a_mark_is_noticed() {
    let mark = |bytes: &[u8], format: &Format| of(bytes, true, format).unwrap().unwrap().bom;
    assert!(mark(b"\xef\xbb\xbfa\n", &csv("utf-8")));
    assert!(mark(b"\xef\xbb\xbf{}", &plain(FormatKind::JsonLines)));
    assert!(mark(b"\xff\xfea\0\n\0", &csv("utf-16le")));
    assert!(!mark(b"a\n", &csv("utf-8")));
}

#[test]
fn without_a_header_the_first_record_is_told() {
    let head = of(b"1,x\n2,y\n", true, &without_header(csv("utf-8"))).unwrap().unwrap();
    assert_eq!((head.columns, head.first_record, head.header_only), (None, columns(&["1", "x"]), Some(false)));
}

#[test]
fn nothing_is_empty() {
    let empty = |bytes: &[u8], format: &Format| of(bytes, true, format).unwrap().unwrap().empty;
    assert!(empty(&compress(b"", Compression::Gzip), &compressed_as(csv("utf-8"), Compression::Gzip)));
    assert!(empty(&compress(b"", Compression::Bzip2), &compressed_as(csv("utf-8"), Compression::Bzip2)));
    assert!(!empty(b"a\n", &csv("utf-8")));
}

#[test]
fn a_record_that_goes_on_needs_more() {
    let more = |bytes: &[u8], format: &Format| assert_eq!(of(bytes, false, format), Ok(None), "{bytes:?}");
    more(b"a,b", &csv("utf-8"));
    more(b"a,\"b\n", &csv("utf-8"));
    more(b"pr\xc3", &csv("utf-8"));
    more(b" ", &plain(FormatKind::JsonLines));
    more(b"{\"a\":", &plain(FormatKind::JsonLines));
    more(b"[", &plain(FormatKind::JsonArray));
    more(b"[{\"a\":\"x", &plain(FormatKind::JsonArray));
    let text: String = (0..200_000).map(|i| format!("{},", i * 7919 % 100_003)).collect();
    for compression in [Compression::Gzip, Compression::Bzip2, Compression::Zstd] {
        let packed = compress(text.as_bytes(), compression);
        more(&packed[..packed.len() / 3], &compressed_as(csv("utf-8"), compression));
    }
    let whole = of(b"a,b\n1,", false, &csv("utf-8")).unwrap().unwrap();
    assert_eq!((whole.columns, whole.header_only), (columns(&["a", "b"]), Some(false)));
    assert_eq!(of(b"a,b\n", false, &csv("utf-8")).unwrap().unwrap().header_only, None);
}

#[test]
fn an_endless_first_record_is_refused() {
    let error = compressed_head(&vec![b'a'; 100_000], false, &csv("utf-8"), true).unwrap_err();
    insta::assert_snapshot!(chain(&error), @"the first record does not end within the first 4096 KiB; check `delimiter`, `quote` and `encoding`, and that the file has line ends");
    // A small packed file can hold a very long line.
    let bomb = compress(&vec![b'a'; BOUND + 1], Compression::Gzip);
    refused(&bomb, &compressed_as(csv("utf-8"), Compression::Gzip), "does not end within the first 4096 KiB");
    let object = [b"{\"a\":\"".to_vec(), vec![b'a'; BOUND]].concat();
    let error = compressed_head(&object, false, &plain(FormatKind::JsonLines), true).unwrap_err();
    assert!(chain(&error).contains("record 1 (line 1, column 1) is larger than 4 MiB"));
}

#[test]
fn headers_that_copy_would_misread_are_refused() {
    refused(b"\na,b\n", &csv("utf-8"), "line 1 is empty: remove the line ends");
    refused(b"a,\"b\nc\"\n1,2\n", &csv("utf-8"), "line 1 goes on in the next line, inside quotes");
    refused(
        b"pr\xe9nom\n1\n",
        &csv("utf-8"),
        "line 1: the bytes E9 mean nothing in UTF-8; set `encoding` to the one that the vendor writes, often `windows-1252`",
    );
    refused(b"\xff\xfea\0\n\0", &csv("utf-8"), "it begins like `utf-16le`");
    refused(b"a\0,\0b\0\n\0", &csv("utf-8"), "often `utf-16le`");
    refused(b"a\n", &csv("martian"), "`encoding = \"martian\"` is no label");
    refused(b"PAR1\x15\x04", &csv("utf-8"), "the file is Parquet, not text; set `type = \"parquet\"`");
    refused(&compress(b"a\n", Compression::Gzip), &csv("utf-8"), "set `compression = \"gzip\"`");
    refused(
        &compress(b"a\n", Compression::Gzip)[..15],
        &compressed_as(csv("utf-8"), Compression::Gzip),
        "ends too early",
    );
}

#[test]
fn later_bytes_do_not_spoil_a_header() {
    check(b"a,b\n\xff,2\n", &csv("utf-8"), &["a", "b"], None);
}

#[test]
fn keys_of_the_first_object_are_columns() {
    let (lines, array) = (plain(FormatKind::JsonLines), plain(FormatKind::JsonArray));
    check(b"{\"b\":1,\"a\":{\"c\":[2]}}\n{\"z\":1}", &lines, &["b", "a"], Some(false));
    check(b"\n[ {\"b\":1,\n\"a\":2}, {\"z\":1}]", &array, &["b", "a"], Some(false));
    for (bytes, format) in [(b"[ ]".as_slice(), &array), (b" \n", &lines)] {
        let head = of(bytes, true, format).unwrap().unwrap();
        assert_eq!((head.columns, head.header_only), (None, Some(true)));
    }
    refused(
        b" [{}]",
        &lines,
        "line 1, column 2: the file is a JSON array, not objects one after another; set `type = \"json-array\"`",
    );
    refused(b"{}\n{}", &array, "set `type = \"json-lines\"`");
    refused(b"[\n  1]", &array, "record 1 (line 2, column 3) is a number: 1]; every record must be an object");
    refused(b"a,b\n", &lines, "line 1, column 1: the file begins with `a` instead of `{`");
    refused(b"\n[\n {\"a\" 1}]", &array, "line 3, column 7: expected `:`");
    refused(b"{\"a\":", &lines, "line 1, column 5: EOF while parsing a value");
    refused(b" ", &array, "the file begins with nothing instead of `[`");
}

#[test]
fn the_file_in_an_archive_is_read() {
    let head = |bytes: &[u8]| {
        with_zipped(Cursor::new(bytes), |text| grown_head(text, &csv("utf-8").kind)).map_err(|error| chain(&error))
    };
    assert_eq!(head(&zip(&[("x.csv", b"a,b\n1,2\n")])).unwrap().columns, columns(&["a", "b"]));
    assert!(head(&zip(&[("x.csv", b"")])).unwrap().empty);
    let long = [vec![b'a'; 300_000], b",b\n".to_vec()].concat();
    assert_eq!(head(&zip(&[("x.csv", &long)])).unwrap().columns.unwrap()[1], "b");
    let endless = vec![b'a'; BOUND + 1];
    assert!(head(&zip(&[("x.csv", &endless)])).unwrap_err().contains("does not end within"));
}

mod parquet_files {
    use std::sync::Arc;

    use parquet::data_type::Int32Type;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn file(rows: &[i32]) -> Vec<u8> {
        let schema = "message m { required int32 id; optional group place { required int32 x; } }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut out = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::default()).unwrap();
        if !rows.is_empty() {
            let mut group = writer.next_row_group().unwrap();
            for levels in [None, Some(vec![0; rows.len()])] {
                let mut column = group.next_column().unwrap().unwrap();
                let values = if levels.is_none() { rows } else { &[] };
                column.typed::<Int32Type>().write_batch(values, levels.as_deref(), None).unwrap();
                column.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.close().unwrap();
        out
    }

    fn head(bytes: &[u8]) -> Result<Head, String> {
        let length = parquet_head::footer_length(bytes, bytes.len() as u64).map_err(|error| error.to_string())?;
        parquet_head::head(&bytes[bytes.len() - length as usize..]).map_err(|error| error.to_string())
    }

    #[test]
    fn the_footer_names_the_columns() {
        let full = head(&file(&[1, 2])).unwrap();
        assert_eq!((full.columns, full.header_only), (columns(&["id", "place"]), Some(false)));
        assert_eq!(head(&file(&[])).unwrap().header_only, Some(true));
    }

    #[test]
    fn what_is_not_parquet_is_refused() {
        let check = |bytes: &[u8], expected: &str| {
            let error = head(bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(b"a,b\n1,2\n", "the file is not Parquet: it does not end with `PAR1`; upload it again");
        check(b"x", "it has only 1 bytes");
        check(b"PAR1\xff\xff\0\0PAR1", "its footer should have 65543 bytes, but the file has 12");
        check(b"PAR1\x04\0\0\0PARE", "its footer is encrypted");
        let mut damaged = file(&[1]);
        let begin = damaged.len() - 40;
        damaged[begin..begin + 20].fill(0xff);
        check(&damaged, "the file is not Parquet: its footer: ");
    }
}
