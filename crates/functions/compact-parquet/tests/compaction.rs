//! Compaction of a day, killed anywhere, with late and repeated files, as readers see it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets an error fails")]
#![recursion_limit = "256"]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use event_lake::partition::Step;
use support::{Event, HOUR, MINUTE, Moment, World, rows};

const COLUMNS: [(&str, &str); 4] =
    [("message_id", "string"), ("timestamp", "timestamp"), ("n", "bigint"), ("later", "double")];

/// How many runs are more than enough.
const RUNS: usize = 12;

/// A day with three small files, of which one is older than the table's type, and one has an event of another.
async fn three_files() -> World {
    let world = World::new().await;
    world.register(&COLUMNS, false).await;
    world.deliver("a.parquet", &rows(&[("a1", 1), ("a2", 2)], false)).await;
    world.deliver("b.parquet", &rows(&[("b1", 3), ("b2", 4)], true)).await;
    world.deliver("c.parquet", &rows(&[("c1", 5), ("a2", 2)], true)).await;
    world
}

fn once(ids: &[(&str, i64)]) -> BTreeMap<String, Vec<Option<i64>>> {
    ids.iter().map(|(id, number)| ((*id).to_owned(), vec![Some(*number)])).collect()
}

const MERGED: [(&str, i64); 5] = [("a1", 1), ("a2", 2), ("b1", 3), ("b2", 4), ("c1", 5)];

#[tokio::test(flavor = "multi_thread")]
async fn small_files_become_one_and_old_ones_are_deleted_a_day_later() {
    let world = three_files().await;
    let announced = world.run().await.unwrap();
    assert_eq!(announced.days, ["posts of 2026-01-02: 3 small files; a folder for merged ones is announced"]);
    world.pass(19 * MINUTE).await;
    assert_eq!(world.run().await.unwrap().days, Vec::<String>::new(), "writers may not have seen it yet");
    world.pass(2 * MINUTE).await;
    let merged = world.run().await.unwrap();
    assert_eq!(merged.days, ["posts of 2026-01-02: 3 files became 1, with 5 rows; 1 rows were repetitions"]);
    assert_eq!(world.query().await, once(&MERGED));
    let files = world.files().await;
    let [(key, table)] = files.as_slice() else { panic!("{files:?}") };
    assert!(
        key.starts_with("web-data/compacted/posts/dt=2026-01-02/") && key.ends_with("/compacted-00000.parquet"),
        "{key}"
    );
    let columns: Vec<(String, DataType)> =
        table.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
    assert_eq!(
        columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["message_id", "timestamp", "n", "later"]
    );
    assert_eq!((&columns[2].1, &columns[3].1), (&DataType::Int64, &DataType::Float64));
    assert_eq!(table.column(3).null_count(), 5);
    assert_eq!(table.column(2).as_primitive::<Int64Type>().values(), &[5, 4, 3, 2, 1], "in the order of their time");
    world.pass(23 * HOUR).await;
    world.run().await.unwrap();
    assert_eq!(world.keys("web-data/transformed/posts/").await.len(), 3, "queries may still read them");
    world.pass(2 * HOUR).await;
    world.run().await.unwrap();
    assert_eq!(world.keys("web-data/transformed/posts/").await, Vec::<String>::new());
    assert_eq!(world.query().await, once(&MERGED));
    assert!(world.state().await.unwrap().old.is_empty());
    world.deliver("b.parquet", &rows(&[("b1", 3), ("b2", 4)], true)).await;
    assert_eq!(world.query().await, once(&MERGED), "delivered again, it changes nothing");
}

