#!/usr/bin/env bash
# Runs LocalStack's free edition from Python's package index, without Docker, until it is interrupted. It prints its URL when it is
# healthy; its log goes to standard error. Nothing outlives it.
#
#   scripts/localstack.sh [<port>]      the port on 127.0.0.1; 4566 if absent
#   scripts/localstack.sh --check       only whether this machine can run it
#   scripts/localstack.sh --install     only makes its environment
#
# Its Python environment is created once, outside the clone. It needs Python 3.13: without it, it prints "no Python 3.13" and
# ends with 77, so that a caller can report what it skipped.
set -euo pipefail

port=${1:-4566}
# A Python 3.13 that runs: a name on the path may be a shim of a version manager that has no such version.
find_python() {
  local candidate
  for candidate in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

python=$(find_python) || { echo "no Python 3.13" >&2; exit 77; }
[ "$port" != --check ] || exit 0
venv=$(PYTHON="$python" "$(dirname "$0")/venv.sh" localstack)
[ "$port" != --install ] || exit 0

work=$(mktemp -d)
pid=
clean_up() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$pid" ]; then
    # The supervisor and all that it started are one group.
    kill -TERM -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 0' INT TERM

# It contacts nobody: no telemetry, no certificate from outside, no names of its own in the DNS, no proxy.
unset "${!AWS_@}" HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy
export LOCALSTACK_VOLUME_DIR="$work/volume" GATEWAY_LISTEN="127.0.0.1:$port" PERSISTENCE=0 EAGER_SERVICE_LOADING=0
# Its Kinesis, which it fetches with npm once, is next to the environment. Unasked, that would wait half a second in every
# request and write all of its records to a file every five.
export OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT="$venv/filesystem" KINESIS_LATENCY=0 KINESIS_PERSISTENCE=0
export DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 DNS_ADDRESS=0 TMPDIR="$work" TZ=UTC
# URLs of queues must lead back here wherever they are asked from.
export LOCALSTACK_HOST="127.0.0.1:$port" SQS_ENDPOINT_STRATEGY=path

set -m
"$venv/bin/localstack-supervisor" >&2 &
pid=$!
set +m
url="http://127.0.0.1:$port"
until curl --silent --fail --noproxy '*' --output /dev/null "$url/_localstack/health"; do
  kill -0 "$pid" 2>/dev/null || { echo "LocalStack ended before it was healthy" >&2; exit 1; }
  sleep 0.2
done
echo "LocalStack  $url"
wait "$pid"
