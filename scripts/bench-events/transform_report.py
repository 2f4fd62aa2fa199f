"""Compares the answers of transform.sh's contestants (`check FOLDER NAME...`) and prints what their runs took (`figures FILE BYTES BATCHES
RECORDS`): medians, and how often Landfall is faster."""

import base64
import json
import statistics
import sys

TITLES = {
    "landfall": "transform-events",
    "json": "Python, json, awslambdaric",
    "orjson": "Python, orjson, awslambdaric",
    "bare-json": "Python, json, least loop",
    "bare-orjson": "Python, orjson, least loop",
}


def records(folder, name):
    """The answers' records, with what they deliver as values."""
    with open(f"{folder}/{name}.jsonl", encoding="utf-8") as lines:
        for line in lines:
            for record in json.loads(line)["records"]:
                if record["result"] == "Ok":
                    record["data"] = json.loads(base64.b64decode(record["data"]))
                yield record


def check(folder, first, *others):
    expected = list(records(folder, first))
    if not expected or any(record["result"] != "Ok" for record in expected):
        sys.exit(f"{first} does not deliver every record")
    for name in others:
        actual = list(records(folder, name))
        if len(actual) != len(expected):
            sys.exit(f"{name} answers {len(actual)} records, {first} {len(expected)}")
        for mine, theirs in zip(expected, actual):
            if mine != theirs:
                sys.exit(f"{name} answers otherwise than {first}:\n{json.dumps(theirs)}\n{json.dumps(mine)}")
    print(f"all {1 + len(others)} give the same {len(expected)} answers")


def figures(path, payload_bytes, batches, batch_records):
    runs = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name, text = line.split(" ", 1)
            runs.setdefault(name, []).append(json.loads(text))
    per_batch = int(payload_bytes) / int(batches)
    print(f"{batch_records} events of {per_batch / int(batch_records):,.0f} bytes per batch; the median of {len(runs['landfall'])} runs each")
    rates = {name: statistics.median(run["per_second"] for run in each) for name, each in runs.items()}
    work = {name: statistics.median(run["function_cpu_seconds"] / run["count"] for run in each) for name, each in runs.items()}
    print("| handler | MB of events per second | lowest to highest | events per second | per batch | its CPU per batch | the server's CPU | Landfall is faster by | by CPU |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, each in runs.items():
        rate, share = rates[name], statistics.median(run["server_share"] for run in each)
        low, high = (pick(run["per_second"] for run in each) * per_batch / 1e6 for pick in (min, max))
        print(
            f"| {TITLES[name]} | {rate * per_batch / 1e6:,.1f} | {low:,.1f} to {high:,.1f} | {rate * int(batch_records):,.0f} | {1e3 / rate:,.2f} ms "
            f"| {1e3 * work[name]:,.2f} ms | {share:.0%} | {rates['landfall'] / rate:.2f} | {work[name] / work['landfall']:.2f} |"
        )


{"check": check, "figures": figures}[sys.argv[1]](*sys.argv[2:])
