"""Compares the output of the example `read` of the crate `readers` on SAS files with that of pyreadstat (ReadStat, in C) and pandas (Python).

compare.py READ FILE...: one line per file, all values of all rows by both, and with dates as dates and as numbers; the last line counts.
"""

import datetime
import json
import math
import pathlib
import subprocess
import sys
import warnings

import pandas
import pyreadstat

warnings.simplefilter("ignore")

EPOCH = datetime.date(1970, 1, 1)
SAS_TO_UNIX_DAYS = 3653
SAS_TO_UNIX_MICROSECONDS = 315_619_200_000_000
# The characters 80 to 9F of ISO-8859-1 in Windows-1252; five have no letter and stay.
WINDOWS = {chr(byte): bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


class Different(Exception):
    pass


def ours(read, file, *options):
    """Columns (dicts) and rows (lists)."""
    result = subprocess.run([read, *options, str(file)], capture_output=True, text=True)
    if result.returncode != 0:
        raise Different(f"it cannot be read: {result.stderr.strip()}")
    lines = result.stdout.split("\n")[:-1]
    return json.loads(lines[0])["columns"], [json.loads(line) for line in lines[1:]]


def is_missing(value):
    return value is None or value is pandas.NaT or value == "" or (isinstance(value, float) and math.isnan(value))


def plain(value):
    """What a library read, as `read` prints it: days and microseconds since 1970, microseconds of a day."""
    if is_missing(value):
        return None
    if isinstance(value, datetime.datetime):  # pandas.Timestamp is one
        return (value.replace(tzinfo=None) - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
    if isinstance(value, datetime.date):
        return (value - EPOCH).days
    if isinstance(value, datetime.time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace").rstrip(" \0") or None
    if hasattr(value, "item"):
        return value.item()
    return value


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def equal(kind, mine, value, microseconds):
    theirs = plain(value)
    if mine is None or theirs is None:
        return mine is None and theirs is None
    if is_number(value):
        # A format of dates or times that the other library leaves alone, such as MONNAME: the number is the same.
        if kind == "Date32":
            return mine == math.floor(theirs) - SAS_TO_UNIX_DAYS
        if kind.startswith("Timestamp"):
            return abs(mine + SAS_TO_UNIX_MICROSECONDS - theirs * 1_000_000) <= 1
        if kind.startswith("Duration"):
            return abs(mine - theirs * 1_000_000) <= 1
    if kind.startswith(("Timestamp", "Duration")):
        return abs(mine - theirs) <= microseconds
    return mine == theirs or (kind == "Utf8" and is_latin(mine, theirs))


def is_latin(mine, theirs):
    """We read ISO-8859-1 as browsers do: its control characters 80 to 9F are Windows-1252's letters."""
    return isinstance(theirs, str) and mine == "".join(map(WINDOWS.get, theirs, theirs))


def compare(columns, rows, frame, who, microseconds=1):
    """Both count times from doubles: a microsecond is what they cannot hold."""
    names = [column["name"] for column in columns]
    if names != list(frame.columns):
        raise Different(f"{who} has the columns {list(frame.columns)}, we {names}")
    if len(rows) != len(frame):
        raise Different(f"{who} has {len(frame)} rows, we {len(rows)}")
    for index, column in enumerate(columns):
        theirs = frame.iloc[:, index].astype(object).tolist()
        for row, (mine, value) in enumerate(zip((row[index] for row in rows), theirs)):
            if not equal(column["type"], mine, value, microseconds):
                raise Different(f"row {row + 1}, column {column['name']} ({column['type']}): {who} has {value!r}, we {mine!r}")


def check_metadata(columns, meta):
    for column, label, format_name in zip(columns, meta.column_labels, meta.original_variable_types.values()):
        mine = column["metadata"].get("sas.label")
        if (label or None) != mine:
            raise Different(f"the label of {column['name']}: pyreadstat has {label!r}, we {mine!r}")


def check_encoding(read, file, meta):
    """Texts that are UTF-8 in truth, whatever the file states."""
    try:
        frame, _ = pyreadstat.read_sas7bdat(str(file), encoding="UTF-8")
    except (pyreadstat.ReadstatError, UnicodeDecodeError):
        return
    columns, rows = ours(read, file, "--encoding", "utf-8")
    compare(columns, rows, frame, "pyreadstat with UTF-8")


def by_pandas(file, columns, rows):
    """pandas knows fewer kinds of files; a reason why it does not count here, or None."""
    try:
        frame = pandas.read_sas(file, encoding="infer")
    except Exception as error:
        return f"pandas cannot read it: {error}"
    dates = [index for index, column in enumerate(columns) if column["type"] == "Date32"]
    for index in dates:
        days = pandas.to_datetime(frame.iloc[:, index], errors="coerce").map(lambda stamp: None if pandas.isna(stamp) else stamp.date())
        frame.isetitem(index, days.astype(object))
    if "" in frame.columns:
        return "pandas loses columns where a table of them goes on in another page"
    # It rounds times to milliseconds.
    compare(columns, rows, frame, "pandas", microseconds=500)
    return None


def check(read, file):
    columns, rows = ours(read, file)
    frame, meta = pyreadstat.read_sas7bdat(str(file))
    compare(columns, rows, frame, "pyreadstat")
    check_metadata(columns, meta)
    note = by_pandas(file, columns, rows)
    raw_columns, raw_rows = ours(read, file, "--raw-times")
    raw_frame, _ = pyreadstat.read_sas7bdat(str(file), disable_datetime_conversion=True)
    compare(raw_columns, raw_rows, raw_frame, "pyreadstat without conversion")
    if any(not is_missing(value) and not value.isascii() for row in rows for value in row if isinstance(value, str)):
        check_encoding(read, file, meta)
    text = f"{len(rows)} rows of {len(columns)} columns"
    return f"{text}; {note}" if note else text


def main():
    read, *files = sys.argv[1:]
    passed = failed = 0
    for file in map(pathlib.Path, files):
        try:
            print(f"ok      {file.name}: {check(read, file)}", flush=True)
            passed += 1
        except Different as difference:
            print(f"FAILED  {file.name}: {difference}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
