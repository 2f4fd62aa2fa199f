"""Writes Firehose's events of pipelines/web-events' tables as Segment's clients send them: transform_generate.py FILE BATCHES RECORDS.

About 1 KB per event before base64; the same arguments always give the same bytes.
"""

import base64
import json
import random
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 11, 20, 9, 0, tzinfo=timezone.utc)
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
]
WORDS = "quick brown fox über lazy dogs während rivers carry small boats nach 東京 and back café 😀 \"quoted\" line\nbreak sea".split(" ")
NAMES = ["Zoë", "José", "Łukasz", "Anna", "Mehmet", "愛子", "Olivia", "Søren"]
PATHS = ["/", "/feed", "/posts/new", "/explore", "/settings/profile", "/notifications", "/search"]


def stamp(time):
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uuid(rng):
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def traits(rng, user):
    name = NAMES[user % len(NAMES)]
    made = {"username": f"{name.lower()}{user}", "name": name, "email": f"user{user}@example.com", "plan": rng.choice(("free", "pro"))}
    if user % 2:
        made["phone"] = f"+49 170 {user:07}"
    if user % 3 == 0:
        made["birthday"] = "1990-04-01"
    return made


def call(rng, user):
    kind = rng.choices(("posts", "follows", "unfollows", "users", "page"), (45, 25, 9, 18, 3))[0]
    if kind == "posts":
        text = " ".join(rng.choices(WORDS, k=16))
        return {"type": "track", "event": "Post Created", "properties": {
            "post_id": rng.randrange(10**12), "text": text, "text_length": len(text), "has_image": rng.random() < 0.3,
            "score": round(rng.random(), 4), "tags": rng.sample(WORDS, 2)}}
    if kind == "users":
        return {"type": "identify", "traits": {**traits(rng, user), "createdAt": stamp(START - timedelta(hours=user)), "bio": " ".join(rng.choices(WORDS, k=12))}}
    if kind == "page":
        return {"type": "page", "name": "Home", "properties": {"path": rng.choice(PATHS), "title": "Home – Example Social"}}
    return {"type": "track", "event": "User Followed" if kind == "follows" else "User Unfollowed", "properties": {
        "followed_id": f"u{rng.randrange(200_000):07}", "source": rng.choice(PATHS), "position": rng.randrange(50), "experiment": uuid(rng), "list": None}}


def event(rng, at):
    user = int(rng.random() ** 2 * 200_000)
    skew = timedelta(seconds=rng.choice((0, 0, 0, 40, -75, 3600)))
    sent = at - timedelta(milliseconds=rng.randrange(20, 300))
    original = sent - timedelta(milliseconds=rng.randrange(5000))
    context = {
        "library": dict(zip(("name", "version"), rng.choice((("analytics.js", "4.1.0"), ("analytics-python", "2.3.2"), ("analytics-ios", "4.1.6"))))),
        "ip": f"203.0.113.{user % 256}", "locale": "de-DE", "timezone": "Europe/Berlin", "userAgent": rng.choice(AGENTS),
        "page": {"path": rng.choice(PATHS), "referrer": "https://www.example.com/", "search": "", "title": "Example Social", "url": "https://app.example.com/feed"},
        "screen": {"width": 1920, "height": 1080, "density": 2},
    }
    if rng.random() < 0.5:
        context["traits"] = traits(rng, user)
    if rng.random() < 0.1:
        context["location"] = {"latitude": 52.52, "longitude": 13.405, "city": "Köln"}
    made = {"anonymousId": uuid(rng), "userId": f"u{user:07}", "messageId": uuid(rng), **call(rng, user), "context": context, "integrations": {},
            "timestamp": stamp(original + skew), "sentAt": stamp(sent + skew), "writeKey": "bench"}
    if rng.random() < 0.8:
        made["receivedAt"] = stamp(at)
    return json.dumps(made, ensure_ascii=rng.random() < 0.25, separators=(",", ":")).encode()


def main():
    path, batches, records = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng, total = random.Random(20261120), 0
    with open(path, "w", encoding="ascii") as out:
        for batch in range(batches):
            made = []
            for number in range(records):
                at = START + timedelta(seconds=batch * 60 + number * 0.1)
                data = event(rng, at)
                total += len(data)
                made.append({"recordId": f"4954698668313554428650745793632162567570{batch:08}{number:08}", "data": base64.b64encode(data).decode(),
                             "approximateArrivalTimestamp": int(at.timestamp() * 1000) + 50,
                             "kinesisRecordMetadata": {"sequenceNumber": f"4954698668313554428650745793632162567570{batch:08}{number:08}", "subsequenceNumber": 0,
                                                       "partitionKey": uuid(rng), "shardId": "shardId-000000000000",
                                                       "approximateArrivalTimestamp": int(at.timestamp() * 1000)}})
            event_ = {"invocationId": uuid(rng), "deliveryStreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/web-events",
                      "sourceKinesisStreamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/web-events", "region": "us-east-1", "records": made}
            out.write(json.dumps(event_, separators=(",", ":")) + "\n")
    print(total)


main()
