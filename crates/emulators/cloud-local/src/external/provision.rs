//! Creates in the external cloud what is missing there, and leaves alone what is not.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::{DeadLetterConfig, Target};
use aws_sdk_kinesis::types::StreamStatus;
use aws_sdk_s3::types::{
    BucketVersioningStatus, EventBridgeConfiguration, NotificationConfiguration, VersioningConfiguration,
};
use aws_sdk_sqs::types::QueueAttributeName;
use local_server::BoxError;
use serde_json::{Value, json};

use super::plan::{DEAD_LETTERS, QueuePlan};
use super::poller::{MAX_RECEIVES, VISIBLE_AFTER};
use crate::clients;
use crate::error::Error;

/// How long a message is kept, in seconds, and a dead letter: as the infrastructure has it.
const RETENTION: &str = "345600";
const DEAD_LETTERS_RETENTION: &str = "1209600";

/// How often a stream that is being made is looked at, and for how long.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const LOOKS: u32 = 300;

/// Clients of the external cloud.
#[derive(Clone)]
pub(super) struct Remote {
    pub(super) url: String,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) events: aws_sdk_eventbridge::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) kinesis: aws_sdk_kinesis::Client,
}

/// A queue that is there.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) url: String,
    pub(super) arn: String,
}

impl Remote {
    pub(super) fn new(sdk: &SdkConfig, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            s3: clients::s3(sdk, url),
            events: clients::eventbridge(sdk, url),
            sqs: clients::sqs(sdk, url),
            kinesis: clients::kinesis(sdk, url),
        }
    }

    fn failed<E: Into<BoxError>>(&self, operation: &'static str, subject: &str) -> impl FnOnce(E) -> Error {
        let (subject, url) = (subject.to_owned(), self.url.clone());
        move |source| Error::External { operation, subject, url, source: source.into() }
    }

    /// Whether anything answers.
    pub(super) async fn answers(&self) -> Result<(), Error> {
        match self.s3.list_buckets().send().await {
            Ok(_) => Ok(()),
            Err(source) if source.as_service_error().is_some() => Err(self.failed("list the buckets of", "S3")(source)),
            Err(source) => Err(Error::NoAnswer { url: self.url.clone(), source: source.into() }),
        }
    }

    /// A bucket that keeps versions and tells EventBridge of its objects.
    pub(super) async fn bucket(&self, name: &str) -> Result<(), Error> {
        match self.s3.head_bucket().bucket(name).send().await {
            Ok(_) => {}
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => {
                let created = self.s3.create_bucket().bucket(name).send().await;
                created.map_err(self.failed("create the bucket", name))?;
            }
            Err(error) => return Err(self.failed("look at the bucket", name)(error)),
        }
        let versioning = self.s3.get_bucket_versioning().bucket(name).send().await;
        let versioning = versioning.map_err(self.failed("read the versioning of the bucket", name))?;
        if versioning.status() != Some(&BucketVersioningStatus::Enabled) {
            let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
            let put = self.s3.put_bucket_versioning().bucket(name).versioning_configuration(enabled).send().await;
            put.map_err(self.failed("turn on the versions of the bucket", name))?;
        }
        self.notifications(name).await
    }

    /// Adds EventBridge to what the bucket notifies already.
    async fn notifications(&self, bucket: &str) -> Result<(), Error> {
        let there = self.s3.get_bucket_notification_configuration().bucket(bucket).send().await;
        let there = there.map_err(self.failed("read the notifications of the bucket", bucket))?;
        if there.event_bridge_configuration().is_some() {
            return Ok(());
        }
        let configuration = NotificationConfiguration::builder()
            .set_topic_configurations(there.topic_configurations)
            .set_queue_configurations(there.queue_configurations)
            .set_lambda_function_configurations(there.lambda_function_configurations)
            .event_bridge_configuration(EventBridgeConfiguration::builder().build())
            .build();
        let put = self.s3.put_bucket_notification_configuration().bucket(bucket);
        let put = put.notification_configuration(configuration).send().await;
        put.map_err(self.failed("turn on EventBridge for the bucket", bucket))?;
        Ok(())
    }

    pub(super) async fn bus(&self, name: &str) -> Result<(), Error> {
        match self.events.describe_event_bus().name(name).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => {
                let created = self.events.create_event_bus().name(name).send().await;
                created.map_err(self.failed("create the event bus", name))?;
                Ok(())
            }
            Err(error) => Err(self.failed("look at the event bus", name)(error)),
        }
    }

    /// A queue with its dead letters, and the rule that fills it.
    pub(super) async fn queue(&self, plan: &QueuePlan) -> Result<Made, Error> {
        let rule_arn = self.rule(plan).await?;
        let dead_letters = self
            .one_queue(
                &format!("{}{DEAD_LETTERS}", plan.name),
                &rule_arn,
                [(QueueAttributeName::MessageRetentionPeriod, DEAD_LETTERS_RETENTION.to_owned())].into(),
            )
            .await?;
        let redrive = json!({ "deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVES.to_string() });
        let attributes = [
            (QueueAttributeName::MessageRetentionPeriod, RETENTION.to_owned()),
            (QueueAttributeName::VisibilityTimeout, VISIBLE_AFTER.as_secs().to_string()),
            (QueueAttributeName::RedrivePolicy, redrive.to_string()),
        ];
        let queue = self.one_queue(&plan.name, &rule_arn, attributes.into()).await?;
        self.target(plan, &queue, &dead_letters).await?;
        Ok(queue)
    }

    /// One queue, which the rule may fill.
    async fn one_queue(
        &self,
        name: &str,
        rule_arn: &str,
        attributes: HashMap<QueueAttributeName, String>,
    ) -> Result<Made, Error> {
        let url = match self.sqs.get_queue_url().queue_name(name).send().await {
            Ok(found) => found.queue_url,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_queue_does_not_exist()) => {
                let created = self.sqs.create_queue().queue_name(name).set_attributes(Some(attributes)).send().await;
                created.map_err(self.failed("create the queue", name))?.queue_url
            }
            Err(error) => return Err(self.failed("look for the queue", name)(error)),
        };
        let url = url.ok_or("there is no URL in the answer").map_err(self.failed("find the queue", name))?;
        let attributes = self.sqs.get_queue_attributes().queue_url(&url);
        let attributes = attributes.attribute_names(QueueAttributeName::All).send().await;
        let attributes = attributes.map_err(self.failed("read the attributes of the queue", name))?;
        let attributes = attributes.attributes.unwrap_or_default();
        let arn = attributes.get(&QueueAttributeName::QueueArn).cloned();
        let arn = arn.ok_or("there is no ARN in the answer").map_err(self.failed("find the queue", name))?;
        if !attributes.contains_key(&QueueAttributeName::Policy) {
            let policy = policy(&arn, rule_arn).to_string();
            let set = self.sqs.set_queue_attributes().queue_url(&url).attributes(QueueAttributeName::Policy, policy);
            set.send().await.map_err(self.failed("let EventBridge fill the queue", name))?;
        }
        Ok(Made { url, arn })
    }

    /// The rule with this pattern; its ARN.
    async fn rule(&self, plan: &QueuePlan) -> Result<String, Error> {
        let there = match self.events.describe_rule().name(&plan.rule).event_bus_name(&plan.bus).send().await {
            Ok(rule) => Some(rule),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => None,
            Err(error) => return Err(self.failed("look at the rule", &plan.rule)(error)),
        };
        if let Some(rule) = there
            && rule.event_pattern().and_then(|text| serde_json::from_str::<Value>(text).ok()).as_ref()
                == Some(&plan.pattern)
            && let Some(arn) = rule.arn
        {
            return Ok(arn);
        }
        let put = self.events.put_rule().name(&plan.rule).event_bus_name(&plan.bus);
        let put = put.event_pattern(plan.pattern.to_string()).send().await;
        let put = put.map_err(self.failed("create the rule", &plan.rule))?;
        put.rule_arn.ok_or("there is no ARN in the answer").map_err(self.failed("create the rule", &plan.rule))
    }

    async fn target(&self, plan: &QueuePlan, queue: &Made, dead_letters: &Made) -> Result<(), Error> {
        let there = self.events.list_targets_by_rule().rule(&plan.rule).event_bus_name(&plan.bus).send().await;
        let there = there.map_err(self.failed("list the targets of the rule", &plan.rule))?;
        if there.targets().iter().any(|target| target.arn() == queue.arn) {
            return Ok(());
        }
        let undelivered = DeadLetterConfig::builder().arn(&dead_letters.arn).build();
        let target = Target::builder().id("queue").arn(&queue.arn).dead_letter_config(undelivered).build();
        let target = target.map_err(self.failed("name the target of the rule", &plan.rule))?;
        let put = self.events.put_targets().rule(&plan.rule).event_bus_name(&plan.bus).targets(target).send().await;
        let put = put.map_err(self.failed("set the target of the rule", &plan.rule))?;
        match put.failed_entries().first() {
            None => Ok(()),
            Some(entry) => {
                let reason = entry.error_message().unwrap_or("without a reason").to_owned();
                Err(self.failed("set the target of the rule", &plan.rule)(reason))
            }
        }
    }

    /// A stream that can be read and written.
    pub(super) async fn stream(&self, name: &str, shards: u32) -> Result<(), Error> {
        let shards = i32::try_from(shards).map_err(self.failed("count the shards of the stream", name))?;
        for _ in 0..LOOKS {
            match self.kinesis.describe_stream_summary().stream_name(name).send().await {
                Ok(answer) => {
                    let status = answer.stream_description_summary.map(|summary| summary.stream_status);
                    if matches!(status, Some(StreamStatus::Active | StreamStatus::Updating)) {
                        return Ok(());
                    }
                }
                Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => {
                    let created = self.kinesis.create_stream().stream_name(name).shard_count(shards).send().await;
                    created.map_err(self.failed("create the stream", name))?;
                }
                Err(error) => return Err(self.failed("look at the stream", name)(error)),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(self.failed("wait for the stream", name)("it does not become active"))
    }
}

/// Who may fill a queue.
fn policy(queue_arn: &str, rule_arn: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "RulesOfThisQueue",
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": { "ArnEquals": { "aws:SourceArn": [rule_arn] } },
        }],
    })
}
