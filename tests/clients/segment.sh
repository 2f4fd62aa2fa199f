#!/usr/bin/env bash
# Segment's own libraries for Node and Python send to a running collector, whose stream fails every third record once; what came into the
# stream is compared with what they sent.
set -euo pipefail
source "$(dirname "$0")/../lib.sh"

clients="$(dirname "${BASH_SOURCE[0]}")"
venv="$("$root/scripts/venv.sh")"
export LANDFALL_WRITE_KEY=clients-write-key LANDFALL_WRITE_KEYS="another,clients-write-key"
(cd "$root" && cargo build --quiet -p collect-events --example serve)
serve="$(target_dir)/debug/examples/serve"

# The npm packages, outside the clone and installed once.
npm_packages() {
  local folder="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/segment-node"
  local packages=(@segment/analytics-node@3.1.0)
  if [ "$(cat "$folder/stamp" 2>/dev/null)" != "${packages[*]}" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    echo '{"private": true}' > "$folder/package.json"
    npm install --prefix "$folder" --no-audit --no-fund --silent "${packages[@]}" >&2
    echo "${packages[*]}" > "$folder/stamp"
  fi
  echo "$folder"
}

# Runs a client against a collector of its own: client <name> <events that it sends> <program> <argument>...
client() {
  local name=$1 events=$2 code=0
  shift 2
  start "$name-collector" "$serve"
  await "$work/$name-collector.out" '^collector ' "$pid"
  LANDFALL_COLLECTOR_URL=$(sed -n 's/^collector //p' "$work/$name-collector.out")
  export LANDFALL_COLLECTOR_URL
  "$@" > "$work/$name.sent" 2> "$work/$name.errors" || code=$?
  equal "$name reports no failure" "0, 0 lines" "$code, $(grep -vc -e Warning -e node: "$work/$name.errors" || true) lines"
  equal "  and what it sent is in the stream" "$events events, the same" \
    "$("$venv/bin/python" "$clients/segment_compare.py" "$work/$name.sent" "$work/$name-collector.out")"
  code=0
  LANDFALL_WRITE_KEY=wrong "$@" > /dev/null 2> "$work/$name.errors" || code=$?
  equal "$name gets an error for a wrong write key" "1" "$code"
  stop "$pid"
}

skipped=0
if command -v node > /dev/null && command -v npm > /dev/null; then
  LANDFALL_NODE_MODULES="$(npm_packages)"
  export LANDFALL_NODE_MODULES
  client node 214 node "$clients/segment_node.mjs"
else
  echo "skipped: Segment's library for Node, because there is no node or npm"
  skipped=1
fi
client python 421 "$venv/bin/python" "$clients/segment_python.py"

# A browser, played by curl: a preflight, and what navigator.sendBeacon sends.
start browser-collector "$serve"
await "$work/browser-collector.out" '^collector ' "$pid"
url=$(sed -n 's/^collector //p' "$work/browser-collector.out")
ask() { curl --silent --noproxy '*' --max-time 30 "$@"; }
answer=$(ask -i -X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: POST' "$url/v1/t")
contains "a preflight is answered" "204 No Content" "$answer"
contains "  for any origin" "access-control-allow-origin: *" "$answer"
contains "a beacon is taken" '{"success":true}' \
  "$(ask -H 'Content-Type: text/plain' -d "{\"anonymousId\":\"b\",\"writeKey\":\"$LANDFALL_WRITE_KEY\",\"messageId\":\"m\"}" "$url/v1/p")"
contains "  with its type and its address" '"type":"page"' "$(tail -n 1 "$work/browser-collector.out")"
contains "  " '"ip":"127.0.0.1"' "$(tail -n 1 "$work/browser-collector.out")"
contains "somebody is there" '{"success":true}' "$(ask "$url/health")"
equal "another path is not served" 404 "$(ask -o /dev/null -w '%{http_code}' "$url/v2/track")"
stop "$pid"
finish "$skipped"
