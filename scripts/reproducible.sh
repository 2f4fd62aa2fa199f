#!/usr/bin/env bash
# Shows that the zips follow from the source alone: builds the last commit twice, in two folders with targets of their own, and compares
# the zips byte by byte. Both builds are cold: minutes for one function, over an hour for all.
#
#   scripts/reproducible.sh                        collect-events, for this machine's architecture
#   scripts/reproducible.sh --arm64 FUNCTION...    others, for another architecture; `all` for all
#   scripts/reproducible.sh --out FOLDER ...       keeps the zips: FOLDER/lambda and FOLDER/pipelines.zip
set -euo pipefail
cd "$(dirname "$0")/.."

arch=--$(uname -m | sed 's/aarch64/arm64/') out='' functions=()
while [ $# -gt 0 ]; do
  case $1 in
    --arm64 | --x86_64) arch=$1 ;;
    --out) out=${2:?--out wants a folder}; shift ;;
    -*) echo "there is no option $1: --arm64, --x86_64, --out FOLDER" >&2; exit 2 ;;
    *) functions+=("$1") ;;
  esac
  shift
done
[ ${#functions[@]} -gt 0 ] || functions=(collect-events)
[ "${functions[*]}" != all ] || functions=()

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CARGO_TARGET_DIR
# Of different lengths, so that not even the length of a path may show.
for folder in one a/folder/elsewhere; do
  git clone --quiet --local . "$work/$folder"
  "$work/$folder/scripts/zips.sh" "$arch" --out "$work/$folder/zips" "${functions[@]}"
  rm -rf "$work/$folder/target"
done

failed=0
while read -r zip; do
  if cmp "$work/one/zips/$zip" "$work/a/folder/elsewhere/zips/$zip"; then
    echo "same    $zip $(sha256sum < "$work/one/zips/$zip" | cut -c 1-16)"
  else
    failed=1
  fi
done < <(cd "$work/one/zips" && find . -name '*.zip' -printf '%P\n' | sort)
if [ -n "$out" ]; then
  mkdir -p "$out"
  cp -r "$work/one/zips/." "$out"
fi
exit "$failed"
