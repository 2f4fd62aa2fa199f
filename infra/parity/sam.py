"""What SAM deploys, from the template as CloudFormation's transform gives it."""

import json
import re

from .arns import ACCOUNT, KINDS, PARTITION, REGION, VENDOR_KEY, arn, role_id
from .model import Deployment

# The values of infra/terraform/tests/deployment.tftest.hcl, by the parameters' names.
PARAMETERS = {
    "Name": "landfall",
    "LandingBucketName": "acme-landing",
    "LakeBucketName": "acme-lake",
    "LandingObjects": ["arn:aws:s3:::acme-landing/flights/airports.csv", "arn:aws:s3:::acme-landing/flights/flights*.csv"],
    "WriteKeysSecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:write-keys-a1b2c3",
    "PrivacyKeySecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:privacy-key-a1b2c3",
    "AlertEmail": "oncall@example.com",
    "VendorKmsKeyArns": [VENDOR_KEY],
}
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": PARTITION, "AWS::URLSuffix": "amazonaws.com"}
NOTHING = object()
NAMES = {theirs: name for _, theirs, _, name, _ in KINDS} | {
    "AWS::Glue::Database": None,
    "AWS::RedshiftServerless::Namespace": "NamespaceName",
    "AWS::Logs::LogStream": "LogStreamName",
}
# What `Ref` gives of these is their ARN. CloudFormation's user guide, "Ref", per resource.
REF_IS_ARN = {"AWS::SNS::Topic", "AWS::Lambda::LayerVersion"}


