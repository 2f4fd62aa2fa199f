"""The deployment that both tools are evaluated for, and the ARNs that AWS would give: equal for what has an equal name."""

REGION, ACCOUNT, PARTITION = "eu-central-1", "111122223333", "aws"
HERE = f"{REGION}:{ACCOUNT}"

# A key of a vendor's: what it allows is part of what is compared.
VENDOR_KEY = "arn:aws:kms:eu-central-1:444455556666:key/11111111-2222-3333-4444-555555555555"

# Terraform's type, CloudFormation's type, how each calls the name, and the ARN.
KINDS = [
    ("aws_sqs_queue", "AWS::SQS::Queue", "name", "QueueName", "arn:aws:sqs:{here}:{name}"),
    ("aws_lambda_function", "AWS::Lambda::Function", "function_name", "FunctionName", "arn:aws:lambda:{here}:function:{name}"),
    ("aws_lambda_layer_version", "AWS::Lambda::LayerVersion", "layer_name", "LayerName", "arn:aws:lambda:{here}:layer:{name}:1"),
    ("aws_iam_role", "AWS::IAM::Role", "name", "RoleName", "arn:aws:iam::{account}:role/{name}"),
    ("aws_cloudwatch_log_group", "AWS::Logs::LogGroup", "name", "LogGroupName", "arn:aws:logs:{here}:log-group:{name}"),
    ("aws_cloudwatch_event_rule", "AWS::Events::Rule", "name", "Name", "arn:aws:events:{here}:rule/{name}"),
    ("aws_cloudwatch_event_bus", "AWS::Events::EventBus", "name", "Name", "arn:aws:events:{here}:event-bus/{name}"),
    ("aws_sns_topic", "AWS::SNS::Topic", "name", "TopicName", "arn:aws:sns:{here}:{name}"),
    ("aws_s3_bucket", "AWS::S3::Bucket", "bucket", "BucketName", "arn:aws:s3:::{name}"),
    ("aws_kinesis_stream", "AWS::Kinesis::Stream", "name", "Name", "arn:aws:kinesis:{here}:stream/{name}"),
    (
        "aws_kinesis_firehose_delivery_stream", "AWS::KinesisFirehose::DeliveryStream", "name", "DeliveryStreamName",
        "arn:aws:firehose:{here}:deliverystream/{name}",
    ),
    (
        "aws_redshiftserverless_workgroup", "AWS::RedshiftServerless::Workgroup", "workgroup_name", "WorkgroupName",
        "arn:aws:redshift-serverless:{here}:workgroup/{name}",
    ),
]  # fmt: skip


def arn(kind, values):
    """The ARN of a resource of either tool; None for a kind whose ARN nobody asks for."""
    for terraform, sam, ours, theirs, pattern in KINDS:
        if kind in (terraform, sam):
            return pattern.format(here=HERE, account=ACCOUNT, name=values[ours if kind == terraform else theirs])
    return None


def role_id(name):
    return f"id-of-{name}"
