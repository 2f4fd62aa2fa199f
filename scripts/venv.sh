#!/usr/bin/env bash
# Makes the Python environment that the clients' tests and the benchmark use, and prints its folder. It lies outside the clone
# and is used again as long as the versions below and Python's own are the same.
set -euo pipefail

venv="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/venv"
packages=(boto3==1.44.5 awscli==1.46.2 psycopg2-binary==2.9.13 segment-analytics-python==2.4.0)
# Without what it depends on: `cargo lambda watch` and `invoke` need no zig.
alone=(cargo-lambda==1.9.2)

stamp="$(python3 --version) ${packages[*]} ${alone[*]}"
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "making the Python environment: ${packages[*]} ${alone[*]}" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "${alone[@]}" >&2
  echo "$stamp" > "$venv/stamp"
fi
echo "$venv"
