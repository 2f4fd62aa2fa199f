//! Files as vendors send them by mistake: each ends as loaded, or as a refusal that names what to change, and the table is never harmed.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

use loads::{LoadOutcome, OutcomeKind};

use crate::support::{Landfall, SHAPES, assert_says, csv, gzip, until, zip};

/// Bytes of the file with one line: more than the process may take, and a debug build still stores it twice in half a minute.
const LONG_LINE: usize = 512 << 20;

/// How much memory the process may take over such a file, in MiB, above what it took over a small one.
const MEMORY: u64 = 128;

/// A file that is fine, odd as it looks: its key, and what is in the table afterwards.
struct Fine {
    what: &'static str,
    key: &'static str,
    body: Vec<u8>,
    rows: &'static [&'static str],
}

/// A file that must not be loaded: what its outcome is, and what it says.
struct Bad {
    what: &'static str,
    key: &'static str,
    body: Vec<u8>,
    kind: OutcomeKind,
    says: &'static [&'static str],
}

fn fine(what: &'static str, key: &'static str, body: impl Into<Vec<u8>>, rows: &'static [&'static str]) -> Fine {
    Fine { what, key, body: body.into(), rows }
}

fn bad(
    what: &'static str,
    key: &'static str,
    body: impl Into<Vec<u8>>,
    kind: OutcomeKind,
    says: &'static [&'static str],
) -> Bad {
    Bad { what, key, body: body.into(), kind, says }
}

fn fine_files() -> Vec<Fine> {
    let p = "plain/f.csv";
    vec![
        fine("no final line end", p, "id,name,amount\n1,x,1\n2,y,2", &["1|x|1", "2|y|2"]),
        fine("CRLF", p, "id,name,amount\r\n1,x,1\r\n2,y,2\r\n", &["1|x|1", "2|y|2"]),
        fine("a byte order mark", p, "\u{feff}id,name,amount\n1,x,1\n", &["1|x|1"]),
        fine("a byte order mark before quotes", p, "\u{feff}\"id\",name,amount\r\n1,x,1\r\n", &["1|x|1"]),
        fine(
            "line ends and delimiters in quotes",
            p,
            "id,name,amount\n1,\"a,\nb\",1\n2,\"say \"\"x\"\"\",2\n",
            &["1|a,\nb|1", "2|say \"x\"|2"],
        ),
        fine("empty fields", p, "id,name,amount\n1,,\n2,\"\",2\n", &["1|null|null", "2|null|2"]),
        fine("the longest value in bytes", p, "id,name,amount\n1,éééééééééé,1\n", &["1|éééééééééé|1"]),
        fine(
            "JSON with blanks around",
            "listed/f.json",
            " \n[\n {\"id\": 1}\n ,{\"id\": 2, \"amount\": 2}\n]\n\n",
            &["1|null|null", "2|null|2"],
        ),
        fine(
            "JSON lines over several lines",
            "lines/f.json",
            "{\"id\": 1,\n \"name\": \"x\"}\n\n{\"id\": 2}",
            &["1|x|null", "2|null|null"],
        ),
    ]
}

