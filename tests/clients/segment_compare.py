"""Compares what a client recorded as sent with what came into the stream: segment_compare.py <sent> <received>. It prints what differs, or
`<n> events, the same`."""

import json
import sys


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.startswith("{")]


def summary(event):
    return (event["type"], event["messageId"], event.get("userId"), event.get("anonymousId"))


sent = sorted(map(summary, lines(sys.argv[1])), key=str)
records = [record for record in lines(sys.argv[2]) if "event" in record]
received = sorted(map(summary, (record["event"] for record in records)), key=str)
problems = [f"sent and not received: {event}" for event in sent if event not in received]
problems += [f"received and not sent: {event}" for event in received if event not in sent]
if not problems and sent != received:
    problems.append("an event came more than once")
for record in records:
    event, key = record["event"], record["key"]
    if key != (event.get("userId") or event.get("anonymousId")):
        problems.append(f"partition key {key} of {summary(event)}")
    missing = [name for name in ("receivedAt", "sentAt", "timestamp", "context") if name not in event]
    if missing or "writeKey" in event:
        problems.append(f"{summary(event)} lacks {missing} or has a write key")
    if event["type"] == "group" and event["context"].get("ip") != "8.8.8.8":
        problems.append("an address that the event had is gone")
    if event["type"] != "group" and "ip" in event["context"]:
        problems.append("the address of a server was taken for a user's")
print("\n".join(problems[:10]) if problems else f"{len(sent)} events, the same")
