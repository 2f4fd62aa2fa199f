"""Writes synthetic events of pipelines/web-events as lines of JSON: write_generate.py FILE MEGABYTES.

About 1 KB per event, in the form that transform-events delivers; the same arguments always give the same bytes.
"""

import random
import sys

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
]
PATHS = ["/", "/feed", "/posts/new", "/explore", "/settings/profile", "/notifications", "/search"]
WORDS = "the quick brown fox jumps over lazy dogs while rivers carry small boats toward an open and quiet sea".split()
LIBRARIES = [("analytics.js", "4.1.0"), ("analytics-python", "2.3.2"), ("analytics-ios", "4.1.6")]
START_MS = 1_767_225_600_000  # 2026-01-01


def stamp(ms):
    day, rest = divmod(ms - START_MS, 86_400_000)
    hour, rest = divmod(rest, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    second, milli = divmod(rest, 1000)
    return f"2026-01-{1 + day % 28:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"


def uuid(rng):
    h = f"{rng.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def specific(rng, kind, user, users):
    if kind == "posts":
        text = " ".join(rng.choices(WORDS, k=18))
        return ('"type":"track","event":"Post Created","properties":{"post_id":%d,"text_length":%d,"has_image":%s,"text":"%s",'
                '"visibility":"%s","tags":["%s","%s"]}' % (rng.randrange(10**9), len(text), rng.choice(("true", "false")), text,
                                                          rng.choice(("public", "friends")), rng.choice(WORDS), rng.choice(WORDS)))
    if kind == "users":
        return ('"type":"identify","traits":{"username":"user%d","email":"%064x","phone":"+******%02d","plan":"%s",'
                '"createdAt":"%s","bio":"%s"}' % (user, hash(user) & (2**256 - 1), user % 100, rng.choice(("free", "pro")),
                                                  stamp(START_MS + user * 977 % 86_400_000), " ".join(rng.choices(WORDS, k=12))))
    event = "User Followed" if kind == "follows" else "User Unfollowed"
    return ('"type":"track","event":"%s","properties":{"followed_id":"u%07d","source":"%s","position":%d,"experiment":"%s"}'
            % (event, rng.randrange(users), rng.choice(PATHS), rng.randrange(50), uuid(rng)))


def event(rng, index, users=200_000):
    kind = rng.choices(("posts", "follows", "unfollows", "users"), (50, 25, 10, 15))[0]
    user = int(rng.random() ** 2 * users)
    at = START_MS + index % 80_000_000 + rng.randrange(60_000)
    sent = at + rng.randrange(2000)
    received = sent + rng.randrange(300)
    library, version = rng.choice(LIBRARIES)
    path = rng.choice(PATHS)
    return ('{"anonymousId":"%s","context":{"library":{"name":"%s","version":"%s"},"locale":"en-US","page":{"path":"%s",'
            '"referrer":"https://www.example.com%s","search":"","title":"Example Social","url":"https://app.example.com%s"},'
            '"userAgent":"%s","timezone":"Europe/Berlin","screen":{"width":%d,"height":%d,"density":2},"session_id":"%s"},'
            '"integrations":{},"messageId":"%s",%s,"userId":"u%07d","sentAt":"%s","receivedAt":"%s","originalTimestamp":"%s","timestamp":"%s"}\n'
            % (uuid(rng), library, version, path, rng.choice(PATHS), path, rng.choice(AGENTS), rng.choice((390, 1440, 1920, 2560)),
               rng.choice((844, 900, 1080, 1440)), uuid(rng), uuid(rng), specific(rng, kind, user, users), user, stamp(sent),
               stamp(received), stamp(at), stamp(at)))


def main():
    path, megabytes = sys.argv[1], int(sys.argv[2])
    rng = random.Random(20260101)
    written, index = 0, 0
    with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
        while written < megabytes * 1_000_000:
            line = event(rng, index)
            out.write(line)
            written += len(line)
            index += 1


main()
