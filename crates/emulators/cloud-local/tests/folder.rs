//! The folder that stands for the landing bucket.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use cloud_local::folder::{FolderConfig, FolderWatcher, Progress, QUIET};
use s3_local::{S3, S3Config, Served, Service};
use support::objects::{all_keys, client, get};
use support::until;

struct Bench {
    state: tempfile::TempDir,
    server: Served<S3>,
    client: Client,
    told: Arc<Mutex<Vec<Progress>>>,
}

impl Bench {
    async fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(state.path().join("inbox")).unwrap();
        let config = S3Config { root: state.path().join("s3"), region: "us-east-1".into(), observer: None };
        let server = S3::open(config).await.unwrap().serve(0).await.unwrap();
        server.create_bucket("landing").await.unwrap();
        let client = client(&server.endpoint());
        Self { state, server, client, told: Arc::default() }
    }

    async fn watch(&self) -> FolderWatcher {
        self.watch_with(QUIET).await
    }

    async fn watch_with(&self, quiet: Duration) -> FolderWatcher {
        let remembered = self.state.path().join("folder.json");
        let config = FolderConfig { folder: self.inbox(), bucket: "landing".into(), remembered, quiet };
        let told = Arc::clone(&self.told);
        FolderWatcher::start(config, self.client.clone(), Arc::new(move |progress| told.lock().unwrap().push(progress)))
            .await
            .unwrap()
    }

    fn inbox(&self) -> std::path::PathBuf {
        self.state.path().join("inbox")
    }

    /// The keys whose upload was told, in order.
    fn uploaded(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        told.iter()
            .filter_map(|progress| if let Progress::Uploaded { key, .. } = progress { Some(key.clone()) } else { None })
            .collect()
    }

    async fn until_uploaded(&self, count: usize) {
        until(&format!("{count} uploads, and there are {:?}", self.uploaded()), || self.uploaded().len() >= count)
            .await;
    }
}

