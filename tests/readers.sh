#!/usr/bin/env bash
# Reads other people's SAS files, and compares all values with what pyreadstat and pandas read. The files come from packages: see readers/fetch.sh.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

read -r files python < <("$root/tests/readers/fetch.sh")
(cd "$root" && cargo build --quiet -p readers --example read)
reader="$(target_dir)/debug/examples/read"
skipped=0

while read -r line; do
  case $line in
    ok*) passed=$((passed + 1)) ;;
    FAILED*) failed=$((failed + 1)) ;;
    *) continue ;;
  esac
  echo "$line"
done < <("$python" "$root/tests/readers/compare.py" "$reader" "$files"/*.sas7bdat 2>&1 || true)

if [ ! -e "$files/haven.sas7bdat" ]; then
  skipped=$((skipped + 3))
  echo "skipped: haven.sas7bdat, haven_wide.sas7bdat, haven_empty.sas7bdat: R's package haven is not installed (Debian: r-cran-haven)"
fi

# A truncated file is an error, wherever it was cut.
whole="$files/productsales.sas7bdat"
for bytes in 100 1000 60000 148479; do
  head -c "$bytes" "$whole" > "$work/cut.sas7bdat"
  code=0
  output=$("$reader" --count "$work/cut.sas7bdat" 2>&1) || code=$?
  case "$code $output" in
    *panicked*) equal "productsales.sas7bdat, cut to $bytes bytes" "an error" "$output" ;;
    1\ *) equal "productsales.sas7bdat, cut to $bytes bytes: ${output:0:120}" "1" "$code" ;;
    *) equal "productsales.sas7bdat, cut to $bytes bytes" "an error" "code $code: $output" ;;
  esac
done

# A program that died without a line for every file did not pass.
equal "every file has its line" "$(find "$files" -maxdepth 1 -name '*.sas7bdat' | wc -l)" "$((passed + failed - 4))"
finish "$skipped"
