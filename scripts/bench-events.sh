#!/usr/bin/env bash
# Measures the functions of web events, one after another, each against its peers: collect-events, transform-events and write-parquet. Each has its
# own script, which describes what is compared and how; at the end their figures are printed together.
#
#   scripts/bench-events.sh                      all of them
#   scripts/bench-events.sh transform collect    some of them
set -euo pipefail
cd "$(dirname "$0")/.."

all=(collect transform write)
[ $# -gt 0 ] || set -- "${all[@]}"
for name in "$@"; do
  [ -x "scripts/bench-events/$name.sh" ] || { echo "there is no benchmark $name: ${all[*]}" >&2; exit 2; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=()
for name in "$@"; do
  echo "== $name"
  "scripts/bench-events/$name.sh" 2>&1 | tee "$work/$name" || failed+=("$name")
  echo
done

echo "== summary of $(date -u +%F), $(git describe --always --dirty 2>/dev/null || echo 'no commit')"
for name in "$@"; do
  echo
  case " ${failed[*]-} " in
    *" $name "*) echo "$name: FAILED" ;;
    # The figures come last in each; what is built comes before.
    *) echo "$name:"; grep -vE '^ *(Compiling|Finished|Running|Downloaded|Downloading|Blocking) ' "$work/$name" | tail -n 10 ;;
  esac
done
[ ${#failed[@]} -eq 0 ]
