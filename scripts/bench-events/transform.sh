#!/usr/bin/env bash
# Lets transform-events' release binary and a handler in Python do the same to the same batches of Firehose, over Lambda's Runtime API. The
# handler has one core, the server of the Runtime API the other. Before anything is measured, all must have given the same answers.
#
#   scripts/bench-events/transform.sh                         5 runs of some seconds each, 500 events of 1 KB per batch
#   scripts/bench-events/transform.sh --runs 1 --seconds 1    a quick check
#   scripts/bench-events/transform.sh --binary <file>         another build of transform-events
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=5 seconds=4 records=500 binary=
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=$2 ;;
    --seconds) seconds=$2 ;;
    --records) records=$2 ;;
    --binary) binary=$2 ;;
    *) echo "unknown option $1: --runs <n>, --seconds <n>, --records <n per batch>, --binary <file>" >&2; exit 2 ;;
  esac
  shift 2
done

venv=$(scripts/venv.sh)
python=$(scripts/bench-events/transform_pip.sh)
export DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$PWD/.duckdb}"
target=$(cargo metadata --no-deps --format-version 1 | "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
if [ -z "$binary" ]; then
  "$venv/bin/cargo-lambda" lambda build --quiet --release --compiler cargo -p transform-events >&2
  binary="$target/lambda/transform-events/bootstrap"
fi
cargo build --quiet --release -p bench
server="$target/release/runtime-api"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unset "${!AWS_@}" "${!LANDFALL_@}" HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy
export AWS_REGION=us-east-1 AWS_LAMBDA_FUNCTION_NAME=transform-events AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256 AWS_LAMBDA_FUNCTION_VERSION=1
export AWS_LAMBDA_LOG_GROUP_NAME=bench AWS_LAMBDA_LOG_STREAM_NAME=bench
export LANDFALL_PIPELINES="$PWD/pipelines" LANDFALL_PRIVACY_KEY=0123456789abcdef0123456789abcdef

# One run: run <name> <count> <warm-up> [<option of runtime-api>...]; prints its figures.
run() {
  local name=$1 count=$2 warm_up=$3 function
  shift 3
  function=(env -C scripts/bench-events TRANSFORM_JSON="${name#bare-}" LAMBDA_TASK_ROOT="$PWD/scripts/bench-events" PYTHONDONTWRITEBYTECODE=1
    taskset -c 0 "$python/bin/python")
  case $name in
    landfall) function=(taskset -c 0 "$binary") ;;
    bare-*) function+=(transform_bare.py) ;;
    *) function+=(-m awslambdaric transform_handler.handler) ;;
  esac
  taskset -c 1 "$server" --payloads "$work/batches.jsonl" --count "$count" --warm-up "$warm_up" "$@" -- "${function[@]}" 2> "$work/errors" ||
    { echo "$name failed:" >&2; cat "$work/errors" >&2; exit 1; }
}

names=(landfall json orjson bare-json bare-orjson)
bytes=$("$venv/bin/python" scripts/bench-events/transform_generate.py "$work/batches.jsonl" 8 "$records")
echo "$(grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'), $(nproc) cores, $(uname -sr), $(rustc --version | cut -d' ' -f1,2), $(scripts/bench-events/transform_pip.sh --versions)"
for name in "${names[@]}"; do
  run "$name" 8 0 --answers "$work/$name.jsonl" > "$work/$name.trial"
done
"$venv/bin/python" scripts/bench-events/transform_report.py check "$work" "${names[@]}"
for _ in $(seq "$runs"); do
  for name in "${names[@]}"; do
    # So many that a run takes about as long as is wanted, by the pace of the trial, in which nothing was warm.
    count=$("$venv/bin/python" -c 'import json, sys; print(max(16, int(json.load(open(sys.argv[1]))["per_second"] * float(sys.argv[2]))))' "$work/$name.trial" "$seconds")
    echo "$name $(run "$name" "$count" 16)" >> "$work/figures"
  done
done
"$venv/bin/python" scripts/bench-events/transform_report.py figures "$work/figures" "$bytes" 8 "$records"
