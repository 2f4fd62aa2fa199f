#!/usr/bin/env bash
# Fetches the prebuilt DuckDB library that the emulated warehouse links against, into .duckdb of this folder.
# The version must be the one that the crate `duckdb` in Cargo.toml was made for: 1.10506.x is DuckDB 1.5.6.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.5.6-r.1
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=@duckdb/node-bindings-linux-x64 file=libduckdb.so ;;
  Linux-aarch64) package=@duckdb/node-bindings-linux-arm64 file=libduckdb.so ;;
  Darwin-arm64) package=@duckdb/node-bindings-darwin-arm64 file=libduckdb.dylib ;;
  Darwin-x86_64) package=@duckdb/node-bindings-darwin-x64 file=libduckdb.dylib ;;
  *)
    echo "no prebuilt DuckDB for $(uname -s) $(uname -m): build with 'cargo build --features bundled' (half an hour, once)" >&2
    exit 1
    ;;
esac

if [ -f ".duckdb/$file" ] && [ "$(cat .duckdb/version 2>/dev/null)" = "$version" ]; then
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "npm is needed to fetch DuckDB ($package); without it: 'cargo build --features bundled' (half an hour, once)" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "fetching DuckDB $version"
npm pack --silent --pack-destination "$work" "$package@$version" >/dev/null
tar -xzf "$work"/*.tgz -C "$work"
mkdir -p .duckdb
# Moved, not copied over: a program that runs keeps the library that it has loaded.
cp "$work/package/$file" ".duckdb/$file.new"
mv ".duckdb/$file.new" ".duckdb/$file"
echo "$version" > .duckdb/version
