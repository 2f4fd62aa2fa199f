#!/usr/bin/env bash
# Loads the flights of a full year with Landfall, and the same file the old way (TRUNCATE and COPY through psycopg2) into a
# PostgreSQL of its own, in one run, and prints what each took.
#
#   scripts/bench-flights.sh                     5,819,079 flights
#   scripts/bench-flights.sh --rows 100000       a quick check
#   scripts/bench-flights.sh --write             also puts the figures into docs/BENCHMARKS.md
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/duckdb.sh
venv=$(scripts/venv.sh)
export DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$PWD/.duckdb}"
cargo build --release --quiet -p cli
LANDFALL="$(cargo metadata --no-deps --format-version 1 | "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/landfall"
export LANDFALL
exec "$venv/bin/python" scripts/bench_flights.py "$@"
