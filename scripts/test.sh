#!/usr/bin/env bash
# Runs every check and test of the project, and prints the minutes of each part at the end. `make help` lists the parts that run alone.
#
#   scripts/test.sh            everything
#   PARTS_FILE=FILE            also adds the parts' lines to FILE, for a caller that has parts of its own
#
# The infrastructure's checks wait for Terraform most of the time: they run in parallel with the compiler, and their output comes in one piece.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
parts="${PARTS_FILE:-$work/parts}"
failed=()
background=
end() {
  [ -z "$background" ] || kill "$background" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

# Runs one part and writes down how long it took; a part that fails does not stop the others: part <name> <command>...
part() {
  local name=$1 begun=$SECONDS code=0
  shift
  echo "== $name"
  "$@" || code=$?
  printf '%-26s %5.1f min%s\n' "$name" "$(minutes $((SECONDS - begun)))" "$([ "$code" -eq 0 ] || echo '  FAILED')" >>"$parts"
  [ "$code" -eq 0 ] || failed+=("$name")
}

minutes() {
  python3 -c 'import sys; print(int(sys.argv[1]) / 60)' "$1"
}

infrastructure() {
  local begun=$SECONDS code=0
  infra/check.sh >"$work/infra.log" 2>&1 || code=$?
  echo $((SECONDS - begun)) >"$work/infra.seconds"
  return "$code"
}

CARGO="${CARGO:-cargo}"
infrastructure &
background=$!
part "format, clippy, docs" make --no-print-directory lint
if [ ${#failed[@]} -gt 0 ]; then
  echo "the rest is not run: fix what the linters found" >&2
  exit 1
fi
part "build of the tests" "$CARGO" test --workspace --no-run --quiet
part "tests of the crates" "$CARGO" test --workspace --no-fail-fast --quiet
part "clients" scripts/clients.sh
code=0
echo "== infrastructure"
wait "$background" || code=$?
background=
cat "$work/infra.log"
printf '%-26s %5.1f min  in parallel%s\n' "infrastructure" "$(minutes "$(cat "$work/infra.seconds")")" \
  "$([ "$code" -eq 0 ] || echo '  FAILED')" >>"$parts"
[ "$code" -eq 0 ] || failed+=("infrastructure")
part "scenarios" scripts/scenarios.sh

if [ -z "${PARTS_FILE:-}" ]; then
  echo
  cat "$parts"
fi
if [ ${#failed[@]} -gt 0 ]; then
  (IFS=,; echo "failed: ${failed[*]}" >&2)
  exit 1
fi