class Template:
    def __init__(self, template, parameters=None):
        self.template = template
        given = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
        self.parameters = {**given, **PARAMETERS, **(parameters or {})}
        lists = {name for name, parameter in template["Parameters"].items() if parameter["Type"] == "CommaDelimitedList"}
        for name in lists:
            value = self.parameters[name]
            self.parameters[name] = value.split(",") if isinstance(value, str) else value

    def is_true(self, condition):
        return self.resolved(self.template["Conditions"][condition])

    def resources(self):
        for logical, resource in self.template["Resources"].items():
            if "Condition" not in resource or self.is_true(resource["Condition"]):
                yield logical, resource["Type"], self.properties(logical)

    def properties(self, logical):
        return self.resolved(self.template["Resources"][logical].get("Properties", {}))

    def resolved(self, value):
        if isinstance(value, list):
            return [item for item in map(self.resolved, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self.ref(argument)
            if name.startswith("Fn::"):
                return getattr(self, name[4:].lower())(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.is_true(argument)
        return {key: item for key, item in ((key, self.resolved(item)) for key, item in value.items()) if item is not NOTHING}

    def ref(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO or name in self.parameters:
            return PSEUDO.get(name, self.parameters.get(name))
        kind, properties = self.template["Resources"][name]["Type"], self.properties(name)
        if kind in REF_IS_ARN:
            return arn(kind, properties)
        if kind == "AWS::Glue::Database":
            return properties["DatabaseInput"]["Name"]
        return properties[NAMES[kind]]

    def getatt(self, argument):
        logical, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        kind, properties = self.template["Resources"][logical]["Type"], self.properties(logical)
        if attribute in ("Arn", "Workgroup.WorkgroupArn"):
            # CloudFormation's user guide, "AWS::Logs::LogGroup": its ARN ends with `:*`.
            return arn(kind, properties) + (":*" if kind == "AWS::Logs::LogGroup" else "")
        if attribute == "RoleId":
            return role_id(properties["RoleName"])
        if attribute == "QueueName":
            return properties["QueueName"]
        return f"{logical}.{attribute}"

    def sub(self, argument):
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def put(match):
            name = match[1]
            if name in own:
                return str(self.resolved(own[name]))
            return str(self.getatt(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([\w:.]+)\}", put, text)

    def join(self, argument):
        return argument[0].join(str(item) for item in self.resolved(argument[1]))

    def split(self, argument):
        return self.resolved(argument[1]).split(argument[0])

    def equals(self, argument):
        one, other = self.resolved(argument)
        return one == other

    def __getattr__(self, name):
        if name == "not":
            return lambda argument: not self.resolved(argument[0])
        if name == "and":
            return lambda argument: all(self.resolved(argument))
        if name == "or":
            return lambda argument: any(self.resolved(argument))
        if name == "if":
            return lambda argument: self.resolved(argument[1] if self.is_true(argument[0]) else argument[2])
        raise AttributeError(f"the check does not know Fn::{name.capitalize()}: infra/parity/sam.py")


def deployment(file):
    with open(file) as text:
        return read(json.load(text))


def read(template, parameters=None):
    made, template = Deployment("SAM"), Template(template, parameters)
    for name, output in template.template["Outputs"].items():
        if name.startswith("Landfall"):
            # LandfallLakeBucket is LANDFALL_LAKE_BUCKET.
            made.shell[re.sub(r"\B[A-Z]", r"_\g<0>", name).upper()] = template.resolved(output["Value"])
    for logical, kind, values in template.resources():
        if kind == "AWS::Lambda::Function":
            log = values.get("LoggingConfig", {})
            made.function(
                values["FunctionName"],
                arn=arn(kind, values),
                memory_mb=values["MemorySize"],
                timeout_seconds=values["Timeout"],
                runtime=values["Runtime"],
                handler=values["Handler"],
                architectures=values["Architectures"],
                layers=values.get("Layers", []),
                environment=values.get("Environment", {}).get("Variables", {}),
                role=values["Role"],
                concurrency=values.get("ReservedConcurrentExecutions"),
                log=[log.get("LogGroup"), log.get("LogFormat"), log.get("ApplicationLogLevel"), log.get("SystemLogLevel")],
            )
            name, metadata = values["FunctionName"].removeprefix(made.prefix), template.template["Resources"][logical].get("Metadata", {})
            made.logical_ids[name] = logical
            made.builds[name] = (metadata.get("BuildMethod"), metadata.get("BuildProperties", {}).get("Binary"), values["Code"]["S3Key"])
        elif kind == "AWS::IAM::Role":
            made.role(values["RoleName"], arn(kind, values), values["AssumeRolePolicyDocument"])
            for policy in values.get("Policies", []):
                made.permit(values["RoleName"], policy["PolicyDocument"])
        elif kind == "AWS::IAM::Policy":
            for role in values["Roles"]:
                made.permit(role, values["PolicyDocument"])
        elif kind == "AWS::SQS::Queue":
            visibility, retention = values.get("VisibilityTimeout"), values.get("MessageRetentionPeriod")
            made.queue(values["QueueName"], arn(kind, values), visibility, retention, values.get("RedrivePolicy"))
            if "RedriveAllowPolicy" in values:
                made.redriven(values["RedriveAllowPolicy"])
        elif kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
            made.guard(values["PolicyDocument"])
        elif kind == "AWS::Events::Rule":
            targets = [(target["Arn"], target.get("DeadLetterConfig", {}).get("Arn")) for target in values["Targets"]]
            made.rule(values["Name"], values.get("EventBusName"), values.get("EventPattern"), values.get("ScheduleExpression"), targets)
        elif kind == "AWS::Lambda::EventSourceMapping":
            concurrency = values.get("ScalingConfig", {}).get("MaximumConcurrency")
            made.mapping(values["FunctionName"], values["EventSourceArn"], values["BatchSize"], concurrency, values.get("FunctionResponseTypes", []))
        elif kind == "AWS::Lambda::Url":
            made.address(values["TargetFunctionArn"], values["AuthType"], "Cors" in values)
        elif kind == "AWS::Lambda::Permission":
            made.callable_by(
                values["FunctionName"], values["Action"], values["Principal"], values.get("SourceArn"), values.get("FunctionUrlAuthType"),
                values.get("InvokedViaFunctionUrl"),
            )  # fmt: skip
        elif kind == "AWS::Lambda::EventInvokeConfig":
            made.retries(values["FunctionName"], values["MaximumRetryAttempts"], values["MaximumEventAgeInSeconds"])
        elif kind == "AWS::KinesisFirehose::DeliveryStream":
            to, source = values["ExtendedS3DestinationConfiguration"], values["KinesisStreamSourceConfiguration"]
            [processor] = to["ProcessingConfiguration"]["Processors"]
            parameters = {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in processor["Parameters"]}
            made.delivery(
                values["DeliveryStreamName"], source["KinesisStreamARN"], to["BucketARN"], parameters["LambdaArn"],
                [to["Prefix"], to["ErrorOutputPrefix"]],
                [to["BufferingHints"]["IntervalInSeconds"], to["BufferingHints"]["SizeInMBs"], to["CompressionFormat"]],
            )  # fmt: skip
        elif kind == "AWS::S3::Bucket":
            for rule in values.get("LifecycleConfiguration", {}).get("Rules", []):
                made.expiry(
                    values["BucketName"], rule["Id"], rule.get("Prefix", ""), rule.get("ExpirationInDays"),
                    rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),
                    rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
                )  # fmt: skip
        elif kind == "AWS::CloudWatch::Alarm":
            metrics = [m["MetricStat"]["Metric"] for m in values.get("Metrics", []) if "MetricStat" in m] or [values]
            for metric in metrics:
                dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
                made.alarm(values["AlarmName"], metric["Namespace"], metric["MetricName"], dimensions)
    return made.finished()
