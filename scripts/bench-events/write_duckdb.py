"""DuckDB on one thread: write_duckdb.py FILE FOLDER. The columns of `event-parquet`, one folder per table, Parquet with zstd."""

import sys
import time

import duckdb

FIELDS = ("messageId", "type", "event", "userId", "anonymousId", "timestamp", "originalTimestamp", "sentAt", "receivedAt")
COLUMNS = {**dict.fromkeys(FIELDS[:5], "VARCHAR"), **dict.fromkeys(FIELDS[5:], "TIMESTAMP")}
COLUMNS |= dict.fromkeys(("context", "integrations", "properties", "traits"), "JSON")

QUERY = """
COPY (
  SELECT "messageId" AS message_id, "type", "event", "userId" AS user_id, "anonymousId" AS anonymous_id, "timestamp",
    "originalTimestamp" AS original_timestamp, "sentAt" AS sent_at, "receivedAt" AS received_at,
    TRY_CAST(properties->>'$.post_id' AS BIGINT) AS post_id, TRY_CAST(properties->>'$.text_length' AS INT) AS text_length,
    TRY_CAST(properties->>'$.has_image' AS BOOLEAN) AS has_image, context->>'$.library.name' AS library,
    properties->>'$.followed_id' AS followed_id, traits->>'$.username' AS username, traits->>'$.email' AS email,
    traits->>'$.phone' AS phone, traits->>'$.plan' AS plan, TRY_CAST(traits->>'$.createdAt' AS TIMESTAMP) AS created_at,
    concat('{{"context":', context, ',"integrations":', integrations, ',"properties":', coalesce(properties, '{{}}'),
           ',"traits":', coalesce(traits, '{{}}'), '}}') AS attributes,
    CASE WHEN "type" = 'identify' THEN 'users' WHEN "event" = 'Post Created' THEN 'posts'
         WHEN "event" = 'User Followed' THEN 'follows' ELSE 'unfollows' END AS "table"
  FROM read_json('{source}', format = 'newline_delimited', columns = {columns})
) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY ("table"), OVERWRITE_OR_IGNORE)
"""


def main():
    source, folder = sys.argv[1:]
    begin = time.perf_counter()
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(QUERY.format(source=source, folder=folder, columns=COLUMNS))
    print(f"duckdb {duckdb.__version__} seconds {time.perf_counter() - begin:.3f}")


main()
