#!/usr/bin/env bash
# Checks the infrastructure without an account: Terraform and SAM each by their own tools; that both deploy the same system, and
# exactly what the functions' code reads and calls and their pages tell (parity/); and both by checkov. What it installs and writes
# lies in the cache, outside the clone.
#
#   infra/check.sh             everything
#   infra/check.sh --quick     without checkov
set -euo pipefail
cd "$(dirname "$0")"

cache="${XDG_CACHE_HOME:-$HOME/.cache}/landfall"
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1

# An environment of Python with these packages; made again when they change.
environment() {
  local folder="$cache/$1" stamp
  shift
  stamp="$(python3 --version) $*"
  if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]; then
    echo "making the Python environment: $*" >&2
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
    echo "$stamp" >"$folder/stamp"
  fi
  echo "$folder/bin"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

terraform/check.sh

tools=$(environment infra-venv aws-sam-cli==1.170.0 cfn-lint==1.58.0)
"$tools/cfn-lint" sam/template.yaml
(cd .. && PATH="$tools:$PATH" sam validate --lint --region "$AWS_DEFAULT_REGION")
"$tools/python" sam/translate.py >"$work/sam.json"
# W1020: the transform writes Fn::Sub where it put the parameters in already.
"$tools/cfn-lint" --ignore-checks W1020 -- "$work/sam.json"

terraform/check.sh --state >"$work/terraform.json"
export PYTHONDONTWRITEBYTECODE=1
python3 -m parity "$work/terraform.json" "$work/sam.json"
# The check itself: every one of these changes of one side must be a difference.
python3 -m parity.test "$work/terraform.json" "$work/sam.json"

[ "${1:-}" != --quick ] || exit 0
scanner=$(environment infra-checkov checkov==3.3.30)
# Each finding that remains is explained where it is, in a comment `checkov:skip=`.
"$scanner/checkov" --quiet --compact --skip-download --directory terraform --framework terraform
"$scanner/checkov" --quiet --compact --skip-download --file sam/template.yaml --framework cloudformation
