"""The tables of the pages for people: docs/security.md, docs/operating.md and events/README.md."""

import re

# How docs/security.md calls the roles that are no function's.
ROLES = {"Firehose": "events-delivery", "COPY's role": "copy"}


def security(text):
    """role -> actions, from the table of permissions. An empty first cell goes on with the row above."""
    table = text.split("## Permissions of the roles", 1)[1].split("\n## ", 1)[0]
    found, role = {}, None
    for name, actions in re.findall(r"^\| *(.*?) *\| *(.*?) *\|", table, re.MULTILINE):
        if set(name) <= {"-"} and name or name == "role":
            continue
        if name:
            name = re.sub(r" \(\d+\)$", "", name).strip("`")
            role = ROLES.get(name, name)
        service = None
        for action in re.findall(r"`([\w:-]+)`", actions):
            service, _, short = action.rpartition(":") if ":" in action else (service, "", action)
            found.setdefault(role, set()).add(f"{service}:{short}")
        found.setdefault(role, set())
    return found


def alarms(text):
    """The alarms of docs/operating.md, without the deployment's name: those of the tables, and those that the introduction names for SAM.

    Words such as <function> are left in the names.
    """
    introduction = text.split("\n## ", 1)[0]
    return set(re.findall(r"^\| `<name>-([\w<>-]+)` ", text, re.MULTILINE)), set(re.findall(r"`<name>-([\w-]+)`", introduction))


def trigger_of(event):
    """What brings an event, in the words of parity/model.py; nothing for what a person sends."""
    record = (event.get("Records") or [{}])[0]
    if record.get("eventSource") == "aws:sqs":
        return "takes from"
    if "deliveryStreamArn" in event or "deliverySteamArn" in event:
        return "Firehose"
    if "requestContext" in event:
        return "address"
    return "rule" if event.get("source", "").startswith("aws.") else None


def events(text):
    """file -> the functions that take it."""
    found = {}
    for files, functions in re.findall(r"^\| (`[^|]*`) \|[^|]*\| ([^|]*) \|$", text, re.MULTILINE):
        for file in re.findall(r"`([\w.-]+\.json)`", files):
            found.setdefault(file, set()).update(re.findall(r"[a-z]+-[a-z-]+", functions))
    return found
