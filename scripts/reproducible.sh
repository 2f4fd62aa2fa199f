#!/usr/bin/env bash
# Shows that the zips follow from the source alone: builds the last commit twice, in two folders with targets of their own, and compares
# the zips byte by byte. Cold builds: minutes for one function.
#
#   scripts/reproducible.sh                          collect-events, for this machine's architecture
#   scripts/reproducible.sh FUNCTION...              others; `all` for all
#   LANDFALL_ARCH=--arm64 scripts/reproducible.sh    for another architecture
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- collect-events
[ "$1" != all ] || shift
arch=${LANDFALL_ARCH:---$(uname -m | sed 's/aarch64/arm64/')}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CARGO_TARGET_DIR
# Of different lengths, so that not even the length of a path may show.
for folder in "$work/one" "$work/a/folder/elsewhere"; do
  git clone --quiet --local . "$folder"
  "$folder/scripts/zips.sh" "$arch" "$@"
done

failed=0
while read -r zip; do
  if cmp "$work/one/target/$zip" "$work/a/folder/elsewhere/target/$zip"; then
    echo "same    $zip $(sha256sum < "$work/one/target/$zip" | cut -c 1-16)"
  else
    failed=1
  fi
done < <(cd "$work/one/target" && ls lambda/*/bootstrap.zip pipelines.zip)
exit "$failed"
