#!/usr/bin/env bash
# Feeds hostile input to everything that reads what strangers send, for some minutes in all: scripts/fuzz.sh [MINUTES] [TARGET...]
# LANDFALL_SAS_FILES names a folder with SAS files; without it, those that tests/readers.sh has fetched are taken. LANDFALL_FUZZ_SEED gives other
# inputs, and LANDFALL_FUZZ_FEATURES=collect the target that needs the AWS clients.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=${1:-10}
shift || true
files="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/sas"
if [ -z "${LANDFALL_SAS_FILES:-}" ] && [ -d "$files" ]; then export LANDFALL_SAS_FILES="$files"; fi
cargo build --quiet --release -p mutation-fuzz --features "${LANDFALL_FUZZ_FEATURES:-}"
target=$(cargo metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
# No input is worth more memory than a large function has: one that wants it ends the run.
ulimit -v 6000000
exec nice -n 19 "$target/release/mutation-fuzz" --seconds $((minutes * 60)) --seed "${LANDFALL_FUZZ_SEED:-1}" "$@"
