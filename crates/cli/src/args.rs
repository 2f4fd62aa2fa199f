use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A file makes landfall in a bucket, and the table behind it is new: atomically, exactly once, checked.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, about, max_term_width = 110, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Without an account: every command runs on an embedded cloud (S3, the Redshift Data API, an event bus) that keeps its
state in one folder. With --aws, it runs on the warehouse and buckets that the environment names.

Examples:
  landfall demo                                         see the whole of it once
  landfall local --folder inbox                         drop files into inbox/, see them load
  landfall sample flights --rows 100000 --out inbox     make vendor files
  landfall load inbox/flights/flights.csv               upload one file, wait for its outcome
  landfall query \"select count(*) from flights.flights\"";

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The folder of pipelines.
    #[arg(long, global = true, default_value = "pipelines", env = "LANDFALL_PIPELINES", value_name = "DIR")]
    pub(crate) pipelines: PathBuf,
    /// Where the embedded cloud keeps its state.
    #[arg(long, global = true, default_value = ".landfall", env = "LANDFALL_STATE", value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Use the warehouse and buckets of the environment (LANDFALL_WORKGROUP, LANDFALL_LANDING_BUCKET, ...).
    #[arg(long, global = true)]
    pub(crate) aws: bool,
    /// Print JSON for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log to standard error what the functions log; RUST_LOG says it in detail.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// How much memory the embedded warehouse may use, in MiB.
    #[arg(long, global = true, default_value_t = 1024, value_name = "MIB")]
    pub(crate) warehouse_memory: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the folder of pipelines: every mistake at once, with file, line and the nearest right name.
    Check,
    /// Show what loading a file would do, statement by statement, without doing it.
    Plan(Plan),
    /// Create what the loads need in the warehouse, and add the columns that the DDL gained.
    Migrate(Migrate),
    /// Upload files as a vendor would, and wait until each is loaded or refused.
    Load(Load),
    /// Run one SQL statement and print its rows.
    Query(Query),
    /// Make synthetic vendor files of any size.
    Sample(Sample),
    /// Run the flights pipeline once on the embedded cloud: files, loads, checks, views, and a broken upload.
    Demo(Demo),
    /// Start the embedded cloud and watch a folder that stands for the landing bucket.
    Local(Local),
    /// Start only redshift-local, the Redshift Data API over DuckDB.
    Redshift(Redshift),
    /// Print the reference of pipeline.toml as Markdown.
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// A file as the vendor sends it.
    pub(crate) file: PathBuf,
    /// Its key in the landing bucket; by default the end of its path that a dataset takes.
    #[arg(long)]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Show the plan and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Files as the vendor sends them; they are loaded in this order.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The key in the landing bucket, for one file; by default the end of its path that a dataset takes.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Give up waiting after this many seconds; the load itself goes on.
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    pub(crate) timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// One statement in Redshift's SQL.
    pub(crate) sql: String,
    /// Give up after this many seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub(crate) timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Sample {
    /// The system whose files are made.
    pub(crate) system: System,
    /// Rows of the largest file; the flights of the full year 2015 are 5819079.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) rows: u64,
    /// The same seed makes the same files.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the files go; their names below it are their keys in the landing bucket.
    #[arg(long, default_value = "inbox", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Also make a file that is wrong in this way; `list` prints the ways.
    #[arg(long, value_name = "KIND")]
    pub(crate) broken: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// Airlines, airports and the flights of a year.
    Flights,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Rows of the flights file.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) rows: u64,
    /// The same seed makes the same files.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Keep the state and the files in this folder; by default they are removed.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Local {
    /// The folder that stands for the landing bucket: a file that is put there is uploaded under its path.
    #[arg(long, default_value = "inbox", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The port of S3; 0 takes any.
    #[arg(long, default_value_t = 4566)]
    pub s3_port: u16,
    /// The port of the Redshift Data API; 0 takes any.
    #[arg(long, default_value_t = 4567)]
    pub(crate) redshift_port: u16,
    /// The port of the event bus; 0 takes any.
    #[arg(long, default_value_t = 4568)]
    pub(crate) events_port: u16,
    /// Run no function, because they run elsewhere against these endpoints: what is uploaded waits for them.
    #[arg(long)]
    pub(crate) no_functions: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Redshift {
    /// The port; 0 takes any.
    #[arg(long, default_value_t = 4567)]
    pub(crate) port: u16,
    /// The database's file; without it, the database is in memory.
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// The S3 endpoint that COPY reads from; without it, AWS's own.
    #[arg(long, value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// How much memory DuckDB may use, in MiB.
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    pub(crate) memory: u64,
}
