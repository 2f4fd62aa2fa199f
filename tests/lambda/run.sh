#!/usr/bin/env bash
# The functions' own binaries, run by `cargo lambda watch` and invoked with the events of events/, against `landfall local`
# without functions of its own.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

venv="$("$root/scripts/venv.sh")"
aws="$venv/bin/aws"
build cli load-redshift watch-loads

echo "a function without its environment"
needed=(LANDFALL_LAKE_BUCKET=lake LANDFALL_EVENT_BUS=landfall LANDFALL_COPY_ROLE=default LANDFALL_WORKGROUP=local LANDFALL_DATABASE=dev)
for function in load-redshift watch-loads; do
  for missing in "${needed[@]%%=*}"; do
    kept=()
    for setting in "${needed[@]}"; do [ "${setting%%=*}" = "$missing" ] || kept+=("$setting"); done
    code=0
    text=$(env -i "${kept[@]}" LANDFALL_PIPELINES="$root/pipelines" timeout 30 "$bin/$function" 2>&1) || code=$?
    equal "$function without $missing does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
    contains "  and names it" "$missing" "$text"
  done
  code=0
  text=$(env -i "${needed[@]}" LANDFALL_PIPELINES="$work/nowhere" timeout 30 "$bin/$function" 2>&1) || code=$?
  equal "$function without pipelines does not start" "1, 1 line" "$code, $(wc -l <<< "$text") line"
  contains "  and names the folder" "$work/nowhere" "$text"
done

echo
echo "the functions under cargo lambda watch"
"$bin/landfall" sample flights --rows 10 --out "$work/files" > /dev/null
start local "$bin/landfall" local --no-functions --pipelines "$root/pipelines" --state "$work/state" --folder "$work/inbox" \
  --s3-port 0 --redshift-port 0 --events-port 0
await "$work/local.out" 'stands for the landing bucket' "$pid"
eval "$(grep -e '^ *export AWS_' "$work/local.out")"
AWS_ENDPOINT_URL_EVENTBRIDGE=$(sed -n 's/^EventBridge  *\([^ ]*\).*/\1/p' "$work/local.out")
export AWS_ENDPOINT_URL_EVENTBRIDGE "${needed[@]}" LANDFALL_PIPELINES="$root/pipelines"
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
    { echo "the invocation failed; the function said:"; tail -n 20 "$work/watch.out"; }
}

# A value of an answer: field <answer> <Python expression of `answer`>
field() {
  python3 -c 'import json, sys; answer = json.loads(sys.argv[1]); print(eval(sys.argv[2]))' "$1" "$2" 2>/dev/null || echo "$1"
}

# What the warehouse says: query <sql>
query() {
  "$bin/landfall" query --json --state "$work/state" "$1" |
    python3 -c 'import json, sys; rows = json.load(sys.stdin); print(json.dumps(rows))'
}

"$aws" s3 cp --only-show-errors "$work/files/flights/airlines.json" s3://landing/flights/airlines.json
"$aws" s3 cp --only-show-errors "$work/files/flights/airports.csv" s3://landing/flights/airports.csv
query "select 1 as one"
invoke load-redshift events/manual.json
cat "$work/watch.out" | tail -50
finish
