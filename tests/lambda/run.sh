#!/usr/bin/env bash
# The functions' own binaries, run by `cargo lambda watch` and invoked with the events of events/, against `landfall local`
# without functions of its own.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

venv="$("$root/scripts/venv.sh")"
aws="$venv/bin/aws"
build cli $(cd "$root/crates/functions" && echo *)

echo "a function without its environment"
needed=(LANDFALL_LAKE_BUCKET=lake LANDFALL_EVENT_BUS=landfall LANDFALL_COPY_ROLE=default LANDFALL_WORKGROUP=local LANDFALL_DATABASE=dev)
for function in load-redshift watch-loads; do
  for missing in "${needed[@]%%=*}"; do
    others=()
    for setting in "${needed[@]}"; do [ "${setting%%=*}" = "$missing" ] || others+=("$setting"); done
    code=0
    text=$(env -i "${others[@]}" LANDFALL_PIPELINES="$root/pipelines" timeout 30 "$bin/$function" 2>&1) || code=$?
    equal "$function without $missing does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
    contains "  and names it" "$missing" "$text"
  done
  code=0
  text=$(env -i "${needed[@]}" LANDFALL_PIPELINES="$work/nowhere" timeout 30 "$bin/$function" 2>&1) || code=$?
  equal "$function without pipelines does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
  contains "  and names the folder" "$work/nowhere" "$text"
done

privacy_key=0123456789abcdef0123456789abcdef
code=0
text=$(env -i LANDFALL_PIPELINES="$root/pipelines" timeout 30 "$bin/transform-events" 2>&1) || code=$?
equal "transform-events without its key does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
contains "  and names both ways to give it" "neither LANDFALL_PRIVACY_KEY nor LANDFALL_PRIVACY_KEY_SECRET" "$text"
code=0
text=$(env -i LANDFALL_PRIVACY_KEY="$privacy_key" LANDFALL_PIPELINES="$work/nowhere" timeout 30 "$bin/transform-events" 2>&1) || code=$?
equal "transform-events without pipelines does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
contains "  and names the folder" "$work/nowhere" "$text"

# The functions of tracking events, each without one thing that it needs.
tracking=(LANDFALL_STREAM=web-events LANDFALL_WRITE_KEYS=the-write-key LANDFALL_GLUE_DATABASE=web_events)
while read -r function missing; do
  others=()
  for setting in LANDFALL_LAKE_BUCKET=lake LANDFALL_PIPELINES="$root/pipelines" "${tracking[@]}"; do
    [ "${setting%%=*}" = "$missing" ] || others+=("$setting")
  done
  code=0
  text=$(env -i "${others[@]}" timeout 30 "$bin/$function" 2>&1) || code=$?
  equal "$function without $missing does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
  contains "  and names it" "$missing" "$text"
done << 'NEEDED'
collect-events LANDFALL_STREAM
collect-events LANDFALL_WRITE_KEYS
write-parquet LANDFALL_LAKE_BUCKET
update-catalog LANDFALL_GLUE_DATABASE
compact-parquet LANDFALL_GLUE_DATABASE
compact-parquet LANDFALL_LAKE_BUCKET
NEEDED

echo
echo "the functions under cargo lambda watch"
"$bin/landfall" sample flights --rows 10 --out "$work/files" > /dev/null
start local "$bin/landfall" local --no-functions --pipelines "$root/pipelines" --state "$work/state" --folder "$work/inbox" \
  --s3-port 0 --redshift-port 0 --events-port 0 --kinesis-port 0 --glue-port 0 --collector-port 0
await "$work/local.out" 'stands for the landing bucket' "$pid"
eval "$(grep -e '^ *export AWS_' "$work/local.out")"
AWS_ENDPOINT_URL_EVENTBRIDGE=$(sed -n 's/^EventBridge  *\([^ ]*\).*/\1/p' "$work/local.out")
export AWS_ENDPOINT_URL_EVENTBRIDGE "${needed[@]}" "${tracking[@]}" LANDFALL_PIPELINES="$root/pipelines" LANDFALL_PRIVACY_KEY="$privacy_key"
local_pid=$pid

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$root"
start watch "$venv/bin/cargo-lambda" lambda watch --offline --ignore-changes --invoke-address 127.0.0.1 --invoke-port "$port"
watch_pid=$pid
until curl --silent --noproxy '*' --output /dev/null "http://127.0.0.1:$port/"; do
  kill -0 "$watch_pid" || { cat "$work/watch.out"; exit 1; }
  sleep 0.1
