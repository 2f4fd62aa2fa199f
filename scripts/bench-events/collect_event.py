"""Writes a Function URL event: a batch of 20 events of about 1 KB, as analytics-node sends them, for the write key `bench`."""

import base64
import json
import sys


def event(n):
    return {
        "messageId": f"node-next-1795165205{n:03}-6d1c3c1e-7a2b-4f0e-9c1d-{n:012}",
        "timestamp": f"2026-11-20T09:00:{n % 60:02}.000Z",
        "type": "track",
        "event": "Post Created",
        "userId": f"user-{n * 7919}",
        "properties": {
            "post_id": 12345678901234567 + n,
            "text": 'a "quoted" sentence, \u00e4\u00f6\u00fc, that somebody wrote about nothing at all; ' * 4,
            "tags": ["one", "two", "three", "four"],
            "price": 12.50,
            "visible": True,
            "parent": None,
        },
        "context": {
            "library": {"name": "@segment/analytics-node", "version": "3.1.0"},
            "page": {"path": "/posts/new", "referrer": "https://app.example.com/", "title": "New post", "url": "https://app.example.com/posts/new"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "locale": "en-US",
            "ip": "198.51.100.7",
        },
        "integrations": {},
        "_metadata": {"nodeVersion": "20.20.2", "jsRuntime": "node"},
    }


body = json.dumps({"batch": [event(n) for n in range(20)], "writeKey": "bench", "sentAt": "2026-11-20T09:00:05.000Z"}, separators=(",", ":"), ensure_ascii=False)
http = {"method": "POST", "path": "/v1/batch", "protocol": "HTTP/1.1", "sourceIp": "198.51.100.7", "userAgent": "analytics-node-next/latest"}
headers = {
    "authorization": "Basic " + base64.b64encode(b"bench:").decode(),
    "content-length": str(len(body.encode())),
    "content-type": "application/json",
    "host": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws",
    "user-agent": "analytics-node-next/latest",
    "x-amzn-trace-id": "Root=1-6740a7d7-0123456789abcdef01234567",
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}
context = {"accountId": "anonymous", "apiId": "abcdefghijklmnopqrstuvwxyz012345", "http": http, "requestId": "7f2b6e0c", "stage": "$default", "timeEpoch": 1795165207000}
request = {"version": "2.0", "routeKey": "$default", "rawPath": "/v1/batch", "rawQueryString": "", "headers": headers, "requestContext": context, "body": body, "isBase64Encoded": False}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(request, file, ensure_ascii=False)
sizes = [len(json.dumps(event(n), separators=(",", ":"), ensure_ascii=False).encode()) for n in range(20)]
print(f"{len(sizes)} events of {sum(sizes) // len(sizes)} bytes per batch")
