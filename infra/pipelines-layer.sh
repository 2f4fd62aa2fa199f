#!/usr/bin/env bash
# Packs the folder of pipelines as the functions' layer: the same bytes for the same files.
#
#   infra/pipelines-layer.sh                 target/pipelines.zip
#   infra/pipelines-layer.sh OUT [FOLDER]    OUT from another folder
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
out="${1:-$root/target/pipelines.zip}"
folder="${2:-$root/pipelines}"
mkdir -p "$(dirname "$out")"

# What the functions read; test cases and pages for people stay at home.
shopt -s nullglob
pipelines=("$folder"/*/pipeline.toml)
[ ${#pipelines[@]} -gt 0 ] || { echo "$folder has no pipeline: <pipeline>/pipeline.toml is missing" >&2; exit 1; }
entries=()
for file in "${pipelines[@]}" "$folder"/*/{tables,views,checks,reports}/*.sql; do
  entries+=("pipelines/${file#"$folder/"}=$file")
done
python3 "$root/scripts/pack.py" "$out" "${entries[@]}"
echo "$out: ${#entries[@]} files"
