#!/usr/bin/env bash
# Lets the clients that people use talk to Landfall: boto3, the AWS CLI, cargo lambda, Segment's SDKs; reads other people's SAS files; and, if LANDFALL_SAMPLE_DATA names
# a folder, loads the vendor's own files. First it checks the crates of others.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/duckdb.sh
venv=$(scripts/venv.sh)
export DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$PWD/.duckdb}"
cargo build --quiet -p cli
LANDFALL="$(cargo metadata --no-deps --format-version 1 | "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/landfall"
export LANDFALL

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 reasons=()

# Runs one suite, whose last line has its counts: suite <name> <command>...
suite() {
  echo "== $1"
  local name=$1 code=0 counts
  shift
  "$@" 2>&1 | tee "$log" || code=$?
  counts=$(tail -n 1 "$log")
  if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
    [ "$code" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
  else
    echo "FAILED  $name ended with $code before it had counted"
    failed=$((failed + 1))
  fi
  while read -r reason; do reasons+=("$reason"); done < <(grep '^skipped: ' "$log" || true)
  echo
}

# Here, so that what could not be checked stands in the closing lines.
suite "the crates of others" scripts/deny.sh
suite "boto3" "$venv/bin/python" tests/clients/test_boto3.py
suite "the AWS CLI" tests/clients/aws_cli.sh
suite "cargo lambda" tests/lambda/run.sh
suite "the clients of Segment" tests/clients/segment.sh
suite "other people's SAS files" tests/readers.sh
suite "the vendor's own files" tests/sample-data.sh

if [ ${#reasons[@]} -gt 0 ]; then printf '%s\n' "${reasons[@]}"; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
