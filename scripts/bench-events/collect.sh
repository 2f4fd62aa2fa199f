#!/usr/bin/env bash
# Lets collect-events' release binary and the same collector in JavaScript take the same batches, one after another, over Lambda's Runtime
# API. The collector has one core, the Runtime API and the Kinesis that takes the records have the other.
#
#   scripts/bench-events/collect.sh                   5 runs of 3,000 batches of 20 events
#   scripts/bench-events/collect.sh --batches 300 --runs 1
set -euo pipefail
cd "$(dirname "$0")/../.."

batches=3000 runs=5
while [ $# -gt 0 ]; do
  case $1 in
    --batches) batches=$2 ;;
    --runs) runs=$2 ;;
    *) echo "unknown option $1: --batches <n>, --runs <n>" >&2; exit 2 ;;
  esac
  shift 2
done

cache="${XDG_CACHE_HOME:-$HOME/.cache}/landfall"
venv=$(scripts/venv.sh)
node=$(scripts/bench-events/collect_npm.sh)
export DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$PWD/.duckdb}"
target=$(cargo metadata --no-deps --format-version 1 | "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
"$venv/bin/cargo-lambda" lambda build --quiet --release --compiler cargo -p collect-events >&2
binary="$target/lambda/collect-events/bootstrap"
servers="$cache/bench-events/collect_servers"
mkdir -p "$cache/bench-events"
rustc -C opt-level=3 --edition 2024 -o "$servers" scripts/bench-events/collect_servers.rs

work=$(mktemp -d)
started=()
clean_up() {
  for process in ${started[@]+"${started[@]}"}; do kill "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT

free_port() { "$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Starts a server on the second core and waits until it listens: serve <log> <argument>...
serve() {
  local log=$1
  shift
  taskset -c 1 "$servers" "$@" > "$work/$log.out" 2> "$work/$log.err" &
  server=$!
  started+=("$server")
  until grep -qs listening "$work/$log.err"; do kill -0 "$server"; sleep 0.02; done
}

kinesis_port=$(free_port)
serve kinesis kinesis "$kinesis_port"
unset "${!AWS_@}" HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy
export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=bench AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_ENDPOINT_URL_KINESIS="http://127.0.0.1:$kinesis_port"
export LANDFALL_STREAM=events LANDFALL_WRITE_KEYS=bench COLLECT_NODE_MODULES="$node" RUST_LOG=warn
export AWS_LAMBDA_FUNCTION_NAME=collect-events AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 AWS_LAMBDA_FUNCTION_VERSION=1
export AWS_LAMBDA_LOG_GROUP_NAME=bench AWS_LAMBDA_LOG_STREAM_NAME=bench

sink() { curl --silent --noproxy '*' "http://127.0.0.1:$kinesis_port/"; }

# One run: measure <program>...; prints its seconds, those inside the Runtime API and inside the sink, the records that the sink got, the
# collector's CPU seconds (its start included), and its largest memory in KiB.
measure() {
  local port before after cpu=0 memory=0 collector
  port=$(free_port)
  serve runtime runtime "$port" "$work/event.json" 200 "$batches"
  read -r -a before <<< "$(sink)"
  AWS_LAMBDA_RUNTIME_API="127.0.0.1:$port" taskset -c 0 "$@" > /dev/null 2> "$work/collector.err" &
  collector=$!
  started+=("$collector")
  while kill -0 "$server" 2>/dev/null; do
    if ! grep -q . "/proc/$collector/statm" 2>/dev/null; then
      sleep 0.2
      ! kill -0 "$server" 2>/dev/null || { cat "$work/collector.err" >&2; return 1; }
    fi
    cpu=$(awk '{ print $14 + $15 }' "/proc/$collector/stat" 2>/dev/null || echo "$cpu")
    memory=$(awk '/^VmHWM/ { print $2 }' "/proc/$collector/status" 2>/dev/null || echo "$memory")
    sleep 0.05
  done
  read -r -a after <<< "$(sink)"
  kill "$collector" 2>/dev/null || true
  wait "$collector" 2>/dev/null || true
  echo "$(cat "$work/runtime.out") $((after[1] - before[1])) $((after[0] - before[0])) ${cpu:-0} ${memory:-0} $(getconf CLK_TCK)"
}

"$venv/bin/python" scripts/bench-events/collect_event.py "$work/event.json"
echo "$(grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'), $(uname -sr), $(rustc --version), node $(node --version), @aws-sdk/client-kinesis $(node -p "require('$node/node_modules/@aws-sdk/client-kinesis/package.json').version")"
for run in $(seq "$runs"); do
  echo "landfall $(measure "$binary")" >> "$work/figures"
  echo "node $(measure node scripts/bench-events/collect_node.mjs)" >> "$work/figures"
done
"$venv/bin/python" scripts/bench-events/collect_report.py "$work/figures" "$batches" 20