done

# Sends an event to a function: invoke <function> <file>; prints its answer.
invoke() {
  "$venv/bin/cargo-lambda" lambda invoke "$1" --data-file "$2" --invoke-address 127.0.0.1 --invoke-port "$port" --output-format json 2>&1 ||
    { echo "the invocation failed; the function printed:"; tail -n 20 "$work/watch.out"; }
}

# A value of an answer: field <answer> <Python expression of `answer`>
field() {
  python3 -c 'import json, sys; answer = json.loads(sys.argv[1]); print(eval(sys.argv[2]))' "$1" "$2" 2>/dev/null || echo "$1"
}

# The warehouse's answer, one row per line: query <sql>
query() {
  "$bin/landfall" query --json --state "$work/state" --pipelines "$root/pipelines" "$1" |
    python3 -c 'import json, sys; [print(*row.values()) for row in json.load(sys.stdin)]'
}

# Waits until a statement of the Data API has ended; prints its status: ended <id>
ended() {
  local status=
  until [[ $status =~ ^(FINISHED|FAILED|ABORTED)$ ]]; do
    status=$("$aws" redshift-data describe-statement --id "$1" --query Status --output text)
  done
  echo "$status"
}

for file in airlines.json airports.csv; do
  "$aws" s3 cp --only-show-errors "$work/files/flights/$file" "s3://landing/flights/$file"
done

answer=$(invoke load-redshift events/manual.json)
contains "what a person sends is submitted" "submitted s3://landing/flights/airlines.json as " "$(field "$answer" 'answer["uploads"][0]')"
id=$(field "$answer" 'answer["uploads"][0].split(" as ")[1]')
equal "its batch ends" FINISHED "$(ended "$id")"
name=$("$aws" redshift-data list-statements --statement-name landfall/load/lake/airlines/ --query 'Statements[0].StatementName' --output text)
printf '{"statement_id": "%s", "statement_name": "%s"}' "$id" "$name" > "$work/finished.json"
answer=$(invoke watch-loads "$work/finished.json")
equal "watch-loads publishes the outcome" "loaded 14" \
  "$(field "$answer" 'answer["outcomes"][0]["outcome"] + " " + str(answer["outcomes"][0]["rows"])')"
equal "landfall.loads has its row" "airlines flights/airlines.json 14" "$(query 'select dataset, object_key, rows_loaded from landfall.loads')"
equal "the table has its rows" 14 "$(query 'select count(*) from flights.airlines')"
await "$work/local.out" '^loaded .*flights/airlines.json' "$local_pid"
equal "the event bus has the outcome, once" 1 "$(grep -c '^loaded .*flights/airlines.json' "$work/local.out")"

answer=$(invoke load-redshift events/s3-test-event.json)
contains "S3's test event is ignored, and reported" "ignored s3:TestEvent" "$(field "$answer" 'answer["uploads"][0]')"
answer=$(LANDFALL_INVOKE_PORT=$port scripts/invoke.sh load-redshift s3-test-event 2>&1)
contains "  and so it is when make invoke sends it" "ignored s3:TestEvent" "$answer"
code=0
answer=$(LANDFALL_INVOKE_PORT=$port scripts/invoke.sh load-redshift schedule 2>&1) || code=$?
contains "make invoke lists what the function takes instead of another's event" "s3-put" "$answer"
equal "  and ends with" 2 "$code"

answer=$(invoke load-redshift events/sqs-one-bad.json)
equal "of three messages, exactly the bad one stays in the queue" "[{'itemIdentifier': '059f36b4-87a3-44ab-83d2-661975970001'}]" \
  "$(field "$answer" 'answer["batchItemFailures"]')"
equal "the others name no version and an ETag that is gone: they are refused" None \
  "$("$aws" redshift-data list-statements --status ALL --statement-name landfall/load/lake/airports/ --query 'Statements[0].Id' --output text)"

