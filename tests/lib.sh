# What the scripts in this folder share; to be sourced. It counts what passed and failed, and ends what was started.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export DUCKDB_LIB_DIR="${DUCKDB_LIB_DIR:-$root/.duckdb}"
work=$(mktemp -d)
passed=0
failed=0
started=()

# Requests go to the endpoints that a test names, and to nobody else: no profile, no instance metadata, no proxy.
unset "${!AWS_@}" HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

# Where cargo puts what it builds.
target_dir() {
  cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])'
}

# Builds crates and puts their binaries' folder into $bin: build <crate>...
build() {
  local packages=()
  for crate in "$@"; do packages+=(-p "$crate"); done
  (cd "$root" && cargo build --quiet "${packages[@]}")
  bin="$(target_dir)/debug"
}

# Starts a program whose output goes to $work/<name>.out; its process id is in $pid: start <name> <program> <argument>...
start() {
  local name=$1
  shift
  "$@" > "$work/$name.out" 2>&1 &
  pid=$!
  started+=("$pid")
}

# Waits until a file has a line that matches, while a process lives: await <file> <pattern> <pid> [<seconds>]
await() {
  local deadline=$((SECONDS + ${4:-60}))
  until grep -q -e "$2" "$1" 2>/dev/null; do
    if ! kill -0 "$3" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      echo "no line with '$2' came from process $3; it printed:" >&2
      cat "$1" >&2
      exit 1
    fi
    sleep 0.05
  done
}

# Interrupts a process that was started here and waits for its end.
stop() {
  kill -INT "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# equal <what is checked> <expected> <actual>
equal() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    echo "ok      $1"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n  expected: %s\n  actual:   %s\n' "$1" "$2" "$3"
  fi
}

# contains <what is checked> <part> <text>
contains() {
  case $3 in
    *"$2"*) equal "$1" "$2" "$2" ;;
    *) equal "$1" "... $2 ..." "$3" ;;
  esac
}

# The last line of every script; its exit code. finish [<skipped>]
finish() {
  echo "$passed passed, $failed failed, ${1:-0} skipped"
  [ "$failed" -eq 0 ]
}

clean_up() {
  local code=$?
  trap - EXIT
  for process in ${started[@]+"${started[@]}"}; do stop "$process"; done
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