fn bad_files() -> Vec<Bad> {
    let (p, whole) = ("plain/f.csv", gzip(csv(1000, "x", 1).as_bytes()));
    let torn = whole[..whole.len() - 64].to_vec();
    let (one, two): (&[u8], &[u8]) = (b"id,name,amount\n1,x,1\n", b"id,name,amount\n2,y,2\n");
    vec![
        bad("no byte", p, "", OutcomeKind::Refused, &["is empty", "without rows", "rows = { min = 0 }"]),
        bad(
            "no row after the header",
            p,
            "id,name,amount\n",
            OutcomeKind::Rejected,
            &["check rows.min", "it found 0 rows", "correct the file"],
        ),
        bad(
            "Latin-1 in a UTF-8 dataset",
            p,
            b"id,name,amount\n1,x,1\n2,caf\xe9,2\n".to_vec(),
            OutcomeKind::Unreadable,
            &["f.csv:3", "column name", "`encoding`"],
        ),
        bad(
            "a word in the last row",
            p,
            format!("{}20001,x,many\n", csv(20_000, "x", 1)),
            OutcomeKind::Unreadable,
            &["f.csv:20002: column amount (int", "\"many\"", "write a value that fits"],
        ),
        bad(
            "a number too large",
            p,
            "id,name,amount\n1,x,99999999999\n",
            OutcomeKind::Unreadable,
            &["f.csv:2: column amount", "99999999999", "write a value that fits"],
        ),
        bad(
            "a value too long",
            p,
            "id,name,amount\n1,123456789012345678901,1\n",
            OutcomeKind::Unreadable,
            &["f.csv:2: column name (varchar(20))", "\"123456789012345678901\"", "shorten the value"],
        ),
        bad(
            "a value too long in bytes",
            p,
            "id,name,amount\n1,ééééééééééé,1\n",
            OutcomeKind::Unreadable,
            &["f.csv:2: column name (varchar(20))", "counts bytes"],
        ),
        bad(
            "no value where one must be",
            p,
            "id,name,amount\n1,x,1\n,y,2\n",
            OutcomeKind::Unreadable,
            &["f.csv:3: column id", "give the field a value"],
        ),
        bad(
            "too few fields",
            p,
            "id,name,amount\n1,x,1\n2,y\n",
            OutcomeKind::Unreadable,
            &["f.csv:3", "too few fields"],
        ),
        bad(
            "too many fields",
            p,
            "id,name,amount\n1,x,1\n2,y,2,3\n",
            OutcomeKind::Unreadable,
            &["f.csv:3", "too many fields"],
        ),
        bad(
            "a quote without its partner",
            p,
            "id,name,amount\n1,x,1\n2,\"y,2\n",
            OutcomeKind::Unreadable,
            &["f.csv:3"],
        ),
        bad("a NUL byte", p, "id,name,amount\n1,x,1\n2,a\0b,2\n", OutcomeKind::Unreadable, &["f.csv:3", "NUL"]),
        bad(
            "UTF-16",
            p,
            "id,name,amount\n1,x,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            OutcomeKind::Refused,
            &["line 1", "utf-16le"],
        ),
        bad(
            "an id twice",
            p,
            "id,name,amount\n1,x,1\n1,y,2\n",
            OutcomeKind::Rejected,
            &["unique(id)", "it found 1, for example 1"],
        ),
        bad(
            "gzip in a dataset of plain text",
            p,
            whole.clone(),
            OutcomeKind::Refused,
            &["begins like gzip", "compression = \"gzip\""],
        ),
        bad(
            "gzip whose end is missing",
            "gzipped/f.csv.gz",
            torn,
            OutcomeKind::Refused,
            &["f.csv.gz", "the gzip data ends too early after", "decompressed bytes; upload the file again"],
        ),
        bad(
            "plain text in a dataset of gzip",
            "gzipped/f.csv.gz",
            one,
            OutcomeKind::Refused,
            &["does not begin like gzip", "compression = \"none\""],
        ),
        bad("gzip of nothing", "gzipped/f.csv.gz", gzip(b""), OutcomeKind::Refused, &["is empty"]),
        bad(
            "ZIP with two files",
            "zipped/f.zip",
            zip(&[("a.csv", one), ("b.csv", two)]),
            OutcomeKind::Refused,
            &["holds 2 files", "a.csv", "b.csv", "put exactly one"],
        ),
        bad("no ZIP", "zipped/f.zip", one, OutcomeKind::Refused, &["does not begin like zip"]),
        bad(
            "half a ZIP",
            "zipped/f.zip",
            zip(&[("a.csv", one)])[..60].to_vec(),
            OutcomeKind::Refused,
            &["not a readable ZIP archive", "upload it again"],
        ),
        bad(
            "a number in a JSON array",
            "listed/f.json",
            "[{\"id\": 1},\n 7]",
            OutcomeKind::Refused,
            &["record 2 (line 2, column 2)", "7", "must be an object"],
        ),
        bad(
            "a JSON array that ends too early",
            "listed/f.json",
            "[{\"id\": 1},\n{\"id\": 2",
            OutcomeKind::Refused,
            &["line 2", "correct the file"],
        ),
        bad(
            "JSON lines in a dataset of arrays",
            "listed/f.json",
            "{\"id\": 1}\n",
            OutcomeKind::Refused,
            &["type = \"json-lines\""],
        ),
        bad(
            "a JSON array in a dataset of lines",
            "lines/f.json",
            "[{\"id\": 1}]",
            OutcomeKind::Refused,
            &["type = \"json-array\""],
        ),
        bad(
            "JSON lines of which one is none",
            "lines/f.json",
            "{\"id\": 1}\n{\"id\": }\n",
            OutcomeKind::Unreadable,
            &["f.json:2"],
        ),
        bad(
            "a word in JSON",
            "lines/f.json",
            "{\"id\": 1}\n{\"id\": 2, \"amount\": \"many\"}\n",
            OutcomeKind::Unreadable,
            &["f.json:2: column amount", "many"],
        ),
        bad("text in a dataset of Parquet", "columnar/f.parquet", one, OutcomeKind::Refused, &["is not Parquet"]),
    ]
}

