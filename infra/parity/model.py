"""What a tool deploys, in one form for both: functions, and lines of text about roles, triggers, queues, buckets and alarms."""

import json
from collections import defaultdict


def listed(value):
    return value if isinstance(value, list) else [value]


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class Deployment:
    # As the runs of both tools name them: infra/terraform/tests/deployment.tftest.hcl.
    landing, lake, events_prefix = "acme-landing", "acme-lake", "web-data"

    def __init__(self, tool, name="landfall"):
        self.tool = tool
        self.prefix = f"{name}-"
        self.functions = {}  # name -> what is configured
        self.logical_ids = {}  # name -> SAM's name of it
        self.builds = {}  # name -> how SAM builds it: method, binary, folder
        self.roles = {}  # name -> who may assume it
        self.permissions = defaultdict(set)  # role -> (effect, action, resource, condition)
        self.triggers = defaultdict(set)  # function -> lines
        self.queues = {}
        self.guards = set()  # lines of the policies of queues, topics and buckets
        self.buckets = defaultdict(set)  # name -> lines
        self.alarms = set()
        self.alarm_names = set()  # without the deployment's name
        self.dashboard = ""
        self.shell = {}  # the variables that `landfall --aws` wants
        self._arns, self._role_arns, self._queue_arns = {}, {}, {}
        self._later = []

    def function(self, name, arn, role, **configured):
        short = name.removeprefix(self.prefix)
        self.functions[short] = {**configured, "role": role}
        self._arns[arn] = self._arns[name] = short

    def role(self, name, arn, trust):
        self.roles[name] = {line(*parts) for parts in parts_of(trust)}
        self._role_arns[arn] = name

    def permit(self, role, policy):
        self.permissions[role].update(parts_of(policy))

    def queue(self, name, arn, visibility, retention, redrive):
        self._queue_arns[arn] = name
        # SQS API, "CreateQueue": 30 seconds unless something else is asked for.
        self.queues[name] = {"visibility_seconds": visibility or 30, "retention_seconds": retention, "gives up": redrive and compact(redrive)}

    def redriven(self, policy):
        self.guards.add(f"dead letters are redriven to {compact(policy['sourceQueueArns'])} alone: {policy['redrivePermission']}")

    def guard(self, policy):
        self.guards.update(line(*parts) for parts in parts_of(policy))

    def rule(self, name, bus, pattern, schedule, targets):
        on = "" if bus in (None, "default") else f" on the bus {bus}"
        for target, dead in targets:
            text = f"rule {name}{on}: {compact(pattern) if pattern else schedule}, to {target}, undelivered to {dead}"
            self._later.append((target, text))

    def mapping(self, function, source, batch, concurrency, responses):
        text = f"takes from {source}, {batch} at once, {concurrency} invocations at once, {', '.join(sorted(responses))}"
        self._later.append((function, text, source))

    def address(self, function, authorization, cors):
        self._later.append((function, f"address with authorization {authorization}, CORS of its own: {cors}"))

    def callable_by(self, function, action, principal, source=None, url_auth=None, via_url=None):
        ties = {"from": source, "authorization of the address": url_auth, "by the address": via_url}
        text = ", ".join(f"{name} {value}" for name, value in ties.items() if value)
        self._later.append((function, f"{action} by {principal}, {text or 'without a condition'}"))

    def retries(self, function, attempts, age):
        self._later.append((function, f"asynchronous: {attempts} retries within {age} s"))

    def delivery(self, name, stream, bucket, function, prefixes, buffering):
        text = f"Firehose {name} from {stream} to {bucket}, {', '.join(prefixes)}, buffered {compact([str(part) for part in buffering])}"
        self._later.append((function.removesuffix(":$LATEST"), text))

    def expiry(self, bucket, rule, prefix, days, noncurrent, unfinished):
        parts = {"objects": days, "old versions": noncurrent, "unfinished uploads": unfinished}
        parts = ", ".join(f"{name} after {value} days" for name, value in parts.items() if value)
        self.buckets[bucket].add(f"rule {rule} on {prefix or 'everything'}: {parts}")

    def alarm(self, name, namespace, metric, dimensions):
        self.alarm_names.add(name.removeprefix(self.prefix))
        # Which datasets there are, SAM's template does not know: infra/README.md.
        if "Dataset" not in dimensions:
            self.alarms.add(f"{namespace} {metric} of {compact(dimensions)}")

    def finished(self):
        """Assigns each trigger to its function: its own, or that of the queue it fills."""
        of_queue = {self._queue_arns[rest[0]]: self._arns[function] for function, _, *rest in self._later if rest}
        for target, text, *_ in self._later:
            queue = self._queue_arns.get(target)
            owner = of_queue.get(queue) if queue else self._arns.get(target)
            self.triggers[owner or "no function"].add(text)
        for function in self.functions.values():
            function["role"] = self._role_arns[function["role"]]
        return self

    def functions_of(self, role):
        return sorted(name for name, function in self.functions.items() if function["role"] == role)


def parts_of(policy):
    """(effect, action, resource, condition) of every statement; a grantee is named with the effect."""
    for statement in listed(policy["Statement"]):
        effect = statement["Effect"]
        if "Principal" in statement:
            effect += f" {compact(sorted_lists(statement['Principal']))}"
        condition = compact(sorted_lists(statement.get("Condition", {})))
        resources = [f"not {r}" for r in listed(statement["NotResource"])] if "NotResource" in statement else listed(statement.get("Resource", "-"))
        for action in listed(statement["Action"]):
            for resource in resources:
                yield effect, action, resource, condition


def sorted_lists(value):
    """IAM takes one value in place of a list of one, and does not heed their order."""
    if isinstance(value, dict):
        return {key: sorted_lists(item) for key, item in value.items()}
    return sorted(value) if isinstance(value, list) and len(value) != 1 else value[0] if isinstance(value, list) else value


def line(effect, action, resource, condition):
    return f"{effect} {action} on {resource}" + (f" if {condition}" if condition != "{}" else "")