# The same event with the ETags of the objects that are there.
etag() {
  "$aws" s3api head-object --bucket landing --key "$1" --query ETag --output text | tr -d '"'
}
python3 - events/sqs-one-bad.json airlines.json "$(etag flights/airlines.json)" airports.csv "$(etag flights/airports.csv)" \
  > "$work/one-bad.json" <<'END'
import json, sys
event = json.load(open(sys.argv[1]))
for record in event["Records"]:
    for name, tag in zip(sys.argv[2::2], sys.argv[3::2]):
        if name in record["body"]:
            record["body"] = record["body"].replace("0123456789abcdef0123456789abcdef", tag)
print(json.dumps(event))
END
answer=$(invoke load-redshift "$work/one-bad.json")
id=$("$aws" redshift-data list-statements --status ALL --statement-name landfall/load/lake/airports/ --query 'Statements[0].Id' --output text)
equal "the good message behind the bad one is submitted" FINISHED "$(ended "$id")"
answer=$(invoke watch-loads events/schedule.json)
equal "the reconciliation finds the load whose event was lost" "['airports loaded']" \
  "$(field "$answer" 'sorted(o["dataset"] + " " + o["outcome"] for o in answer["outcomes"])')"
equal "landfall.loads has one row of each upload" $'airlines 14 True\nairports 322 True' \
  "$(query 'select dataset, rows_loaded, trusted from landfall.loads order by 1')"
answer=$(invoke watch-loads events/schedule.json)
equal "a second reconciliation finds nothing new" "0" "$(field "$answer" 'len(answer["outcomes"])')"

# Of each record: its outcome and where it goes. It takes the answer as an argument: fates <answer>
fates() {
  field "$1" '" ".join(r["result"] + "".join(":" + r["metadata"]["partitionKeys"][key] for key in ("table", "date") if "metadata" in r) for r in answer["records"])'
}

answer=$(invoke transform-events events/firehose-direct-put.json)
equal "records that were put into Firehose" "Ok:posts:2026-11-20 Ok:users:2026-11-20 ProcessingFailed" "$(fates "$answer")"
event='json.loads(__import__("base64").b64decode(answer["records"][1]["data"]))'
equal "  with masked telephone numbers" "+** *** ***4567" "$(field "$answer" "$event"'["traits"]["phone"]')"
equal "  and hashed addresses" \
  "$(python3 -c 'import hmac, sys; print(hmac.new(sys.argv[1].encode(), b"ada@example.com", "sha256").hexdigest())' "$privacy_key")" \
  "$(field "$answer" "$event"'["traits"]["email"]')"
equal "  and no address of the network" "['library']" \
  "$(field "$answer" 'list(json.loads(__import__("base64").b64decode(answer["records"][0]["data"]))["context"])')"
equal "records of a stream" "Ok:posts:2026-11-20 Ok:other_track_post_shared:2026-11-20" \
  "$(fates "$(invoke transform-events events/firehose-kinesis.json)")"
equal "records of a stream as source, in the SAM CLI's form" "Ok:users:2026-11-20" \
  "$(fates "$(invoke transform-events events/firehose-streams-as-source.json)")"
equal "one record of each fate" \
  "Ok:posts:2026-11-20 Ok:other_page:2026-11-20 Ok:posts:2026-11-20 Ok:mixed:2026-11-20 Dropped$(printf ' ProcessingFailed%.0s' {1..5})" \
  "$(fates "$(invoke transform-events events/firehose-mixed.json)")"
answer=$(invoke transform-events events/manual.json)
contains "an event that is not Firehose's is refused" "no Firehose event" "$answer"

