"""Compares what Terraform and SAM deploy: functions, variables, triggers and permissions must be the same.

    same.py TERRAFORM SAM

TERRAFORM is the output of `terraform test -json -verbose`, SAM the JSON of sam/translate.py. Prints each difference.
"""

import json
import re
import sys

FUNCTION = "module.(load_redshift|watch_loads|collect_events|transform_events|write_parquet|update_catalog|compact_parquet)"
# How Terraform's mocked run names what SAM's parameters name.
PARAMETERS = {
    "Name": "landfall",
    "LandingBucketName": "acme-landing",
    "LakeBucketName": "acme-lake",
    "EventsPrefix": "web-data",
    "PartitionProjection": "false",
    "DeliverySeconds": 60,
}
# How the run decides what the template leaves open.
CONDITIONS = {"PrivacyKeyIsSecret": True}


def resources(module):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def actions(statements):
    """All actions, without the log's and the queue's, which each side writes in its own way."""
    found = set()
    for statement in statements:
        action = statement["Action"]
        found.update([action] if isinstance(action, str) else action)
    return sorted(a for a in found if not a.startswith(("logs:", "sqs:")))


def of_terraform(lines):
    """The state of the run that deploys everything."""
    for line in lines:
        message = json.loads(line)
        if message.get("@testrun") == "everything_is_deployed" and message.get("type") == "test_state":
            root = message["test_state"]["root_module"]
            break
    else:
        sys.exit("terraform test printed no state of the run everything_is_deployed")

    functions, policies = {}, {}
    rules, mappings, queues = {}, {}, {}
    for resource in resources(root):
        values = resource["values"]
        kind = resource["type"]
        owner = re.search(FUNCTION, resource["address"])
        name = owner and owner[1].replace("_", "-")
        if kind == "aws_lambda_function":
            functions[name] = {
                "memory": values["memory_size"],
                "timeout": values["timeout"],
                "runtime": values["runtime"],
                "layers": len(values["layers"] or []),
                "environment": sorted((values["environment"] or [{"variables": {}}])[0]["variables"]),
            }
        elif kind == "aws_iam_role_policy" and name:
            policies.setdefault(name, []).extend(json.loads(values["policy"])["Statement"])
        elif kind == "aws_cloudwatch_event_rule" and name:
            pattern = values["event_pattern"]
            rules[values["name"]] = json.loads(pattern) if pattern else values["schedule_expression"]
        elif kind == "aws_lambda_event_source_mapping":
            mappings[name] = [values["batch_size"], values["scaling_config"][0]["maximum_concurrency"], sorted(values["function_response_types"])]
        elif kind == "aws_sqs_queue":
            queues[values["name"]] = [values["visibility_timeout_seconds"], values["message_retention_seconds"]]
        elif kind == "aws_iam_role_policy" and "event_stream" in resource["address"]:
            policies["delivery"] = json.loads(values["policy"])["Statement"]
    # watch-loads shares the role of load-redshift.
    policies["load-redshift"] = policies["load-redshift"] + policies.pop("watch-loads")
    return {
        "functions": functions,
        "actions": {name: actions(statements) for name, statements in policies.items()},
        "rules": rules,
        "mappings": mappings,
        "queues": queues,
    }


def resolved(value):
    """A value of the template with the parameters put in."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return PARAMETERS.get(value["Ref"], value["Ref"])
    if set(value) == {"Fn::If"} and value["Fn::If"][0] in CONDITIONS:
        condition, yes, no = value["Fn::If"]
        return resolved(yes if CONDITIONS[condition] else no)
    if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        return re.sub(r"\$\{(\w+)\}", lambda m: str(PARAMETERS.get(m[1], m[0])), value["Fn::Sub"])
    # What is put where nothing shall be.
    return {key: item for key, item in ((key, resolved(item)) for key, item in value.items()) if item != "AWS::NoValue"}


def of_sam(template):
    functions, policies = {}, {}
    rules, mappings, queues = {}, {}, {}
    names = {}
    for logical, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Function":
            names[logical] = resolved(resource["Properties"]["FunctionName"]).removeprefix("landfall-")
    for logical, resource in template["Resources"].items():
        values, kind = resolved(resource.get("Properties", {})), resource["Type"]
        if kind == "AWS::Lambda::Function":
            functions[names[logical]] = {
                "memory": values["MemorySize"],
                "timeout": values["Timeout"],
                "runtime": values["Runtime"],
                "layers": len(values.get("Layers", [])),
                "environment": sorted(values.get("Environment", {}).get("Variables", {})),
            }
        elif kind == "AWS::IAM::Role" and logical != "CopyRole":
            name = values["RoleName"].removeprefix("landfall-").removeprefix("events-")
            policies.setdefault(name, []).extend(s for p in values["Policies"] for s in p["PolicyDocument"]["Statement"])
        elif kind == "AWS::IAM::Policy":
            policies.setdefault("load-redshift", []).extend(values["PolicyDocument"]["Statement"])
        elif kind == "AWS::Events::Rule" and "EventBusName" not in values:
            rules[values["Name"]] = values.get("EventPattern") or values["ScheduleExpression"]
        elif kind == "AWS::Lambda::EventSourceMapping":
            name = names[values["FunctionName"]]
            mappings[name] = [values["BatchSize"], values["ScalingConfig"]["MaximumConcurrency"], values["FunctionResponseTypes"]]
        elif kind == "AWS::SQS::Queue":
            queues[values["QueueName"]] = [values.get("VisibilityTimeout"), values["MessageRetentionPeriod"]]
    return {
        "functions": functions,
        "actions": {name: actions(statements) for name, statements in policies.items()},
        "rules": rules,
        "mappings": mappings,
        "queues": queues,
    }


def main():
    with open(sys.argv[1]) as lines, open(sys.argv[2]) as template:
        terraform, sam = of_terraform(lines), of_sam(json.load(template))
    differences = 0
    for part in terraform:
        for name in sorted({*terraform[part], *sam[part]}):
            one, other = terraform[part].get(name), sam[part].get(name)
            if isinstance(one, list) and isinstance(other, list) and part == "queues":
                # A queue without a visibility timeout of its own has the service's.
                one, other = [[a, b] if b is not None else [a] for a, b in (one, other)]
                one, other = one[1:] if other[0] is None else one, other[1:] if other[0] is None else other
            if one != other:
                differences += 1
                print(f"{part} {name}:\n  terraform {json.dumps(one)}\n  sam       {json.dumps(other)}")
    count = len(terraform["functions"])
    print(f"{count} functions, {len(terraform['rules'])} rules, {len(terraform['queues'])} queues: {differences} differences")
    sys.exit(1 if differences else 0)


main()
