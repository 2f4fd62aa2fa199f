#!/usr/bin/env bash
# Measures how fast events become Parquet: `event-parquet` (the code of write-parquet, from a local file in place of S3) compared with DuckDB on one
# thread and pandas with pyarrow. Whole processes, one core, the same input; the runs alternate, and the median counts.
#
#   scripts/bench-events/write.sh          100 MB against the others; memory at 10 MB, 100 MB and 1 GB
#   RUNS=5 SIZE=1000 scripts/bench-events/write.sh
#   LARGE=1 scripts/bench-events/write.sh  memory at 5 GB, too
#
# What differs: ours removes repeated ids, sorts row groups by time and takes lifted attributes out of `attributes`; DuckDB does none of
# it. DuckDB compresses at its default level, 3, pyarrow at 1, ours at 1. All write NULL for what a table does not have.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/landfall"
work="$cache/bench-write"
target="${CARGO_TARGET_DIR:-$root/target}"
core="${CORE:-1}"
runs="${RUNS:-3}"
size="${SIZE:-100}"
mkdir -p "$work"

environment() { # name packages...
  local venv="$cache/bench-$1"
  if [ ! -x "$venv/bin/python" ] || [ ! -e "$venv/ready" ]; then
    echo "making the Python environment of $1" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${@:2}" >&2
    touch "$venv/ready"
  fi
  echo "$venv/bin/python"
}

events() { # megabytes
  local file="$work/$1.ndjson"
  if [ ! -s "$file" ]; then
    python3 "$here/write_generate.py" "$file.part" "$1"
    mv "$file.part" "$file"
  fi
  echo "$file"
}

# As cargo-lambda builds functions: for the processors that Lambda has, as one unit.
case "$(uname -m)" in
  x86_64) triple=x86_64-unknown-linux-gnu cpu=haswell ;;
  *) triple=aarch64-unknown-linux-gnu cpu=neoverse-n1 ;;
esac
(cd "$root" && RUSTFLAGS="-C target-cpu=$cpu" CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
  cargo build --quiet --release --target "$triple" -p event-parquet --example convert)
convert="$target/$triple/release/examples/convert"

duckdb="$(environment duckdb duckdb)"
pandas="$(environment pandas pandas pyarrow)"
input="$(events "$size")"

seconds() { # a whole process on one core: seconds of the clock, and of the processor; what it prints goes to stderr
  rm -rf "$work/out"
  mkdir "$work/out"
  TIMEFORMAT='%R %U %S'
  { time taskset -c "$core" "$@" >"$work/output" 2>&1; } 2>"$work/time" || { cat "$work/output" >&2; exit 1; }
  cat "$work/output" >&2
  awk '{ print $1 "," $2 + $3 }' "$work/time"
}

declare -A times=()
for _ in $(seq "$runs"); do
  times[ours]+="$(seconds "$convert" "$root/pipelines" "$input" "$work/out") "
  times[duckdb]+="$(seconds "$duckdb" "$here/write_duckdb.py" "$input" "$work/out") "
  times[pandas]+="$(seconds "$pandas" "$here/write_pandas.py" "$input" "$work/out") "
done

python3 - "$(stat -c %s "$input")" "${times[ours]}" "${times[duckdb]}" "${times[pandas]}" <<'PYTHON'
import statistics
import sys

megabytes = int(sys.argv[1]) / 1e6
names = ("ours", "DuckDB", "pandas")
runs = {name: [tuple(map(float, run.split(","))) for run in text.split()] for name, text in zip(names, sys.argv[2:])}
for at, clock in enumerate(("clock", "processor")):
    times = {name: [run[at] for run in runs[name]] for name in names}
    median = {name: statistics.median(times[name]) for name in names}
    for name in names:
        print(f"{clock:9} {name:6} {megabytes / median[name]:6.1f} MB/s, median of {sorted(times[name])} s")
    print(f"{clock:9} {median['DuckDB'] / median['ours']:.2f} times DuckDB, {median['pandas'] / median['ours']:.2f} times pandas")
PYTHON

sizes=(10 100 1000)
[ -z "${LARGE:-}" ] || sizes+=(5000)
for megabytes in "${sizes[@]}"; do
  file="$(events "$megabytes")"
  rm -rf "$work/out"
  echo "$megabytes MB: $(taskset -c "$core" "$convert" "$root/pipelines" "$file" "$work/out")"
done
rm -rf "$work/out" "$work/output" "$work/time"
