"""The job of transform-events as a handler in Python, as one would write it for Lambda.

TRANSFORM_JSON names the module that reads and writes JSON: json or orjson. It has the tables and the rules of privacy of
pipelines/web-events, and the same corrections; it keeps no numbers beyond the precision of its module, knows no half characters, and takes
one object per record.
"""

import base64
import hashlib
import hmac
import os
import re
from datetime import datetime, timedelta, timezone

if os.environ.get("TRANSFORM_JSON") == "orjson":
    import orjson

    loads, dumps = orjson.loads, orjson.dumps
else:
    import json

    loads = json.loads
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

    def dumps(value):
        return encoder.encode(value).encode()


MAC = hmac.new(os.environ.get("LANDFALL_PRIVACY_KEY", "").encode(), digestmod=hashlib.sha256)
TRACKS = {"Post Created": "posts", "User Followed": "follows", "User Unfollowed": "unfollows"}
TYPES = {"identify": "users"}
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UNSAFE = re.compile("[^a-z0-9]+")
HIDDEN = re.compile(r"[^\s!-/:-@\[-`{-~]")


def digest(value):
    mac = MAC.copy()
    mac.update(str(value).encode())
    return mac.hexdigest()


def mask(value):
    text = str(value)
    count = len(HIDDEN.findall(text))
    return HIDDEN.sub("*", text, count=count - min(4, count // 3)) if count else text


def table_of(event):
    kind, name = event["type"], event.get("event")
    table = TRACKS.get(name) if kind == "track" else TYPES.get(kind)
    if table:
        return table
    text = f"track_{name}" if kind == "track" and name else kind
    return "other_" + UNSAFE.sub("_", text.lower()).strip("_")


def parse(text):
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def stamp(time):
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def protect(traits):
    traits.pop("birthday", None)
    if traits.get("email") is not None:
        traits["email"] = digest(traits["email"])
    if traits.get("phone") is not None:
        traits["phone"] = mask(traits["phone"])


def transform(event, record):
    """The event as it is delivered, its table and its day."""
    table = table_of(event)
    context = event.get("context")
    if context:
        context.pop("ip", None)
        context.pop("location", None)
        if context.get("traits"):
            protect(context["traits"])
    if event.get("traits"):
        protect(event["traits"])
    arrival = EPOCH + timedelta(milliseconds=record["approximateArrivalTimestamp"])
    received = parse(event.get("receivedAt"))
    if received is None:
        event["receivedAt"] = stamp(arrival)
        received = arrival
    sent = parse(event.get("sentAt"))
    client = event.get("originalTimestamp") or event.get("timestamp")
    original = parse(client) or sent
    if original and sent:
        time = received - (sent - original)
    else:
        time = original or received
    if "originalTimestamp" not in event:
        event["originalTimestamp"] = client or event.get("sentAt") or stamp(time)
    event["timestamp"] = stamp(time)
    day = arrival if time.year < 2010 or time > arrival + DAY else time
    if not event.get("messageId"):
        origin = record["kinesisRecordMetadata"]["sequenceNumber"]
        event["messageId"] = "landfall-" + hashlib.sha256(f"{origin}\0{event}".encode()).hexdigest()[:32]
    return event, table, day.date().isoformat()


def answer(record):
    data = record["data"]
    try:
        event, table, date = transform(loads(base64.b64decode(data)), record)
    except (ValueError, KeyError, TypeError):
        return {"recordId": record["recordId"], "result": "ProcessingFailed", "data": data}
    return {
        "recordId": record["recordId"],
        "result": "Ok",
        "data": base64.b64encode(dumps(event) + b"\n").decode(),
        "metadata": {"partitionKeys": {"table": table, "date": date}},
    }


def handler(event, _context):
    return {"records": [answer(record) for record in event["records"]]}
