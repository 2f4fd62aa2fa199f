"""What is still there under a deployment's name when it should be gone."""


def named(name, cloud):
    """All that has the name, as `<kind> <name>`."""

    def asked(service, operation, answer, field=None):
        paginator = cloud.client(service)
        items = (
            [item for page in paginator.get_paginator(operation).paginate() for item in page.get(answer, [])]
            if paginator.can_paginate(operation)
            else getattr(paginator, operation)().get(answer, [])
        )
        return [item if field is None else item[field] for item in items]

    kinds = {
        "function": asked("lambda", "list_functions", "Functions", "FunctionName"),
        "event source mapping": asked("lambda", "list_event_source_mappings", "EventSourceMappings", "FunctionArn"),
        "layer": asked("lambda", "list_layers", "Layers", "LayerName"),
        "queue": asked("sqs", "list_queues", "QueueUrls"),
        "topic": asked("sns", "list_topics", "Topics", "TopicArn"),
        "bus": asked("events", "list_event_buses", "EventBuses", "Name"),
        "rule": asked("events", "list_rules", "Rules", "Name"),
        "bucket": asked("s3", "list_buckets", "Buckets", "Name"),
        "stream": asked("kinesis", "list_streams", "StreamNames"),
        "delivery stream": asked("firehose", "list_delivery_streams", "DeliveryStreamNames"),
        "role": asked("iam", "list_roles", "Roles", "RoleName"),
        "log group": asked("logs", "describe_log_groups", "logGroups", "logGroupName"),
        "alarm": asked("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "dashboard": asked("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
        "catalog database": asked("glue", "get_databases", "DatabaseList", "Name"),
        "stack": [
            stack["StackName"]
            for stack in asked("cloudformation", "describe_stacks", "Stacks")
            if stack["StackStatus"] != "DELETE_COMPLETE"
        ],
    }
    return sorted(
        f"{kind} {item}"
        for kind, items in kinds.items()
        for item in items
        if name in item or name.replace("-", "_") in item
    )
