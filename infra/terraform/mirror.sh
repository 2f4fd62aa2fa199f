#!/usr/bin/env bash
# Prints the folder of a local mirror of providers, for `terraform init -plugin-dir`; nothing, if there is none and the provider
# comes from the registry. LANDFALL_TERRAFORM_MIRROR names one.
set -euo pipefail
if [ -n "${LANDFALL_TERRAFORM_MIRROR:-}" ]; then
  echo "$LANDFALL_TERRAFORM_MIRROR"
  exit
fi
# Terraform's layout of a mirror: <folder>/<host>/hashicorp/aws/<version>.
found=$(find "$HOME/.terraform.d" /usr/share /usr/local/share /opt -maxdepth 5 -type d -path '*/hashicorp/aws' 2>/dev/null | head -n 1 || true)
[ -z "$found" ] || (cd "$found/../../.." && pwd)
