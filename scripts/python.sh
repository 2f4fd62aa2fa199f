#!/usr/bin/env bash
# Makes a Python environment outside the clone, once for the same packages and the same Python, and prints the folder of its
# programs.
#
#   scripts/python.sh NAME PACKAGE...                       PYTHON says with which Python (python3)
#   scripts/python.sh NAME PACKAGE... --alone PACKAGE...    the latter without what they depend on
set -euo pipefail
name=$1
shift
packages=() alone=() list=packages
for package in "$@"; do
  if [ "$package" = --alone ]; then
    list=alone
  elif [ "$list" = packages ]; then
    packages+=("$package")
  else
    alone+=("$package")
  fi
done
python="${PYTHON:-python3}"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/python/$name"

stamp="$("$python" --version) $*"
if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "making the Python environment $name: $*" >&2
  rm -rf "$folder"
  "$python" -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  [ ${#alone[@]} -eq 0 ] || "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps "${alone[@]}" >&2
  echo "$stamp" >"$folder/stamp"
fi
echo "$folder/bin"
