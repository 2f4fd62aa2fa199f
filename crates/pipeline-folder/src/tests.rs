use std::error::Error as _;

use super::*;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

#[test]
fn only_the_files_of_pipelines_are_read_in_order() {
    let root = folder(&[
        ("b/pipeline.toml", b"x"),
        ("b/README.md", b"no"),
        ("b/tables/t.sql", b"\xef\xbb\xbft"),
        ("b/tables/t.sql.bak", b"no"),
        ("b/tables/deep/t.sql", b"no"),
        ("b/cases/c.sql", b"no"),
        ("b/views/.hidden.sql", b"no"),
        ("b/views/v.sql", b"v"),
        ("b/checks/c.sql", b"c"),
        ("b/reports/r.sql", b"r"),
        ("a/pipeline.toml", b"y"),
        ("pipeline.toml", b"no"),
    ]);
    let files = read(root.path()).unwrap().files;
    let lines: Vec<String> = files.iter().map(|file| format!("{} {}", file.path, file.text)).collect();
    assert_eq!(
        lines,
        [
            "a/pipeline.toml y",
            "b/checks/c.sql c",
            "b/pipeline.toml x",
            "b/reports/r.sql r",
            "b/tables/t.sql t",
            "b/views/v.sql v"
        ]
    );
}

#[test]
fn errors_name_the_folder_or_the_file() {
    let root = folder(&[("a/tables/t.sql", b"ab\xff")]);
    let missing = root.path().join("nowhere");
    assert_eq!(
        read(&missing).unwrap_err().to_string(),
        format!("there is no folder of pipelines at {}", missing.display())
    );
    let file = root.path().join("a/tables/t.sql");
    assert!(matches!(read(&file), Err(Error::NoFolder(path)) if path == file));
}

#[test]
fn a_file_that_cannot_be_read_hides_no_other_problem() {
    let root = folder(&[("a/tables/t.sql", b"--\nab\xff"), ("a/pipeline.toml", b"descripton = 'x'")]);
    let problems = load(root.path()).unwrap_err().source().unwrap().to_string();
    assert!(problems.contains("a/pipeline.toml:1:1: descripton: unknown key"), "{problems}");
    let last = "a/tables/t.sql:2:3: the file is not UTF-8: byte 5 (0xFF) is wrong; save it as UTF-8";
    assert_eq!(problems.lines().last(), Some(last));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_folder_is_refused() {
    let outside = folder(&[("secret.sql", b"s")]);
    let root = folder(&[("a/tables/t.sql", b"t")]);
    std::os::unix::fs::symlink(root.path().join("a/tables/t.sql"), root.path().join("a/tables/u.sql")).unwrap();
    assert_eq!(read(root.path()).unwrap().files.len(), 2);
    let link = root.path().join("a/tables/v.sql");
    std::os::unix::fs::symlink(outside.path().join("secret.sql"), &link).unwrap();
    let outside_files = || {
        let unread = read(root.path()).unwrap().unread;
        unread.into_iter().map(|problem| problem.to_string().split(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(outside_files(), ["a/tables/v.sql"]);
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("b")).unwrap();
    fs::write(outside.path().join("pipeline.toml"), "").unwrap();
    assert_eq!(outside_files(), ["b/pipeline.toml"]);
}

#[test]
fn problems_are_the_source_of_the_error() {
    let root = folder(&[("a/pipeline.toml", b"descripton = 'x'")]);
    let error = load(root.path()).unwrap_err();
    assert_eq!(error.to_string(), "the pipelines have 3 problems");
    let problems = error.source().unwrap().to_string();
    assert!(problems.contains("a/pipeline.toml:1:1: descripton: unknown key"), "{problems}");
}

#[test]
fn the_pipelines_of_the_project_are_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines");
    let project = load(&root).map_err(|error| error.source().map(ToString::to_string)).unwrap();
    let flights = project.pipelines.iter().find(|pipeline| pipeline.name == "flights").unwrap();
    let tables: Vec<(&str, usize)> = flights.tables.iter().map(|t| (t.name.name.as_str(), t.columns.len())).collect();
    assert_eq!(tables, [("airlines", 2), ("airports", 7), ("flights", 31)]);
    let views: Vec<&str> = flights.views.iter().map(|view| view.name.name.as_str()).collect();
    assert_eq!(views, ["flights_details", "delayed_flights_agg"]);
    let (dataset, captures) = project.dataset_for_key("flights/flights_2015.csv").unwrap();
    assert_eq!((dataset.name.as_str(), captures["name"].as_str()), ("flights", "_2015"));
    assert_eq!(project.dataset_for_key("flights/flights.csv").unwrap().0.name.as_str(), "flights");
    assert!(project.dataset_for_key("flights/other.csv").is_none());
    let names: Vec<&str> = project.dataset("flights").unwrap().checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names[..2], ["rows.min", "not_null(airline)"]);
}
