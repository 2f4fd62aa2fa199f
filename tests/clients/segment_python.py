"""Sends every kind of event with segment-analytics-python to LANDFALL_COLLECTOR_URL with the write key LANDFALL_WRITE_KEY, and prints what it
sent, one line of JSON per event: type, messageId, userId, anonymousId."""

import datetime
import json
import os
import sys

from segment.analytics.client import Client

failures = []


def client(**options):
    return Client(
        os.environ["LANDFALL_WRITE_KEY"],
        host=os.environ["LANDFALL_COLLECTOR_URL"],
        on_error=lambda error, items: failures.append(error),
        upload_interval=0.1,
        **options,
    )


def record(result):
    is_queued, message = result
    if not is_queued:
        failures.append("an event was not taken into the queue")
    print(json.dumps({name: message.get(name) for name in ("type", "messageId", "userId", "anonymousId")}))


def send_each(analytics, user):
    record(analytics.identify(user, {"email": f"{user}@example.com", "name": 'Zoë "Z" 🛬'}))
    record(analytics.track(user, "Post Created", {"post_id": 2**63, "price": 0.1, "tags": ["a", "b"], "parent": None}))
    moment = datetime.datetime(2026, 11, 20, 9, tzinfo=datetime.timezone.utc)
    record(analytics.track(anonymous_id=f"{user}-anonymous", event="Post Shared", timestamp=moment))
    record(analytics.page(user, "Start", "Home", {"path": "/", "title": "Home\nsweet home"}))
    record(analytics.screen(user, None, "Settings"))
    record(analytics.group(user, f"{user}-group", {"plan": "free"}, context={"ip": "8.8.8.8", "locale": "de-DE"}))
    record(analytics.alias(f"{user}-before", user, integrations={"All": False}))


# Each call is a request of its own; then the queue makes batches, plain and compressed.
send_each(client(sync_mode=True), "python-alone")
for name, options in (("python-batched", {}), ("python-gzip", {"gzip": True})):
    analytics = client(**options)
    send_each(analytics, name)
    for n in range(200):
        record(analytics.track(f"{name}-{n}", "User Followed", {"followed_id": n, "text": "x" * (n * 20)}))
    analytics.shutdown()

for failure in failures:
    print(failure, file=sys.stderr)
sys.exit(1 if failures else 0)
