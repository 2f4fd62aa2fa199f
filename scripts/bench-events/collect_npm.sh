#!/usr/bin/env bash
# Installs the npm packages of the benchmark outside the clone, once, and prints the folder.
set -euo pipefail

folder="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/bench-events/node"
packages=(@aws-sdk/client-kinesis@3.1143.0 @smithy/node-http-handler@4.14.2)
if [ "$(cat "$folder/stamp" 2>/dev/null)" != "${packages[*]}" ]; then
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private": true}' > "$folder/package.json"
  npm install --prefix "$folder" --no-audit --no-fund --silent "${packages[@]}" >&2
  echo "${packages[*]}" > "$folder/stamp"
fi
echo "$folder"
