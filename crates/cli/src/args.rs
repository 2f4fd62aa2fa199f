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
Without an account: every command runs on an embedded cloud (S3, the Redshift Data API, Kinesis, Firehose, Glue, an event
bus) that keeps its state in one folder. With --aws, it runs on the warehouse and buckets that the environment names.

Examples:
  landfall demo                                         see the whole of it once
  landfall local --folder inbox                         drop files into inbox/, see them load
  landfall sample flights --rows 100000 --out inbox     make vendor files
  landfall load inbox/flights/flights.csv               upload one file, wait for its outcome
  landfall query \"select count(*) from flights.flights\"
  landfall sample web-events && landfall track tracking/events.ndjson
  landfall athena \"select dt, count(*) from posts group by dt\"";

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
    Plan(PlanArgs),
    /// Create what the loads need in the warehouse, and add the columns that the DDL gained.
    Migrate(MigrateArgs),
    /// Upload files as a vendor would, and wait until each is loaded or refused.
    Load(LoadArgs),
    /// Run one SQL statement and print its rows.
    Query(QueryArgs),
    /// Make synthetic vendor files of any size.
    Sample(SampleArgs),
    /// Send tracking events to the collector, as the SDK of a client does.
    Track(TrackArgs),
    /// Ask the lake of tracking events, as Athena would answer from the catalog.
    Athena(AthenaArgs),
    /// Put records back that could not be delivered: decode what Firehose kept, and send it through the stream again.
    Replay(ReplayArgs),
    /// Run a system once on the embedded cloud: flights (files, loads, checks, views, a broken upload) or web-events (from the tracking
    /// call to the query).
    Demo(DemoArgs),
    /// Start the embedded cloud and watch a folder that stands for the landing bucket.
    Local(LocalArgs),
    /// Start only redshift-local, the Redshift Data API over DuckDB.
    Redshift(RedshiftArgs),
    /// Print what the folder of pipelines asks of the infrastructure: keys for the landing policy, alarms, the prefix of events.
    Render(RenderArgs),
    /// Print the reference of pipeline.toml as Markdown.
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// The tool that reads it.
    pub(crate) tool: Tool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// A file of variables, such as infra/terraform/pipelines.auto.tfvars.json.
    Terraform,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// A file as the vendor sends it.
    pub(crate) file: PathBuf,
    /// Its key in the landing bucket; by default the end of its path that a dataset takes.
    #[arg(long)]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Show the plan and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also let this database user run the loads, with what each of them needs and no more; it is made where there is none. The user of
    /// a function's role is `IAMR:<role>`, which Terraform's output `database_user` names.
    #[arg(long, value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) grant_to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
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
pub(crate) struct QueryArgs {
    /// One statement in Redshift's SQL.
    pub(crate) sql: String,
    /// Give up after this many seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub(crate) timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    /// The system whose files are made.
    pub(crate) system: System,
    /// Rows of the largest file (the flights of the full year 2015 are 5819079), or events.
    #[arg(long, visible_alias = "events", default_value_t = 10_000)]
    pub(crate) rows: u64,
    /// The same seed makes the same files.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the files go [default: inbox for flights, whose names below it are their keys in the landing bucket; else tracking].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// flights: also make a file that is wrong in this way; `list` prints the ways.
    #[arg(long, value_name = "KIND")]
    pub(crate) broken: Option<String>,
    /// web-events: how many happen per second.
    #[arg(long, default_value_t = 50.0, value_name = "EVENTS")]
    pub(crate) rate: f64,
    /// web-events: how uneven people are; 0 makes all equally active, 1 follows Zipf's law.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) skew: f64,
    /// web-events: of 1,000, how many are of types that no table declares.
    #[arg(long, default_value_t = 20, value_name = "OF_1000")]
    pub(crate) unknown: u32,
    /// web-events: of 1,000, how many are sent a second time.
    #[arg(long, default_value_t = 5, value_name = "OF_1000")]
    pub(crate) repeated: u32,
    /// web-events: malformed records on top, per 1,000.
    #[arg(long, default_value_t = 1, value_name = "OF_1000")]
    pub(crate) malformed: u32,
}

impl SampleArgs {
    /// Where the files go.
    pub(crate) fn folder(&self) -> PathBuf {
        let default = match self.system {
            System::Flights => "inbox",
            System::WebEvents => "tracking",
        };
        self.out.clone().unwrap_or_else(|| default.into())
    }
}

