#!/usr/bin/env bash
# Sends an event of events/ to a function that runs under `cargo lambda watch`, and prints its answer.
#
#   scripts/invoke.sh                          which function takes which event
#   scripts/invoke.sh FUNCTION                 the events that one takes
#   scripts/invoke.sh FUNCTION EVENT           EVENT: a name of the table in events/README.md, or any file
#
# LANDFALL_INVOKE_PORT is where `cargo lambda watch` listens, if it is not 9000.
set -euo pipefail
cd "$(dirname "$0")/.."

function=${1:-}
event=${2:-}
port=${LANDFALL_INVOKE_PORT:-9000}

# "function event what arrives" of every row of the table: rows
rows() {
  awk -F ' *\\| *' '/^\| `/ {
    n = split($2, files, /, */); m = split($4, functions, /, */)
    for (f = 1; f <= m; f++) for (e = 1; e <= n; e++) { name = files[e]; gsub(/`|\.json/, "", name); print functions[f], name, $3 }
  }' events/README.md | sort --stable --key=1,1
}

# Lists the rows of one function, or of all: list [<function>]
list() {
  rows | awk -v only="${1:-}" '(only == "" || $1 == only) {
    if ($1 != last) { print "\n" $1; last = $1 }
    what = $0; sub(/^[^ ]+ [^ ]+ /, "", what); printf "  %-30s %s\n", $2, what
  }'
}

example() {
  local to=${1:-load-redshift}
  printf '\nFor example:\n\n    make invoke FUNCTION=%s EVENT=%s\n' "$to" "$(rows | awk -v to="$to" '$1 == to && !event { event = $2 } END { print event }')"
}

refuse() {
  echo "$1" >&2
  list "${2:-}" >&2
  example "${2:-}" >&2
  exit 2
}

[ -n "$function" ] || refuse "Which function? Say FUNCTION=... and EVENT=...; functions, and the events that they take:"
[ -d "crates/functions/$function" ] || refuse "There is no function $function. Functions, and the events that they take:"
[ -n "$event" ] || refuse "Which event? Say EVENT=...; $function takes:" "$function"

file=$event
if [ ! -f "$file" ]; then
  name=$(basename "$event" .json)
  file="events/$name.json"
  [ -f "$file" ] || refuse "There is no event $event. $function takes:" "$function"
fi
if [ "$(cd "$(dirname "$file")" && pwd)" = "$PWD/events" ]; then
  rows | awk -v row="$function $(basename "$file" .json)" '$1 " " $2 == row { found = 1 } END { exit !found }' ||
    refuse "$file is no event of $function. It takes:" "$function"
fi

if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  cat >&2 <<TEXT
Nothing listens on 127.0.0.1:$port. Start two things, each in a terminal of its own:

  1. what the function talks to, which prints the variables of its endpoints:

    landfall local --no-functions

  2. the functions, with these variables and those of crates/functions/$function/README.md:

    export LANDFALL_LAKE_BUCKET=lake LANDFALL_EVENT_BUS=landfall LANDFALL_COPY_ROLE=default LANDFALL_WORKGROUP=local \\
      LANDFALL_DATABASE=dev LANDFALL_STREAM=web-events LANDFALL_WRITE_KEYS=the-write-key LANDFALL_GLUE_DATABASE=web_events \\
      LANDFALL_PRIVACY_KEY=0123456789abcdef0123456789abcdef LANDFALL_PIPELINES=$PWD/pipelines
    cargo lambda watch

Then again: make invoke FUNCTION=$function EVENT=$(basename "$file" .json)
TEXT
  exit 1
fi

cargo_lambda=$(command -v cargo-lambda || echo "$(scripts/venv.sh)/bin/cargo-lambda")
"$cargo_lambda" lambda invoke "$function" --data-file "$file" --invoke-address 127.0.0.1 --invoke-port "$port" --output-format json
