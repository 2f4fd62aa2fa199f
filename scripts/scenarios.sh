#!/usr/bin/env bash
# Deploys Landfall to emulated clouds and follows files and tracking events through each: tests/cloud/run.py.
#
#   scripts/scenarios.sh                         embedded, ministack-terraform, ministack-sam, localstack
#   scripts/scenarios.sh ministack-sam           one of them
#   scripts/scenarios.sh --keep localstack       deploys to it, and leaves it there until Ctrl-C
#   LANDFALL_ZIPS=target scripts/scenarios.sh    with the optimised zips of scripts/zips.sh --x86_64
#   LANDFALL_LIVE=1 scripts/scenarios.sh account against a deployment in an AWS account; see docs/deploying.md
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/duckdb.sh
export DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$PWD/.duckdb}"
venv=$(scripts/venv.sh)
target=$(cargo metadata --no-deps --format-version 1 | "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
zips="${LANDFALL_ZIPS:-}"
if [ -z "$zips" ]; then
  zips="$target/quick-zips"
  scripts/zips.sh --quick --out "$zips" >&2
else
  cargo build --quiet -p cli
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" tests/cloud/run.py --landfall "$target/debug/landfall" --zips "$(cd "$zips" && pwd)/lambda" "$@"