# From the collector to the query, every function as its binary; between them stand the stream, the lake and the catalog.
answer=$(invoke collect-events events/function-url-track.json)
equal "an event is collected" "200 {\"success\":true}" "$(field "$answer" 'str(answer["statusCode"]) + " " + answer["body"].replace(" ", "")')"
shards=$("$aws" kinesis list-shards --stream-name web-events --query 'Shards[].ShardId' --output text)
in_stream=$(for shard in $shards; do
  iterator=$("$aws" kinesis get-shard-iterator --stream-name web-events --shard-id "$shard" --shard-iterator-type TRIM_HORIZON --query ShardIterator --output text)
  "$aws" kinesis get-records --shard-iterator "$iterator" --query 'Records[].Data' --output text
done)
equal "  and is in the stream" track "$(base64 -d <<< "$in_stream" | python3 -c 'import json, sys; print(json.load(sys.stdin)["type"])')"
raw=web-data/raw/mixed/dt=2026-11-20/web-events-1-2026-11-20-09-00-10-6f1c.ndjson
field "$(invoke transform-events events/firehose-kinesis.json)" \
  '"".join(__import__("base64").b64decode(record["data"]).decode() for record in answer["records"])' | sed '/^$/d' > "$work/raw.ndjson"
"$aws" s3 cp --only-show-errors "$work/raw.ndjson" "s3://lake/$raw"
answer=$(invoke write-parquet events/eventbridge-raw-object.json)
contains "a raw object becomes Parquet" "2 rows" "$(field "$answer" 'answer["uploads"][0]')"
parquet=$("$aws" s3 ls --recursive s3://lake/web-data/transformed/posts/ | awk '{ print $4 }')
sed "s#web-data/transformed/posts/dt=2026-11-20/posts-0000.parquet#$parquet#" events/eventbridge-parquet-object.json > "$work/parquet.json"
invoke update-catalog "$work/parquet.json" > /dev/null
equal "the catalog has the table" "message_id type event" \
  "$("$aws" glue get-table --database-name web_events --name posts --query 'Table.StorageDescriptor.Columns[:3].Name' --output text | tr '\t' ' ')"
equal "  and the day" 2026-11-20 \
  "$("$aws" glue get-partitions --database-name web_events --table-name posts --query 'Partitions[].Values[]' --output text)"
equal "the query has the row" "node-1 12345678901234567" \
  "$("$bin/landfall" athena --json --state "$work/state" --pipelines "$root/pipelines" 'select message_id, post_id from posts' |
    python3 -c 'import json, sys; print(*json.load(sys.stdin)["rows"][0])')"
equal "a day with one file needs no compaction" "[]" "$(field "$(invoke compact-parquet events/schedule.json)" 'answer["days"]')"

answer=$(invoke watch-loads events/manual.json)
contains "an event of another function is refused" "bucket, key" "$answer"

stop "$watch_pid"
stop "$local_pid"

echo
echo "the functions under landfall local --functions"
unset "${!AWS_ENDPOINT_@}"
start binaries "$bin/landfall" --verbose local --functions "$bin" --pipelines "$root/pipelines" --state "$work/binaries" \
  --folder "$work/binaries-inbox" --s3-port 0 --redshift-port 0 --events-port 0 --kinesis-port 0 --glue-port 0 --collector-port 0
await "$work/binaries.out" 'stands for the landing bucket' "$pid"
landfall() { "$bin/landfall" --json --state "$work/binaries" --pipelines "$root/pipelines" "$@"; }
equal "files are loaded by the binaries" "loaded 14 loaded 322 loaded 10" \
  "$(landfall load "$work"/files/flights/{airlines.json,airports.csv,flights.csv} |
    python3 -c 'import json, sys; print(*(part for o in json.load(sys.stdin) for part in (o["outcome"], o["rows"])))')"
contains "  whose log is shown" 'load-redshift: {"level":"INFO"' "$(cat "$work/binaries.out")"
"$bin/landfall" sample web-events --rows 50 --malformed 0 --repeated 0 --unknown 0 --out "$work/tracking" > /dev/null
landfall track "$work/tracking/events.ndjson" > /dev/null
events() {
  local table total=0
  for table in posts users follows unfollows; do
    count=$(landfall athena "select count(*) from $table" 2> /dev/null |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["rows"][0][0])' 2> /dev/null || echo 0)
    total=$((total + count))
  done
  echo "$total"
}
deadline=$((SECONDS + 60))
until [ "$(events)" = 50 ] || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.2; done
equal "events become rows by the binaries" 50 "$(events)"
stop "$pid"
equal "no function outlives it" "" "$(pgrep -f "^$bin/(load-redshift|watch-loads|collect-events)" || true)"
finish
