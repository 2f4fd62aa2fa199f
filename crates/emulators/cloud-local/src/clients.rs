//! Real SDK clients for the services of this process.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

/// Where the services listen: URLs on the loopback address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// S3; address buckets by path.
    pub s3: String,
    /// The Redshift Data API.
    pub redshift: String,
    /// EventBridge.
    pub events: String,
    /// SQS, where queues are a service of their own.
    pub sqs: Option<String>,
    /// Kinesis and Glue, where tracking events are.
    pub tracking: Option<TrackingEndpoints>,
}

/// Where the services of tracking events listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingEndpoints {
    /// Kinesis.
    pub kinesis: String,
    /// Glue.
    pub glue: String,
}

impl Endpoints {
    /// What a process of its own needs in its environment to use these services through any AWS SDK. The S3 client must address buckets
    /// by path as well, which no variable says.
    #[must_use]
    pub fn environment(&self, region: &str) -> Vec<(&'static str, String)> {
        let tracking = self.tracking.iter().flat_map(|tracking| {
            [("AWS_ENDPOINT_URL_KINESIS", tracking.kinesis.clone()), ("AWS_ENDPOINT_URL_GLUE", tracking.glue.clone())]
        });
        let always = [
            ("AWS_ENDPOINT_URL_S3", self.s3.clone()),
            ("AWS_ENDPOINT_URL_REDSHIFT_DATA", self.redshift.clone()),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", self.events.clone()),
            ("AWS_REGION", region.to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ];
        let sqs = self.sqs.iter().map(|url| ("AWS_ENDPOINT_URL_SQS", url.clone()));
        always.into_iter().chain(sqs).chain(tracking).collect()
    }
}

/// Region and credentials that mean nothing; neither the environment nor the home folder is read, so that no request can leave by mistake.
pub(crate) fn sdk_config(region: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "landfall-local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

pub(crate) fn s3(config: &SdkConfig, endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).endpoint_url(endpoint).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

pub(crate) fn redshift_data(config: &SdkConfig, endpoint: &str) -> aws_sdk_redshiftdata::Client {
    let config = aws_sdk_redshiftdata::config::Builder::from(config).endpoint_url(endpoint).build();
    aws_sdk_redshiftdata::Client::from_conf(config)
}

pub(crate) fn eventbridge(config: &SdkConfig, endpoint: &str) -> aws_sdk_eventbridge::Client {
    let config = aws_sdk_eventbridge::config::Builder::from(config).endpoint_url(endpoint).build();
    aws_sdk_eventbridge::Client::from_conf(config)
}

pub(crate) fn sqs(config: &SdkConfig, endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::config::Builder::from(config).endpoint_url(endpoint).build();
    aws_sdk_sqs::Client::from_conf(config)
}

pub(crate) fn kinesis(config: &SdkConfig, endpoint: &str) -> aws_sdk_kinesis::Client {
    let config = aws_sdk_kinesis::config::Builder::from(config).endpoint_url(endpoint).build();
    aws_sdk_kinesis::Client::from_conf(config)
}