/// Runs on and on until nothing is under way. The reader is right after each of them.
async fn until_settled(world: &World, expected: &BTreeMap<String, Vec<Option<i64>>>, context: &str) {
    for _ in 0..RUNS {
        let query = world.query().await;
        let ids: Vec<&String> = query.keys().collect();
        assert_eq!(ids, expected.keys().collect::<Vec<_>>(), "{context}");
        let is_done = world.state().await.is_some_and(|state| {
            state.step == Step::Settled && state.current.contains("/compacted/") && state.old.is_empty()
        });
        if is_done {
            return;
        }
        let wait = if world.state().await.is_some_and(|state| !state.old.is_empty() && state.step == Step::Settled) {
            25 * HOUR
        } else {
            21 * MINUTE
        };
        world.pass(wait).await;
        world.run().await.unwrap();
    }
    panic!("{context}: not settled after {RUNS} runs: {:?}", world.state().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn killed_at_any_write_it_goes_on() {
    let mut tasks = tokio::task::JoinSet::new();
    for moment in [Moment::Before, Moment::After] {
        tasks.spawn(async move {
            let mut write = 1;
            while goes_on(write, moment).await {
                write += 1;
            }
            // Announce, claim, one part, record, move, settle, delete, forget.
            assert_eq!(write - 1, 8, "{moment:?}");
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// Kills the function at one write; false, if there is no such write.
async fn goes_on(write: usize, moment: Moment) -> bool {
    let context = format!("killed {moment:?} write {write}");
    let expected = once(&MERGED);
    let world = three_files().await;
    world.faults.kill_at(write, moment);
    for wait in [21 * MINUTE, 25 * HOUR, 21 * MINUTE] {
        // After the kill, these are runs of which nothing is done.
        let _ = world.run().await;
        world.pass(wait).await;
    }
    let was_killed = world.faults.end();
    until_settled(&world, &expected, &context).await;
    assert_eq!(world.query().await, expected, "{context}: no doubles, no holes");
    assert_eq!(world.files().await.len(), 1, "{context}");
    assert_eq!(world.keys("web-data/transformed/posts/").await, Vec::<String>::new(), "{context}");
    was_killed
}

/// How far a late writer comes before a request of the function; the rest it does after the run.
#[derive(Debug, Clone, Copy)]
enum Late {
    Whole,
    FirstPut,
    Asked,
}

/// A writer that reads the state, and does a part of its puts, before one request; the keys that it has yet to put come into `left`.
fn late_writer(world: &Arc<World>, late: Late, left: &Arc<Mutex<Vec<String>>>) -> Event {
    let (world, left) = (Arc::clone(world), Arc::clone(left));
    let runtime = tokio::runtime::Handle::current();
    Box::new(move || {
        let work = async move {
            let mut keys = world.keys_to_put("late.parquet").await;
            let now = match late {
                Late::Whole => keys.len(),
                Late::FirstPut => keys.len().min(1),
                Late::Asked => 0,
            };
            for key in keys.drain(..now) {
                world.put(&key, &rows(&[("late", 7)], true)).await;
            }
            // One that was written long ago, once more.
            world.deliver("a.parquet", &rows(&[("a1", 1), ("a2", 2)], false)).await;
            left.lock().unwrap().extend(keys);
        };
        tokio::task::block_in_place(|| runtime.block_on(work));
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_late_file_lands_once_between_any_two_requests() {
    let mut tasks = tokio::task::JoinSet::new();
    for (run, least) in [(0, 5), (1, 15)] {
        for late in [Late::Whole, Late::FirstPut, Late::Asked] {
            tasks.spawn(async move {
                let mut request = 1;
                while lands_once(run, late, request).await {
                    request += 1;
                }
                assert!(request > least, "run {run} has only {} requests", request - 1);
            });
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// One writer before one request of one run; false, if the run has no such request.
async fn lands_once(run: usize, late: Late, request: usize) -> bool {
    let context = format!("{late:?} before request {request} of run {run}");
    let expected = once(&[&MERGED[..], &[("late", 7)]].concat());
    let world = Arc::new(three_files().await);
    for _ in 0..run {
        world.run().await.unwrap();
        world.pass(21 * MINUTE).await;
    }
    let left = Arc::default();
    world.faults.happen_before(request, late_writer(&world, late, &left));
    world.run().await.unwrap();
    if !world.faults.has_happened() {
        return false;
    }
    let left: Vec<String> = left.lock().unwrap().drain(..).collect();
    for key in left {
        world.put(&key, &rows(&[("late", 7)], true)).await;
    }
    let found = world.query().await;
    assert!(found.get("late").is_some_and(|late| late.len() == 1), "{context}: {found:?}");
    until_settled(&world, &expected, &context).await;
    assert_eq!(world.query().await, expected, "{context}");
    true
}

/// Reads on and on, and compares what was there before each query with what it found.
struct Reader {
    stop: Arc<AtomicBool>,
    queries: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

type Ids = Arc<Mutex<BTreeSet<String>>>;

impl Reader {
    fn start(world: &Arc<World>, delivered: &Ids) -> Self {
        let (stop, queries) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (world, delivered) = (Arc::clone(world), Arc::clone(delivered));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&queries));
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::SeqCst) {
                let before = delivered.lock().unwrap().clone();
                let found = world.query().await;
                for id in &before {
                    assert!(found.contains_key(id), "{id} was delivered, and is not found: {found:?}");
                }
                for (id, numbers) in &found {
                    assert_eq!(numbers.len(), 1, "{id} is found more than once");
                }
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { stop, queries, task }
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
        self.queries.load(Ordering::SeqCst)
    }
}

async fn deliver(world: &World, delivered: &Ids, file: usize) {
    let ids = [format!("{file}-x"), format!("{file}-y")];
    let number = i64::try_from(file).unwrap();
    let rows = rows(&[(&ids[0], number), (&ids[1], number + 1000)], file.is_multiple_of(2));
    world.deliver(&format!("f{file}.parquet"), &rows).await;
    delivered.lock().unwrap().extend(ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_every_row_once_whatever_arrives_when() {
    let world = Arc::new(World::new().await);
    world.register(&COLUMNS, false).await;
    let delivered = Ids::default();
    for file in 0..4 {
        deliver(&world, &delivered, file).await;
    }
    let reader = Reader::start(&world, &delivered);
    let mut next_file = 4;
    for round in 0..16 {
        // During each run, files arrive for the first time, and all earlier ones again.
        let (new, writers) = (next_file..next_file + 3, Arc::clone(&world));
        next_file += 3;
        let ids = Arc::clone(&delivered);
        let writing = tokio::spawn(async move {
            for file in new {
                deliver(&writers, &ids, file).await;
                for again in 0..file {
                    deliver(&writers, &ids, again).await;
                }
            }
        });
        world.run().await.unwrap();
        writing.await.unwrap();
        world.pass(if round % 5 == 4 { 25 * HOUR } else { 21 * MINUTE }).await;
    }
    let queries = reader.end().await;
    assert!(queries > 10, "{queries} queries");
    let state = world.state().await.unwrap();
    assert!(state.merged.len() > 20, "several compactions: {state:?}");
    let found = world.query().await;
    assert_eq!(found.len(), next_file * 2);
    assert!(found.values().all(|numbers| numbers.len() == 1), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reads_and_no_writer_put_there_is_kept() {
    let world = three_files().await;
    for _ in 0..2 {
        world.run().await.unwrap();
        world.pass(21 * MINUTE).await;
    }
    world.put("web-data/transformed/posts/dt=2026-01-02/by-hand.parquet", &rows(&[("h", 9)], true)).await;
    world.pass(25 * HOUR).await;
    world.run().await.unwrap();
    let kept = world.keys("web-data/transformed/posts/").await;
    assert_eq!(kept, ["web-data/transformed/posts/dt=2026-01-02/by-hand.parquet"]);
    assert_eq!(world.state().await.unwrap().old.len(), 1, "it is looked at again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_type_stops_its_day_and_loses_nothing() {
    let world = three_files().await;
    let folder = "web-data/transformed/posts/dt=2026-01-02/";
    let texts = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let text = RecordBatch::try_from_iter([("message_id", texts("t")), ("n", texts("many"))]).unwrap();
    world.put(&format!("{folder}text.parquet"), &text).await;
    world.run().await.unwrap();
    world.pass(21 * MINUTE).await;
    let error = function::chain(&world.run().await.unwrap_err());
    assert!(error.contains("text.parquet: column n is Utf8, and Int64 in the table"), "{error}");
    assert_eq!(world.location().await, folder);
    assert_eq!(world.state().await.unwrap().step, Step::Settled, "it is given up");
    world.s3.delete_object().bucket("lake").key(format!("{folder}text.parquet")).send().await.unwrap();
    until_settled(&world, &once(&MERGED), "without that file").await;
    assert_eq!(world.query().await, once(&MERGED));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_alone() {
    let check = |projection: bool, files: usize| async move {
        let world = World::new().await;
        world.register(&COLUMNS, projection).await;
        for file in 0..files {
            deliver(&world, &Ids::default(), file).await;
        }
        let answer = world.run().await.unwrap();
        (answer.days.len(), answer.looked_at, world.state().await.is_some())
    };
    assert_eq!(check(false, 2).await, (1, 1, true));
    assert_eq!(check(false, 1).await, (0, 1, false), "one small file is as good as it gets");
    assert_eq!(check(true, 2).await, (0, 0, false), "projection ignores locations");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_by_hand_and_two_runs_at_once() {
    let world = three_files().await;
    let day = |date: &str| serde_json::json!({ "table": "posts", "date": date });
    let error = compact_parquet::handle(&world.context, day("2026-01-05")).await.unwrap_err();
    assert!(error.to_string().contains("posts of 2026-01-05 is no partition"), "{error}");
    compact_parquet::handle(&world.context, day("2026-01-02")).await.unwrap();
    world.pass(21 * MINUTE).await;
    let (left, right) = tokio::join!(world.run(), world.run());
    let lines = [left.unwrap().days, right.unwrap().days].concat();
    let merged = lines.iter().filter(|line| line.contains("3 files became 1")).count();
    assert_eq!(merged, 1, "{lines:?}");
    assert_eq!(world.query().await, once(&MERGED));
}