#[derive(Debug, Args)]
pub(crate) struct TrackArgs {
    /// Files with one event per line, in Segment's form.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The collector; by default that of the landfall local which runs on this state folder.
    #[arg(long, value_name = "URL", requires = "write_key")]
    pub(crate) url: Option<String>,
    /// The write key of the source.
    #[arg(long, value_name = "KEY", env = "LANDFALL_WRITE_KEY", hide_env_values = true)]
    pub(crate) write_key: Option<String>,
    /// Send requests uncompressed, where what stands between does not pass compressed ones on as they are.
    #[arg(long)]
    pub(crate) uncompressed: bool,
    /// Events per request, 1 to 2500.
    #[arg(long, default_value = "100", value_name = "EVENTS", value_parser = batch_size)]
    pub(crate) batch: usize,
    /// Events per second at most; without it, as fast as the collector takes them.
    #[arg(long, value_name = "EVENTS")]
    pub(crate) rate: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct AthenaArgs {
    /// One query in Athena's SQL; also `show tables`, `describe <table>` and `show partitions <table>`.
    pub(crate) sql: String,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// What the keys begin with, such as web-data/errors/; by default all that was kept.
    pub(crate) prefix: Option<String>,
    /// Show what is kept and why, and put nothing back.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// Airlines, airports and the flights of a year.
    Flights,
    /// Tracking events of a web app, one per line.
    WebEvents,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The system that is shown.
    #[arg(default_value = "flights")]
    pub(crate) system: System,
    /// Rows of the flights file, or tracking events.
    #[arg(long, visible_alias = "events", default_value_t = 20_000)]
    pub(crate) rows: u64,
    /// The same seed makes the same files.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Keep the state and the files in this folder; by default they are removed.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LocalArgs {
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
    /// The port of Kinesis; 0 takes any.
    #[arg(long, default_value_t = 4569)]
    pub(crate) kinesis_port: u16,
    /// The port of Glue; 0 takes any.
    #[arg(long, default_value_t = 4570)]
    pub(crate) glue_port: u16,
    /// The port of the collector of tracking events; 0 takes any.
    #[arg(long, default_value_t = 4571)]
    pub(crate) collector_port: u16,
    /// Run the functions' own binaries as Lambda runs them, instead of their handlers in this process. In this folder, FUNCTION/bootstrap
    /// is looked for, which cargo lambda build --lambda-dir makes, and FUNCTION, which cargo build makes.
    #[arg(long, value_name = "DIR")]
    pub(crate) functions: Option<PathBuf>,
    /// Run the functions on the cloud at this URL, such as LocalStack: S3, SQS, EventBridge and Kinesis are there, and what is missing
    /// in them is created.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// With --endpoint-url: the Glue that is used instead of the embedded one.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_GLUE")]
    pub(crate) glue_url: Option<String>,
    /// What names in the cloud at --endpoint-url begin with; each state folder needs its own.
    #[arg(long, default_value = "landfall-local", value_name = "NAME", requires = "endpoint_url")]
    pub(crate) name: String,
    /// Run no function, because they run elsewhere against these endpoints: what is uploaded waits for them.
    #[arg(long, conflicts_with_all = ["functions", "endpoint_url"])]
    pub(crate) no_functions: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RedshiftArgs {
    /// The address; only a container has reason to listen beyond this machine, because nobody is asked who they are.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) address: std::net::IpAddr,
    /// The port; 0 takes any.
    #[arg(long, default_value_t = 4567)]
    pub(crate) port: u16,
    /// A name under which it is reached besides its address, 127.0.0.1 and localhost, such as a container's; may be given more than once.
    /// Requests to other names are refused, so that no web page reaches the warehouse under a name of its own.
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// The database's file; without it, the database is in memory.
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// The S3 endpoint that COPY reads from; without it, AWS's own.
    #[arg(long, value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// How much memory DuckDB may use, in MiB.
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    pub(crate) memory: u64,
    /// A function that is invoked with each completion event, as EventBridge would; AWS_ENDPOINT_URL_LAMBDA says where.
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) completions_to_function: Option<String>,
    /// An event bus that takes them instead, under the source `landfall.redshift-data`; AWS_ENDPOINT_URL_EVENTBRIDGE says where.
    #[arg(long, value_name = "BUS", conflicts_with = "completions_to_function")]
    pub(crate) completions_to_bus: Option<String>,
}

/// The range of sizes of a batch.
fn batch_size(text: &str) -> anyhow::Result<usize> {
    match text.parse() {
        Ok(size @ 1..=2500) => Ok(size),
        _ => anyhow::bail!("a batch has 1 to 2500 events"),
    }
}
