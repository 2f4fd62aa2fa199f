#!/usr/bin/env bash
# Checks the infrastructure without an account: Terraform and SAM each by their own tools; that both deploy the same system, and
# exactly what the functions' code reads and calls and their pages state (parity/); and both by checkov. What it installs and writes
# lies in the cache, outside the clone.
#
#   infra/check.sh             everything
#   infra/check.sh --quick     without checkov
set -euo pipefail
cd "$(dirname "$0")"

export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

terraform/check.sh

tools="$(../scripts/venv.sh infra)/bin"
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
scanner="$(../scripts/venv.sh checkov)/bin"
# Each finding that remains is explained where it is, in a comment `checkov:skip=`.
"$scanner/checkov" --quiet --compact --skip-download --directory terraform --framework terraform
"$scanner/checkov" --quiet --compact --skip-download --file sam/template.yaml --framework cloudformation
