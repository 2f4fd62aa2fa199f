#!/usr/bin/env bash
# Loads the vendor's own files, if LANDFALL_SAMPLE_DATA names a folder that has airlines.json, airports.csv and
# flights_example.csv, and compares every value of the warehouse with the files.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

if [ -z "${LANDFALL_SAMPLE_DATA:-}" ]; then
  echo "skipped: LANDFALL_SAMPLE_DATA is not set"
  finish 1
  exit
fi
files=$(cd "$LANDFALL_SAMPLE_DATA" && pwd)
build cli
landfall() { "$bin/landfall" --pipelines "$root/pipelines" --state "$work/state" "$@"; }

loaded=$(landfall --json load "$files/airlines.json" "$files/airports.csv" "$files/flights_example.csv")
equal "all three files are loaded" "airlines loaded 14, airports loaded 322, flights loaded 46" \
  "$(python3 -c 'import json, sys; print(", ".join("{dataset} {outcome} {rows}".format(**o) for o in json.load(sys.stdin)))' <<< "$loaded")"
count() { landfall --json query "select count(*) as n from flights.$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["n"])'; }
equal "the view flights_details has every flight" 46 "$(count flights_details)"
equal "the view delayed_flights_agg has the late ones" 13 "$(count delayed_flights_agg)"

for table in airlines airports flights; do
  landfall --json query "select * from flights.$table" > "$work/$table.json"
done
landfall --json query "select flight_date, airline, origin_city, destination_city, arrival_delay from flights.flights_details" > "$work/details.json"
equal "every value is the file's" "14 airlines, 322 airports, 46 flights, 46 details" \
  "$(python3 "$root/tests/compare_sample_data.py" "$files" "$work" 2>&1)"
finish
