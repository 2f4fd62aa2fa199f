"""What Terraform deploys, from the state of a mocked run."""

import json

from .model import Deployment


def state(file):
    """The state that `terraform test -json -verbose` printed; ends with what went wrong, if there is none."""
    messages = []
    with open(file) as lines:
        for line in lines:
            message = json.loads(line)
            if message["type"] == "test_state":
                return message["test_state"]
            if message["type"] == "diagnostic":
                messages.append(f"{message['diagnostic']['summary']}: {message['diagnostic'].get('detail', '')}")
    raise SystemExit("terraform test printed no state\n" + "\n".join(messages))


def resources(module):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def deployment(file):
    found = state(file)
    return read(list(resources(found["root_module"])), found["outputs"])


def read(found, outputs):
    made = Deployment("Terraform")
    made.shell = outputs["environment"]["value"]
    by_type = {}
    for resource in found:
        by_type.setdefault(resource["type"], []).append(resource["values"])

    def every(kind):
        return by_type.get(kind, [])

    for values in every("aws_lambda_function"):
        [log] = values["logging_config"]
        made.function(
            values["function_name"],
            arn=values["arn"],
            memory_mb=values["memory_size"],
            timeout_seconds=values["timeout"],
            runtime=values["runtime"],
            handler=values["handler"],
            architectures=values["architectures"],
            layers=values["layers"] or [],
            environment=(values["environment"] or [{"variables": {}}])[0]["variables"],
            role=values["role"],
            concurrency=values["reserved_concurrent_executions"],
            log=[log["log_group"], log["log_format"], log["application_log_level"], log["system_log_level"]],
        )
    for values in every("aws_iam_role"):
        made.role(values["name"], values["arn"], json.loads(values["assume_role_policy"]))
    for values in every("aws_iam_role_policy"):
        made.permit(values["role"], json.loads(values["policy"]))
    for values in every("aws_sqs_queue"):
        # The mocks fill in what is not set: a text of eight characters.
        text = values["redrive_policy"] or ""
        redrive = json.loads(text) if text.startswith("{") else None
        made.queue(values["name"], values["arn"], values["visibility_timeout_seconds"], values["message_retention_seconds"], redrive)
    for values in every("aws_sqs_queue_redrive_allow_policy"):
        made.redriven(json.loads(values["redrive_allow_policy"]))
    for kind in ("aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_s3_bucket_policy"):
        for values in every(kind):
            made.guard(json.loads(values["policy"]))
    targets = {}
    for values in every("aws_cloudwatch_event_target"):
        dead = values["dead_letter_config"][0]["arn"] if values["dead_letter_config"] else None
        targets.setdefault(values["rule"], []).append((values["arn"], dead))
    for values in every("aws_cloudwatch_event_rule"):
        pattern = json.loads(values["event_pattern"]) if values["event_pattern"] else None
        made.rule(values["name"], values["event_bus_name"], pattern, values["schedule_expression"], targets.get(values["name"], []))
    for values in every("aws_lambda_event_source_mapping"):
        concurrency = values["scaling_config"][0]["maximum_concurrency"] if values["scaling_config"] else None
        made.mapping(values["function_name"], values["event_source_arn"], values["batch_size"], concurrency, values["function_response_types"])
    for values in every("aws_lambda_function_url"):
        made.address(values["function_name"], values["authorization_type"], bool(values["cors"]))
    for values in every("aws_lambda_permission"):
        made.callable_by(values["function_name"], values["action"], values["principal"], values["source_arn"], values["function_url_auth_type"])
    for values in every("aws_cloudformation_stack"):
        for resource in json.loads(values["template_body"])["Resources"].values():
            properties = resource["Properties"]
            made.callable_by(
                properties["FunctionName"], properties["Action"], properties["Principal"], properties.get("SourceArn"), properties.get("FunctionUrlAuthType"),
                properties.get("InvokedViaFunctionUrl"),
            )  # fmt: skip
    for values in every("aws_lambda_function_event_invoke_config"):
        made.retries(values["function_name"], values["maximum_retry_attempts"], values["maximum_event_age_in_seconds"])
    for values in every("aws_kinesis_firehose_delivery_stream"):
        [to], [source] = values["extended_s3_configuration"], values["kinesis_source_configuration"]
        [processor] = to["processing_configuration"][0]["processors"]
        parameters = {parameter["parameter_name"]: parameter["parameter_value"] for parameter in processor["parameters"]}
        made.delivery(
            values["name"], source["kinesis_stream_arn"], to["bucket_arn"], parameters["LambdaArn"],
            [to["prefix"], to["error_output_prefix"]], [to["buffering_interval"], to["buffering_size"], to["compression_format"]],
        )  # fmt: skip
    for values in every("aws_s3_bucket_lifecycle_configuration"):
        for rule in values["rule"]:
            made.expiry(
                values["bucket"], rule["id"], prefix_of(rule),
                days(rule["expiration"], "days"), days(rule["noncurrent_version_expiration"], "noncurrent_days"),
                days(rule["abort_incomplete_multipart_upload"], "days_after_initiation"),
            )  # fmt: skip
    for values in every("aws_cloudwatch_metric_alarm"):
        for metric in [query["metric"][0] for query in values["metric_query"] if query["metric"]] or [values]:
            made.alarm(values["alarm_name"], metric["namespace"], metric["metric_name"], metric["dimensions"] or {})
    for values in every("aws_cloudwatch_dashboard"):
        made.dashboard = values["dashboard_body"]
    return made.finished()


def prefix_of(rule):
    prefix = rule["filter"][0].get("prefix") if rule["filter"] else None
    # Ours end with a slash; what the mocks fill in does not.
    return prefix if prefix and prefix.endswith("/") else ""


def days(block, name):
    return (block[0].get(name) or None) if block else None
