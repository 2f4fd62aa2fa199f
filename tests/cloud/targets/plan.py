"""The output of `terraform plan` after `apply`: nothing is to be changed.

MiniStack does not return every attribute that was set, so some changes are planned there again and again. Each kind of them is
named here with what MiniStack leaves out; what can be asked in another way is compared with what was wanted.
"""

import json
import zipfile

from cloud import Failure


def changes_nothing(terraform, cloud):
    unexplained = _unexplained(terraform, cloud)
    if unexplained:
        raise Failure("the second plan changes\n    " + "\n    ".join(unexplained))


def changes_the_layer(terraform, cloud):
    """Another file in the folder of pipelines: a new version of the layer, and the functions' use of it."""
    with zipfile.ZipFile(terraform.build_folder / "pipelines.zip", "a") as layer:
        layer.writestr("pipelines/flights/checks/another.sql", "SELECT 0;\n")
    changed = _unexplained(terraform, cloud)
    layer = [line for line in changed if "aws_lambda_layer_version" in line]
    if len(layer) != 1:
        raise Failure(f"the plan should make one layer anew; it changes\n    {changed}")
    others = [line for line in changed if line not in layer and not line.endswith(": layers")]
    if others:
        raise Failure("the plan changes more than the layer\n    " + "\n    ".join(others))


def _unexplained(terraform, cloud):
    """What a new plan changes, but for what MiniStack did not return: address and changed attributes."""
    terraform("plan", "-out=again")
    changes = json.loads(terraform("show", "-json", "again")).get("resource_changes", [])
    unexplained = []
    for resource in changes:
        change = resource["change"]
        if change["actions"] in (["no-op"], ["read"]):
            continue
        explain = EXPLAINED.get(resource["type"])
        why = ", ".join(sorted(_differing(change))) if explain is None else explain(change, cloud)
        if why:
            unexplained.append(f"{resource['address']}: {why}")
    return unexplained


def _differing(change):
    before, after, unknown = (change.get(side) or {} for side in ("before", "after", "after_unknown"))
    return {name for name in before.keys() | after.keys() if unknown.get(name) is True or before.get(name) != after.get(name)}


def _alarm(change, cloud):
    """The Query protocol of MiniStack's DescribeAlarms leaves most fields out; its other protocol has them."""
    after = change["after"]
    if change["actions"] != ["update"]:
        return "an alarm is to be made again"
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmNames=[after["alarm_name"]])["MetricAlarms"]
    if len(alarms) != 1:
        return "there is no such alarm"
    there = alarms[0]
    wanted = {
        "AlarmDescription": after["alarm_description"],
        "ActionsEnabled": after["actions_enabled"],
        "AlarmActions": after["alarm_actions"] or [],
        "OKActions": after["ok_actions"] or [],
        "ComparisonOperator": after["comparison_operator"],
        "EvaluationPeriods": after["evaluation_periods"],
        "TreatMissingData": after["treat_missing_data"],
        "Threshold": after["threshold"],
    }
    # An alarm of several metrics: MiniStack does not keep them.
    if not after["metric_query"]:
        wanted |= {
            "MetricName": after["metric_name"],
            "Namespace": after["namespace"],
            "Statistic": after["statistic"],
            "Period": after["period"],
            "Dimensions": after["dimensions"] or {},
        }
        there = there | {"Dimensions": {pair["Name"]: pair["Value"] for pair in there.get("Dimensions", [])}}
    differing = {name: (value, there.get(name)) for name, value in wanted.items() if there.get(name) != value}
    return f"the alarm differs: {differing}" if differing else None


def _delivery_stream(change, cloud):
    """The time zone of prefixes, UTC by default, is not returned."""
    before, after = (json.loads(json.dumps(change[side])) for side in ("before", "after"))
    for side in (before, after):
        for destination in side["extended_s3_configuration"]:
            destination.pop("custom_time_zone")
    differing = _differing({"before": before, "after": after})
    return f"{sorted(differing)} differ" if differing else None


def _stream(change, cloud):
    """MiniStack does not keep the tags that a stream is created with."""
    differing = _differing(change) - {"tags_all"}
    return f"{sorted(differing)} differ" if differing else None


EXPLAINED = {
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_kinesis_firehose_delivery_stream": _delivery_stream,
    "aws_kinesis_stream": _stream,
}
