"""Compares the tables of the flights pipeline, as JSON, with the files that were loaded into them.

    compare_sample_data.py <folder of the files> <folder of the tables>
"""

import csv
import json
import sys
from decimal import Decimal
from pathlib import Path

TEXTS = """airline tail_number origin_airport destination_airport scheduled_departure departure_time wheels_off wheels_on
scheduled_arrival arrival_time cancellation_reason""".split()
FLAGS = ["diverted", "cancelled"]


def airline(row):
    return {"iata_code": row["IATA_CODE"], "airline": row["AIRLINE"]}


def airport(row):
    row = {name.lower(): value or None for name, value in row.items()}
    for name in ("latitude", "longitude"):
        # Decimals arrive as text with all digits of the column's scale.
        row[name] = None if row[name] is None else str(Decimal(row[name]).quantize(Decimal("0.00001")))
    return row


def flight(row):
    def value(name, text):
        if text == "":
            return None
        if name in FLAGS:
            return text == "1"
        return text if name in TEXTS else int(text)

    return {name.lower(): value(name.lower(), text) for name, text in row.items()}


def detail(row, airlines, airports):
    place = lambda code: airports[code]["city"]
    return {
        "flight_date": f"{int(row['YEAR']):04}-{int(row['MONTH']):02}-{int(row['DAY']):02}",
        "airline": airlines[row["AIRLINE"]]["airline"],
        "origin_city": place(row["ORIGIN_AIRPORT"]),
        "destination_city": place(row["DESTINATION_AIRPORT"]),
        "arrival_delay": int(row["ARRIVAL_DELAY"]) if row["ARRIVAL_DELAY"] else None,
    }


def same(name, expected, tables):
    """How many rows there are; ends the program at the first that differs."""
    found = json.loads((tables / f"{name}.json").read_text(encoding="utf-8"))
    in_order = lambda rows: sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
    for ours, theirs in zip(in_order(expected), in_order(found)):
        if ours != theirs:
            sys.exit(f"{name} differ:\n  file:  {ours}\n  table: {theirs}")
    if len(expected) != len(found):
        sys.exit(f"{name}: {len(expected)} rows in the file, {len(found)} in the table")
    return f"{len(found)} {name}"


def main(files, tables):
    read = lambda name: list(csv.DictReader((files / name).open(newline="", encoding="utf-8")))
    airlines = [airline(row) for row in json.loads((files / "airlines.json").read_text(encoding="utf-8"))]
    airports = [airport(row) for row in read("airports.csv")]
    flights = read("flights_example.csv")
    by_code = lambda rows: {row["iata_code"]: row for row in rows}
    details = [detail(row, by_code(airlines), by_code(airports)) for row in flights]
    expected = {"airlines": airlines, "airports": airports, "flights": [flight(row) for row in flights], "details": details}
    print(", ".join(same(name, rows, tables) for name, rows in expected.items()))


main(Path(sys.argv[1]), Path(sys.argv[2]))
