"""pandas and pyarrow: write_pandas.py FILE FOLDER. The columns of `event-parquet`, one folder per table, Parquet with zstd.

Read in chunks, as one must where memory is short. `attributes` is what `event-parquet` writes: everything that has no column, as JSON.
"""

import json
import os
import sys
import time

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

CHUNK = 50_000
TEXTS = {"messageId": "message_id", "type": "type", "event": "event", "userId": "user_id", "anonymousId": "anonymous_id"}
TIMES = {"timestamp": "timestamp", "originalTimestamp": "original_timestamp", "sentAt": "sent_at", "receivedAt": "received_at"}
TABLES = {("track", "Post Created"): "posts", ("track", "User Followed"): "follows", ("track", "User Unfollowed"): "unfollows"}
DECLARED = {
    "posts": [("has_image", "properties", "has_image"), ("post_id", "properties", "post_id"), ("text_length", "properties", "text_length")],
    "follows": [("followed_id", "properties", "followed_id")],
    "unfollows": [("followed_id", "properties", "followed_id")],
    "users": [("created_at", "traits", "createdAt"), ("email", "traits", "email"), ("phone", "traits", "phone"),
              ("plan", "traits", "plan"), ("username", "traits", "username")],
}


def attributes(row):
    nested = {name: value for name, value in row.items() if isinstance(value, (dict, list)) and value}
    return json.dumps(nested, separators=(",", ":"))


def table(name, frame):
    out = pd.DataFrame({column: frame[field] if field in frame else None for field, column in TEXTS.items()})
    for field, column in TIMES.items():
        out[column] = pd.to_datetime(frame[field], utc=True, format="ISO8601").dt.as_unit("us")
    for column, parent, field in DECLARED[name]:
        out[column] = [value.pop(field, None) for value in frame[parent]]
    if name == "posts":
        out["library"] = [value["library"].pop("name", None) for value in frame["context"]]
    if name == "users":
        out["created_at"] = pd.to_datetime(out["created_at"], utc=True, format="ISO8601").dt.as_unit("us")
    rest = [field for field in ("context", "integrations", "properties", "traits") if field in frame]
    out["attributes"] = [attributes(row) for row in frame[rest].to_dict("records")]
    return out.sort_values("timestamp", kind="stable")


def main():
    source, folder = sys.argv[1:]
    begin = time.perf_counter()
    pa.set_cpu_count(1)
    writers, rows = {}, 0
    chunks = pd.read_json(source, lines=True, chunksize=CHUNK, dtype=False)
    for chunk in chunks:
        names = [TABLES.get(key, "users") for key in zip(chunk["type"], chunk["event"])]
        for name, frame in chunk.groupby(names):
            batch = pa.Table.from_pandas(table(name, frame), preserve_index=False)
            if name not in writers:
                os.makedirs(f"{folder}/{name}", exist_ok=True)
                writers[name] = pq.ParquetWriter(f"{folder}/{name}/0.parquet", batch.schema, compression="zstd")
            writers[name].write_table(batch.cast(writers[name].schema))
            rows += len(frame)
    for writer in writers.values():
        writer.close()
    print(f"pandas {pd.__version__} pyarrow {pa.__version__} rows {rows} seconds {time.perf_counter() - begin:.3f}")


main()
