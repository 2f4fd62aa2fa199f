#!/usr/bin/env bash
# Makes the Python environment of the benchmark's peers outside the clone, once, and prints the folder; with --versions, what is in it.
set -euo pipefail

venv="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/bench-events/python"
packages=(awslambdaric==4.2.2 orjson==3.13.0)
stamp="$(python3 --version) ${packages[*]}"
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  echo "$stamp" > "$venv/stamp"
fi
if [ "${1:-}" = --versions ]; then echo "${stamp//==/ }"; else echo "$venv"; fi
