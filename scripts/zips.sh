#!/usr/bin/env bash
# Builds what is deployed: target/lambda/<function>/bootstrap.zip for each crate of crates/functions, and the layer target/pipelines.zip.
# The same source gives the same bytes, in whatever folder it lies (`make reproducible`), so what did not change is not deployed again.
#
#   scripts/zips.sh                        all functions, optimised, for Lambda on arm64
#   scripts/zips.sh --x86_64 FUNCTION...   some of them, for x86_64
#   scripts/zips.sh --quick                for an emulator on this machine: as the tests build them, so that little is compiled twice
#   scripts/zips.sh --out FOLDER           FOLDER/lambda and FOLDER/pipelines.zip
#
# Needs Python 3; cargo-lambda and zig are fetched as Python packages, and not needed for --quick.
set -euo pipefail
cd "$(dirname "$0")/.."

arch='' quick='' out=target functions=()
while [ $# -gt 0 ]; do
  case $1 in
    --arm64) arch=aarch64 ;;
    --x86_64) arch=x86_64 ;;
    --quick) quick=yes ;;
    --out) out=${2:?--out wants a folder}; shift ;;
    -*) echo "there is no option $1: --arm64, --x86_64, --quick, --out FOLDER" >&2; exit 2 ;;
    *) functions+=("$1") ;;
  esac
  shift
done
host=$(rustc -vV | sed -n 's/^host: \([^-]*\)-.*/\1/p')
if [ -n "$quick" ] && [ "${arch:=$host}" != "$host" ]; then
  echo "--quick builds for this machine alone, which is $host; for $arch leave it out" >&2
  exit 2
fi
[ -n "$arch" ] || arch=aarch64

[ ${#functions[@]} -gt 0 ] || functions=($(cd crates/functions && echo *))
packages=()
for function in "${functions[@]}"; do
  [ -d "crates/functions/$function" ] || { echo "there is no function $function: $(cd crates/functions && echo *)" >&2; exit 2; }
  packages+=(-p "$function")
done
target=$(cargo metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Links for the C library of Amazon Linux 2023, with nothing in the binary of where and when it was built: panics name their source
# file, and mimalloc, in C, has the time of its compilation.
optimised() {
  local venv cargo=${CARGO_HOME:-$HOME/.cargo} cpu
  venv=$(scripts/venv.sh zips)
  [ "$arch" = aarch64 ] && cpu=neoverse-n1 || cpu=haswell
  if ! compgen -G "$(rustc --print target-libdir --target "$arch-unknown-linux-gnu")/libstd-*" >/dev/null; then
    rustup target add "$arch-unknown-linux-gnu"
  fi
  # In RUSTFLAGS, cargo-lambda's choice of the processor must be repeated.
  RUSTFLAGS="-C target-cpu=$cpu --remap-path-prefix=$cargo=/cargo --remap-path-prefix=$PWD=/landfall --remap-path-prefix=$target=/target" \
  CFLAGS="-ffile-prefix-map=$cargo=/cargo -ffile-prefix-map=$target=/target" \
  SOURCE_DATE_EPOCH=315532800 PATH="$venv/bin:$PATH" \
    "$venv/bin/cargo-lambda" lambda build --release --locked --target "$arch-unknown-linux-gnu.2.34" --lambda-dir "$work" "${packages[@]}"
}

# The command line is built too: with other packages, cargo would choose other features, and compile most dependencies once more.
as_tested() {
  local function
  scripts/duckdb.sh
  DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$PWD/.duckdb}" cargo build --locked -p cli "${packages[@]}"
  for function in "${functions[@]}"; do
    mkdir "$work/$function"
    # Most of such a binary is what a debugger wants.
    strip -o "$work/$function/bootstrap" "$target/debug/$function"
  done
}

if [ -n "$quick" ]; then as_tested; else optimised; fi

for function in "${functions[@]}"; do
  mkdir -p "$out/lambda/$function"
  python3 scripts/pack.py --executable "$out/lambda/$function/bootstrap.zip" "bootstrap=$work/$function/bootstrap"
  printf '%s/lambda/%s/bootstrap.zip: %s bytes, the binary %s\n' "$out" "$function" \
    "$(wc -c < "$out/lambda/$function/bootstrap.zip")" "$(wc -c < "$work/$function/bootstrap")"
done
infra/pipelines-layer.sh "$out/pipelines.zip"