fn table(key: &str) -> String {
    let (name, _) = key.split_once('/').unwrap();
    format!("select id, name, amount from shapes.{name} order by id")
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_files_load() {
    let landfall = Landfall::start(SHAPES).await;
    for case in fine_files() {
        let outcome = landfall.deliver(case.key, case.body).await;
        assert_eq!(outcome.outcome, OutcomeKind::Loaded, "{}: {outcome}", case.what);
        assert_eq!(landfall.rows(&table(case.key)).await, case.rows, "{}", case.what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_refused_in_words_that_help() {
    let landfall = Landfall::start(SHAPES).await;
    for name in ["plain", "gzipped", "zipped", "listed", "lines", "columnar"] {
        landfall.rows(&format!("insert into shapes.{name} (id, name, amount) values (7, 'kept', 7)")).await;
    }
    let count = bad_files().len();
    let mut problems = Vec::new();
    for case in bad_files() {
        let outcome = landfall.deliver(case.key, case.body).await;
        let text = outcome.to_string();
        eprintln!("{}\n  {}\n", case.what, text.replace('\n', "\n  "));
        if outcome.outcome != case.kind {
            problems.push(format!("{}: it was expected to be {}: {text}", case.what, case.kind));
        }
        let missing = case.says.iter().filter(|fragment| !text.contains(**fragment));
        problems.extend(missing.map(|fragment| format!("{}: {fragment:?} is not in: {text}", case.what)));
        problems.extend(unreadable(&outcome).map(|why| format!("{}: {why}: {text}", case.what)));
        let rows = landfall.rows(&table(case.key)).await;
        if rows != ["7|kept|7"] {
            problems.push(format!("{}: the table has {rows:?}", case.what));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert_eq!(landfall.failures(count).await.len(), count);
    assert_eq!(landfall.one("select count(*) from landfall.loads").await, "0");
}

/// An outcome names the file, says what to do, and that nothing was lost; no line of it is a program's own talk.
fn unreadable(outcome: &LoadOutcome) -> Option<String> {
    let text = outcome.to_string();
    if !text.contains(&outcome.upload.url()) {
        return Some("the file is not named".to_owned());
    }
    if outcome.remedy.is_none() {
        return Some("there is no remedy".to_owned());
    }
    if !text.contains("the table keeps its rows") {
        return Some("nobody says that the table keeps its rows".to_owned());
    }
    if text.lines().any(|line| line.chars().count() > 600) {
        return Some("a line is too long to be read".to_owned());
    }
    let talk = ["Some(", "None", "Err(", "Error {", "Error:", "ERROR", "code:  ", "query:  ", "\\\"", "DuckDB"];
    talk.iter().find(|word| text.contains(**word)).map(|word| format!("{word:?} is no word for people"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_end_takes_no_memory() {
    let landfall = Landfall::start(SHAPES).await;
    landfall.load("plain/long.csv", csv(3, "kept", 1)).await;
    let before = landfall.process().peak_memory();
    for (name, beginning, kind, says) in [
        ("long.csv", "id,name,amount\n1,", OutcomeKind::Unreadable, "long.csv:2"),
        ("header.csv", "id,name,", OutcomeKind::Refused, "the first record does not end within"),
    ] {
        let folder = landfall.inbox().join("plain");
        fs::create_dir_all(&folder).unwrap();
        let partial = folder.join(format!("{name}.part"));
        write_long(&partial, beginning);
        fs::rename(&partial, folder.join(name)).unwrap();
        let key = format!("plain/{name}");
        let size = i64::try_from(LONG_LINE).unwrap();
        let version = until("the upload", async || {
            let head = landfall.s3.head_object().bucket("landing").key(&key).send().await.ok()?;
            head.content_length().filter(|length| *length > size)?;
            head.version_id
        })
        .await;
        let outcome = landfall.outcome(&landfall.uploaded(&key, Some(version))).await;
        assert_eq!(outcome.outcome, kind, "{outcome}");
        assert_says(&outcome.to_string(), &[says]);
        assert_eq!(unreadable(&outcome), None, "{outcome}");
    }
    let grown = landfall.process().peak_memory() - before;
    eprintln!("{grown} MiB more than before the long line");
    assert!(grown < MEMORY, "{grown} MiB more than before the long line");
    assert_eq!(landfall.one("select count(*) from shapes.plain where name = 'kept'").await, "3");
}

fn write_long(path: &std::path::Path, beginning: &str) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(beginning.as_bytes()).unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..LONG_LINE >> 20 {
        file.write_all(&piece).unwrap();
    }
    file.flush().unwrap();
}
