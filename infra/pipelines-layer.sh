#!/usr/bin/env bash
# Packs the folder of pipelines as the functions' layer: the same bytes for the same files.
#
#   infra/pipelines-layer.sh                 target/pipelines.zip
#   infra/pipelines-layer.sh OUT [FOLDER]    OUT from another folder
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
out="${1:-$root/target/pipelines.zip}"
folder="${2:-$root/pipelines}"
mkdir -p "$(dirname "$out")"
python3 - "$out" "$folder" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

out, folder = Path(sys.argv[1]), Path(sys.argv[2])
# What the functions read; test cases and pages for people stay at home.
parts = {"tables", "views", "checks", "reports"}
files = [path for path in folder.glob("*/pipeline.toml")]
files += [path for path in folder.glob("*/*/*.sql") if path.parent.name in parts]
if not files:
    sys.exit(f"{folder} has no pipeline: <pipeline>/pipeline.toml is missing")
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as layer:
    for path in sorted(files):
        entry = zipfile.ZipInfo(f"pipelines/{path.relative_to(folder).as_posix()}", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o100644 << 16
        layer.writestr(entry, path.read_bytes())
print(f"{out}: {len(files)} files")
PYTHON
