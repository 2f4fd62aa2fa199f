#!/usr/bin/env bash
# Fetches real SAS files and the Python that reads them with other people's libraries, once, into the user's cache folder; prints both folders.
#   fetch.sh  ->  <folder with .sas7bdat files> <python>
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/landfall"
files="$cache/sas"
venv="$cache/readers-venv"
packages=(pyreadstat==1.3.7 pandas==3.1.1)
# The last pandas whose package has the SAS files of its tests. It is only extracted, so any Python will do.
wheel=(pandas==0.21.1 --python-version 36 --implementation cp --abi cp36m --platform manylinux1_x86_64)

stamp="$(python3 --version) ${packages[*]}"
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "making the Python environment: ${packages[*]}" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  echo "$stamp" > "$venv/stamp"
fi

if [ ! -e "$files/.pandas" ]; then
  echo "fetching the SAS files of ${wheel[0]}" >&2
  mkdir -p "$files"
  package=$(mktemp -d)
  trap 'rm -rf "$package"' EXIT
  "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$package" "${wheel[@]}" >&2
  "$venv/bin/python" - "$package" "$files" <<'PYTHON'
import pathlib, sys, zipfile

package, files = map(pathlib.Path, sys.argv[1:])
for wheel in package.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".sas7bdat"):
                (files / pathlib.PurePosixPath(name).name).write_bytes(archive.read(name))
PYTHON
  touch "$files/.pandas"
fi

# The library's own fixture with letters beyond ASCII comes with its source.
source=$(cargo metadata --manifest-path "$here/../../Cargo.toml" --format-version 1 |
  python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "sas7bdat"))')
cp "$(dirname "$source")"/tests/fixtures/*.sas7bdat "$files/" 2>/dev/null || true

if [ ! -e "$files/haven.sas7bdat" ] && command -v Rscript > /dev/null && Rscript -e 'library(haven)' > /dev/null 2>&1; then
  Rscript "$here/write.R" "$files" >&2
fi
echo "$files $venv/bin/python"
