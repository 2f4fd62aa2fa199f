//! A warehouse and a client of it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_sdk_redshiftdata::Client;
use aws_sdk_redshiftdata::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::{Field, StatementStatusString, StatusString};
use redshift_local::{Completion, Config, Server, serve};
use tokio::net::TcpListener;

/// Keeps the completion events it receives.
#[derive(Default)]
pub(crate) struct Events(pub(crate) Mutex<Vec<serde_json::Value>>);

impl Completion for Events {
    fn completed(&self, event: serde_json::Value) {
        self.0.lock().unwrap().push(event);
    }
}

/// A running warehouse.
pub(crate) struct Warehouse {
    pub(crate) client: Client,
    pub(crate) events: Arc<Events>,
    pub(crate) server: Server,
}

impl Warehouse {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn at(database: &Path) -> Self {
        Self::with(Config { database: Some(database.to_owned()), ..Config::default() }).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let events = Arc::new(Events::default());
        let config = Config { completion: Some(Arc::clone(&events) as Arc<dyn Completion>), ..config };
        let server = serve(config, TcpListener::bind("127.0.0.1:0").await.unwrap()).await.unwrap();
        let settings = aws_sdk_redshiftdata::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(server.endpoint())
            .build();
        Self { client: Client::from_conf(settings), events, server }
    }

    /// Starts a statement and returns its id.
    pub(crate) async fn submit(&self, sql: &str) -> String {
        let request = self.client.execute_statement().workgroup_name("landfall").database("dev");
        request.sql(sql).send().await.unwrap().id.unwrap()
    }

    /// Starts a transaction of several statements and returns its id.
    pub(crate) async fn submit_batch(&self, sqls: &[&str]) -> String {
        let request = self.client.batch_execute_statement().workgroup_name("landfall").database("dev");
        request.set_sqls(Some(sqls.iter().map(ToString::to_string).collect())).send().await.unwrap().id.unwrap()
    }

    /// The state of a statement, when it has ended.
    pub(crate) async fn ended(&self, id: &str) -> DescribeStatementOutput {
        loop {
            let state = self.client.describe_statement().id(id).wait_time_seconds(10).send().await.unwrap();
            if is_final(&state) {
                return state;
            }
        }
    }

    /// Waits until a statement runs.
    pub(crate) async fn started(&self, id: &str) {
        loop {
            let state = self.client.describe_statement().id(id).send().await.unwrap();
            assert!(!is_final(&state), "{state:?}");
            if state.status() == Some(&StatusString::Started) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a batch's first statement has ended.
    pub(crate) async fn part_finished(&self, id: &str) {
        let finished = Some(&StatementStatusString::Finished);
        loop {
            let state = self.client.describe_statement().id(id).send().await.unwrap();
            assert!(!is_final(&state), "{state:?}");
            if state.sub_statements().first().is_some_and(|first| first.status() == finished) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Runs a statement that must succeed, and returns its rows.
    pub(crate) async fn run(&self, sql: &str) -> Vec<String> {
        let id = self.submit(sql).await;
        let state = self.ended(&id).await;
        assert_eq!(state.status(), Some(&StatusString::Finished), "{sql}: {:?}", state.error());
        if state.has_result_set() == Some(true) { self.rows(&id).await } else { Vec::new() }
    }

    /// Runs a statement that must fail, and returns its error.
    pub(crate) async fn fail(&self, sql: &str) -> String {
        let state = self.ended(&self.submit(sql).await).await;
        assert_eq!(state.status(), Some(&StatusString::Failed), "{sql}");
        state.error().unwrap().to_owned()
    }

    /// Runs a batch that must end in `status`.
    pub(crate) async fn run_batch(&self, sqls: &[&str], status: StatusString) -> DescribeStatementOutput {
        let state = self.ended(&self.submit_batch(sqls).await).await;
        assert_eq!(state.status(), Some(&status), "{:?}", state.error());
        state
    }

    /// The rows of a statement, each with its fields between bars.
    pub(crate) async fn rows(&self, id: &str) -> Vec<String> {
        let result = self.client.get_statement_result().id(id).send().await.unwrap();
        result.records().iter().map(|record| record.iter().map(show).collect::<Vec<_>>().join("|")).collect()
    }
}

fn is_final(state: &DescribeStatementOutput) -> bool {
    matches!(state.status(), Some(StatusString::Finished | StatusString::Failed | StatusString::Aborted))
}

fn show(field: &Field) -> String {
    match field {
        Field::BooleanValue(value) => value.to_string(),
        Field::DoubleValue(value) => value.to_string(),
        Field::IsNull(_) => "NULL".to_owned(),
        Field::LongValue(value) => value.to_string(),
        Field::StringValue(value) => format!("'{value}'"),
        other => format!("{other:?}"),
    }
}
