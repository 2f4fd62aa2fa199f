//! Tables of files and what they are rewritten to.

use std::io::Cursor;

use super::*;
use crate::fixtures::{chain, compress, compressed_as, csv, plain, without_header, zip};

fn run(bytes: &[u8], format: &Format) -> Result<(String, u64), String> {
    let mut out = Vec::new();
    let records = convert(Cursor::new(bytes), format, &mut out).map_err(|error| chain(&error))?;
    Ok((String::from_utf8(out).unwrap(), records))
}

#[track_caller]
fn check(bytes: &[u8], format: &Format, expected: &str, records: u64) {
    assert_eq!(run(bytes, format), Ok((expected.to_owned(), records)));
}

#[track_caller]
fn refused(bytes: &[u8], format: &Format, expected: &str) {
    let error = run(bytes, format).map(|(_, records)| records).unwrap_err();
    assert!(error.contains(expected), "{error}");
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

const COMPRESSED: [Compression; 4] = [Compression::Gzip, Compression::Bzip2, Compression::Zstd, Compression::Zip];
const MEMBERS: [Compression; 3] = [Compression::Gzip, Compression::Bzip2, Compression::Zstd];

#[test]
fn every_compression_is_decompressed() {
    for compression in COMPRESSED {
        let format = compressed_as(csv("utf-8"), compression);
        check(&compress(b"a,b\n1,2\n3,4\n", compression), &format, "a,b\n1,2\n3,4\n", 2);
    }
}

#[test]
fn several_members_are_one_file() {
    for compression in MEMBERS {
        let both = [compress(b"a,b\n1,2\n", compression), compress(b"3,4\n", compression)].concat();
        check(&both, &compressed_as(csv("utf-8"), compression), "a,b\n1,2\n3,4\n", 2);
    }
}

#[test]
fn an_early_end_is_an_error() {
    let text: String = (0..20_000).map(|i| format!("{i},{}\n", i * 7919 % 10_007)).collect();
    for compression in MEMBERS {
        let whole = compress(text.as_bytes(), compression);
        let format = compressed_as(csv("utf-8"), compression);
        for kept in [whole.len() / 2, whole.len() - 1] {
            refused(&whole[..kept], &format, "data ends too early after");
        }
    }
    let whole = compress(text.as_bytes(), Compression::Zip);
    refused(&whole[..whole.len() / 2], &compressed_as(csv("utf-8"), Compression::Zip), "not a readable ZIP archive");
}

#[test]
fn damage_is_an_error() {
    let text: String = (0..20_000).map(|i| format!("{i},{}\n", i * 7919 % 10_007)).collect();
    for compression in COMPRESSED {
        let mut bytes = compress(text.as_bytes(), compression);
        let middle = bytes.len() / 2;
        for byte in &mut bytes[middle..middle + 16] {
            *byte ^= 0x5a;
        }
        refused(&bytes, &compressed_as(csv("utf-8"), compression), "upload the file again");
    }
}

#[test]
fn another_compression_than_declared_is_named() {
    let check =
        |bytes: &[u8], declared, expected: &str| refused(bytes, &compressed_as(csv("utf-8"), declared), expected);
    for found in COMPRESSED {
        let remedy = format!("set `compression = \"{}\"`", name_of(found));
        check(&compress(b"a,b\n", found), Compression::None, &remedy);
    }
    check(&compress(b"a,b\n", Compression::Zip), Compression::Gzip, "set `compression = \"zip\"`");
    check(b"a,b\n", Compression::Zstd, "the file does not begin like zstd; set `compression = \"none\"`");
    check(b"a,b\n", Compression::Zip, "set `compression = \"none\"`");
}

#[test]
fn an_archive_holds_one_file() {
    let format = compressed_as(csv("utf-8"), Compression::Zip);
    let with_extras = zip(&[("a/", b""), ("a/data.csv", b"a\n1\n"), ("__MACOSX/a/._data.csv", b"x")]);
    check(&with_extras, &format, "a\n1\n", 1);
    refused(&zip(&[]), &format, "the ZIP archive holds 0 files; put exactly one");
    refused(&zip(&[("a/", b"")]), &format, "holds 0 files");
    refused(&zip(&[("a.csv", b""), ("b.csv", b"")]), &format, "holds 2 files: a.csv, b.csv; put exactly one");
    let names: Vec<String> = (0..7).map(|i| format!("{i}.csv")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    refused(&zip(&many), &format, "holds 7 files: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, and 2 more;");
}

#[test]
fn encodings_become_utf_8() {
    check(b"n\nJos\xe9\n", &csv("iso-8859-1"), "n\nJosé\n", 1);
    check(b"n\n\x80 5 \x93x\x94\n", &csv("windows-1252"), "n\n€ 5 “x”\n", 1);
    check(b"n\n\x82\xa0\n", &csv("shift_jis"), "n\nあ\n", 1);
    check(&utf16("n\né€😀\n", true, true), &csv("utf-16"), "n\né€😀\n", 1);
    check(&utf16("n\né€😀\n", true, false), &csv("utf-16le"), "n\né€😀\n", 1);
    check(&utf16("n\né€😀\n", false, true), &csv("utf-16be"), "n\né€😀\n", 1);
    check(&utf16("n\né\n", false, true), &csv("utf-16le"), "n\né\n", 1);
    check(b"\xef\xbb\xbfn\n1\n", &csv("utf-8"), "n\n1\n", 1);
    check(b"\xef\xbb\xbfn\nJos\xc3\xa9\n", &csv("windows-1252"), "n\nJosé\n", 1);
    check(b"n\na\x00b\n", &csv("windows-1252"), "n\na\0b\n", 1);
    check(b"", &csv("windows-1252"), "", 0);
}

#[test]
fn long_texts_are_decoded_in_pieces() {
    let text: String = (0..60_000).map(|i| format!("{i},é😀\n")).collect();
    check(&utf16(&text, true, true), &without_header(csv("utf-16")), &text, 60_000);
}

#[test]
fn bytes_without_meaning_are_an_error_with_their_line() {
    refused(b"n\n1\n2\nJos\xe9\n", &csv("utf-8"), "line 4: the bytes E9 mean nothing in UTF-8; set `encoding`");
    refused(b"n\n\x81\x20\n", &csv("shift_jis"), "line 2: the bytes 81 mean nothing in Shift_JIS");
    refused(b"n\n\xc3", &csv("utf-8"), "line 2: the bytes C3 mean nothing in UTF-8");
    let lone = [utf16("n\n1\n", true, true), vec![0x00, 0xd8, 0x41, 0x00]].concat();
    refused(&lone, &csv("utf-16le"), "line 3: the bytes");
    refused(&utf16("n\n", true, true), &csv("utf-8"), "line 1: the bytes FF FE mean nothing in UTF-8");
    refused(b"n\n", &csv("latin-99"), "`encoding = \"latin-99\"` is no label");
    let far = [b"n\n".repeat(100_000), b"\xff\n".to_vec()].concat();
    refused(&far, &csv("utf-8"), "line 100001: the bytes FF");
}

#[test]
fn records_are_counted_as_copy_counts_them() {
    let check = |text: &str, records| assert_eq!(run(text.as_bytes(), &csv("utf-8")).unwrap().1, records, "{text:?}");
    check("a,b\n1,2", 1);
    check("a,b\r\n1,2\r\n3,4\r\n", 2);
    check("a,b\n\"1\n1\",2\n3,4\n", 2);
    check("a,b\n\"say \"\"hi\n\"\"\",2\n", 1);
    check("a,b\n\n1,2\n\r\n\n", 1);
    check("a,b\n", 0);
}

#[test]
fn arrays_become_lines() {
    let format = plain(FormatKind::JsonArray);
    check(b"[]", &format, "", 0);
    check(b" \n[ \n ] \n", &format, "", 0);
    check(b"[{}]", &format, "{}\n", 1);
    check(b"\xef\xbb\xbf[{\"a\":1}]", &format, "{\"a\":1}\n", 1);
    check(
        b"[\n  {\n    \"a\": \"x y\",\n    \"b\" : [1, {\"c\": \"\\\" ]}, \\\\\"}]\n  },\r\n\t{\"a\": 1.50}\n]\n",
        &format,
        "{\"a\":\"x y\",\"b\":[1,{\"c\":\"\\\" ]}, \\\\\"}]}\n{\"a\":1.50}\n",
        2,
    );
    check(
        &compress(b"[{\"a\":1},{\"a\":2}]", Compression::Gzip),
        &compressed_as(format, Compression::Gzip),
        "{\"a\":1}\n{\"a\":2}\n",
        2,
    );
}

#[test]
fn arrays_of_anything_else_are_refused() {
    let check = |text: &str, expected: &str| refused(text.as_bytes(), &plain(FormatKind::JsonArray), expected);
    check("[{},\n 1, 2]", "record 2 (line 2, column 2) is a number: 1; every record must be an object");
    check("[\"x\"]", "record 1 (line 1, column 2) is a text: \"x\"");
    check("[[1,\n2]]", "record 1 (line 1, column 2) is an array: [1,");
    check("[null]", "record 1 (line 1, column 2) is null; every");
    check(
        "{\"a\":1}\n{\"a\":2}\n",
        "line 1, column 1: the file begins with an object, not with a JSON array; set `type = \"json-lines\"`",
    );
    check("[{}] x", "line 1, column 6: trailing characters");
    check("[{}]\n[{}]", "line 2, column 1: trailing characters");
    check("[{},\n{\"a\":}]", "line 2, column 6: expected value");
    check("[{},]", "line 1, column 5: trailing comma");
    check("[{\"a\":1}", "line 1, column 8: EOF while parsing a list");
    check("[{\"a\":\"x", "EOF while parsing a string");
    check("", "line 1, column 0: found the end of the file instead of a JSON array");
    check("a,b\n", "line 1, column 1: found `a` instead of a JSON array");
    check("\n\n  x", "line 3, column 3: found `x`");
    refused(b"[{\"a\":\"\xff\"}]", &plain(FormatKind::JsonArray), "line 1: the bytes FF mean nothing in UTF-8");
}

#[test]
fn lines_become_one_object_each() {
    let format = plain(FormatKind::JsonLines);
    check(b"\xef\xbb\xbf{\"a\": 1}{\"a\":2}\n\n{\n\"a\":3}", &format, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", 3);
    check(b"", &format, "", 0);
    refused(
        b" [{}]",
        &format,
        "line 1, column 2: the file is a JSON array, not objects one after another; set `type = \"json-array\"`",
    );
    refused(b"{}\n7\n", &format, "record 2 (line 2, column 1) is a number: 7");
    refused(b"{},{}", &format, "line 1, column 3: expected value");
}

#[test]
fn an_object_that_copy_cannot_take_is_named() {
    let fits = "x".repeat(json::LARGEST_OBJECT - 9);
    let text = format!("[{{}},\n{{\"a\":\"{fits}\"}}]");
    assert_eq!(run(text.as_bytes(), &plain(FormatKind::JsonArray)).unwrap().1, 2);
    let large = "x".repeat(json::LARGEST_OBJECT);
    let text = format!("[{{}},\n {{\"a\":\"{large}\"}}]");
    refused(text.as_bytes(), &plain(FormatKind::JsonArray), "record 2 (line 2, column 2) is larger than 4 MiB");
    let text = format!("{{}}\n{{\"a\":\"{large}\"}}");
    refused(text.as_bytes(), &plain(FormatKind::JsonLines), "record 2 (line 2, column 1) is larger than 4 MiB");
}