/// Writes a file that is uploaded after everything that was there before it: what is not uploaded by then, is not.
async fn fence(bench: &Bench) {
    let before = bench.uploaded().len();
    let name = format!("fence-{before}");
    fs::write(bench.inbox().join(&name), "fence").unwrap();
    until("the fence", || bench.uploaded().contains(&name)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_is_uploaded_under_its_path() {
    let bench = Bench::new().await;
    fs::create_dir_all(bench.inbox().join("vendor")).unwrap();
    fs::write(bench.inbox().join("vendor/there before.csv"), "before").unwrap();
    let watcher = bench.watch().await;
    bench.until_uploaded(1).await;

    // Created, moved in, moved in as a folder, overwritten.
    fs::write(bench.inbox().join("vendor/créé.csv"), "created").unwrap();
    let outside = bench.state.path().join("outside");
    fs::create_dir_all(outside.join("deep/er")).unwrap();
    fs::write(outside.join("moved.csv"), "moved").unwrap();
    fs::write(outside.join("deep/er/within.csv"), "within").unwrap();
    fs::rename(outside.join("moved.csv"), bench.inbox().join("moved.csv")).unwrap();
    fs::rename(outside.join("deep"), bench.inbox().join("deep")).unwrap();
    bench.until_uploaded(4).await;
    fs::write(bench.inbox().join("deep/er/late.csv"), "late").unwrap();
    bench.until_uploaded(5).await;
    fs::write(bench.inbox().join("moved.csv"), "overwritten").unwrap();
    bench.until_uploaded(6).await;

    assert_eq!(
        all_keys(&bench.client, "landing").await,
        ["deep/er/late.csv", "deep/er/within.csv", "moved.csv", "vendor/créé.csv", "vendor/there before.csv"]
    );
    assert_eq!(get(&bench.client, "landing", "moved.csv", None).await, "overwritten");
    assert_eq!(get(&bench.client, "landing", "deep/er/within.csv", None).await, "within");
    watcher.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_and_temporary_files_stay_where_they_are_until_they_are_renamed() {
    let bench = Bench::new().await;
    let watcher = bench.watch().await;
    for name in [".hidden", "a.csv.part", "a.csv.crdownload", "a.csv.tmp", "a.csv~"] {
        fs::write(bench.inbox().join(name), name).unwrap();
    }
    fence(&bench).await;
    assert_eq!(all_keys(&bench.client, "landing").await, ["fence-0"]);
    fs::rename(bench.inbox().join("a.csv.part"), bench.inbox().join("a.csv")).unwrap();
    bench.until_uploaded(2).await;
    assert_eq!(get(&bench.client, "landing", "a.csv", None).await, "a.csv.part");
    watcher.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_still_written_is_uploaded_once_and_whole() {
    use std::io::Write;
    let bench = Bench::new().await;
    let quiet = Duration::from_millis(1500);
    let watcher = bench.watch_with(quiet).await;
    let mut file = fs::File::create(bench.inbox().join("slow.csv")).unwrap();
    // A slow writer: longer than the quiet time in all, with pauses far shorter than it.
    let started = Instant::now();
    let mut pauses = tokio::time::interval(quiet / 15);
    let mut lines = 0;
    while started.elapsed() < quiet * 2 {
        pauses.tick().await;
        writeln!(file, "line {lines}").unwrap();
        lines += 1;
        assert_eq!(bench.uploaded(), Vec::<String>::new());
    }
    drop(file);
    bench.until_uploaded(1).await;
    assert_eq!(get(&bench.client, "landing", "slow.csv", None).await.lines().count(), lines);
    fence(&bench).await;
    assert_eq!(bench.uploaded(), ["slow.csv", "fence-1"]);
    watcher.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_uploads_what_is_new_or_changed_and_nothing_else() {
    let bench = Bench::new().await;
    for name in ["same.csv", "changed.csv"] {
        fs::write(bench.inbox().join(name), "first").unwrap();
    }
    let watcher = bench.watch().await;
    bench.until_uploaded(2).await;
    watcher.shutdown().await;
    fs::write(bench.inbox().join("changed.csv"), "second!").unwrap();
    fs::write(bench.inbox().join("new.csv"), "new").unwrap();
    let watcher = bench.watch().await;
    bench.until_uploaded(4).await;
    fence(&bench).await;
    let mut again = bench.uploaded().split_off(2);
    again.sort();
    assert_eq!(again, ["changed.csv", "fence-4", "new.csv"]);
    assert_eq!(get(&bench.client, "landing", "changed.csv", None).await, "second!");
    watcher.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bucket_does_not_take_is_told_and_harms_nothing() {
    let bench = Bench::new().await;
    bench.server.set_admission(Some(Arc::new(|_, key| {
        if key == "no.exe" { Err("no dataset takes it".into()) } else { Ok(()) }
    })));
    let watcher = bench.watch().await;
    fs::write(bench.inbox().join("no.exe"), "x").unwrap();
    unnameable(&bench.inbox());
    fence(&bench).await;
    until("the refusal", || {
        bench
            .told
            .lock()
            .unwrap()
            .iter()
            .any(|told| matches!(told, Progress::Refused { key, reason } if key == "no.exe" && reason.contains("no dataset takes it")))
    })
    .await;
    #[cfg(target_os = "linux")]
    until("the unnameable file", || {
        bench.told.lock().unwrap().iter().any(|told| matches!(told, Progress::Unnameable { .. }))
    })
    .await;
    assert_eq!(all_keys(&bench.client, "landing").await, ["fence-0"]);
    watcher.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_failed_is_tried_again() {
    let bench = Bench::new().await;
    let Bench { state, server, client, told } = bench;
    let port: u16 = server.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    server.shutdown().await;
    let inbox = state.path().join("inbox");
    let remembered = state.path().join("folder.json");
    let config = FolderConfig { folder: inbox.clone(), bucket: "landing".into(), remembered, quiet: QUIET };
    let observer = Arc::clone(&told);
    fs::write(inbox.join("a.csv"), "content").unwrap();
    let watcher =
        FolderWatcher::start(config, client.clone(), Arc::new(move |progress| observer.lock().unwrap().push(progress)))
            .await
            .unwrap();
    until("the failure", || told.lock().unwrap().iter().any(|told| matches!(told, Progress::Failed { .. }))).await;
    let config = S3Config { root: state.path().join("s3"), region: "us-east-1".into(), observer: None };
    let server = S3::open(config).await.unwrap().serve(port).await.unwrap();
    until("the upload", || told.lock().unwrap().iter().any(|told| matches!(told, Progress::Uploaded { .. }))).await;
    assert_eq!(get(&client, "landing", "a.csv", None).await, "content");
    watcher.shutdown().await;
    server.shutdown().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_does_not_lead_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new().await;
    let outside = bench.state.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.csv"), "secret").unwrap();
    fs::write(bench.inbox().join("within.csv"), "within").unwrap();
    symlink(outside.join("secret.csv"), bench.inbox().join("before.csv")).unwrap();
    let watcher = bench.watch().await;
    bench.until_uploaded(1).await;
    symlink(outside.join("secret.csv"), bench.inbox().join("after.csv")).unwrap();
    symlink(&outside, bench.inbox().join("vendor")).unwrap();
    symlink(bench.inbox().join("within.csv"), bench.inbox().join("alias.csv")).unwrap();
    bench.until_uploaded(2).await;
    // A change behind a link is none of the folder's.
    fs::write(outside.join("secret.csv"), "another secret").unwrap();
    fence(&bench).await;
    assert_eq!(all_keys(&bench.client, "landing").await, ["alias.csv", "fence-2", "within.csv"]);
    let outside = |progress: &Progress| match progress {
        Progress::Outside { link } => Some(link.file_name().unwrap().to_string_lossy().into_owned()),
        _ => None,
    };
    let mut links: Vec<String> = bench.told.lock().unwrap().iter().filter_map(outside).collect();
    links.sort();
    assert_eq!(links, ["after.csv", "before.csv", "vendor"]);
    watcher.shutdown().await;
}

/// A file whose name is not UTF-8, where the file system takes it.
fn unnameable(folder: &Path) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        fs::write(folder.join(std::ffi::OsStr::from_bytes(b"caf\xe9.csv")), "x").unwrap();
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
}
