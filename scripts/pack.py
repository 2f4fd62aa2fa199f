"""Writes a zip whose bytes follow from the content and names of its files alone: entries in the order of their names, no times, no owners.

    scripts/pack.py OUT NAME=FILE...                files that are read
    scripts/pack.py --executable OUT NAME=FILE...   programs
"""

import sys
import zipfile
from pathlib import Path

arguments = sys.argv[1:]
executable = arguments[:1] == ["--executable"]
out, *entries = arguments[executable:]
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for name, file in sorted(entry.split("=", 1) for entry in entries):
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3  # Unix, wherever it is written: else Lambda does not see the mode.
        entry.external_attr = (0o100755 if executable else 0o100644) << 16
        archive.writestr(entry, Path(file).read_bytes())
