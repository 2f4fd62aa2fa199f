#!/usr/bin/env bash
# Checks all modules and examples: format, validation, and tests against a mocked provider. No account is needed.
#
#   infra/terraform/check.sh                 everything
#   infra/terraform/check.sh modules/queue   some folders
#   infra/terraform/check.sh --state         only prints, as JSON, what a mocked run of the whole deploys
#
# The AWS provider comes from a mirror on the disk if there is one (see mirror.sh), else from the
# registry. Whatever Terraform writes lies outside the clone.
set -euo pipefail
cd "$(dirname "$0")"

cache="${XDG_CACHE_HOME:-$HOME/.cache}/landfall/terraform"
mkdir -p "$cache"
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
# A configuration that does not exist would be a warning with each command.
[ -z "${TF_CLI_CONFIG_FILE:-}" ] || [ -f "$TF_CLI_CONFIG_FILE" ] || unset TF_CLI_CONFIG_FILE

mirror=$(./mirror.sh)
install=(-backend=false -input=false -no-color)
if [ -n "$mirror" ]; then
  install+=("-plugin-dir=$mirror")
else
  export TF_PLUGIN_CACHE_DIR="$cache/plugins"
  mkdir -p "$TF_PLUGIN_CACHE_DIR"
fi

begin() {
  export TF_DATA_DIR="$cache/${1//\//_}"
  terraform -chdir="$1" init "${install[@]}"
}

# A lock file would hold the hashes of one machine's mirror.
end() {
  [ -n "$2" ] || rm -f "$1/.terraform.lock.hcl"
}

lock_of() {
  [ ! -f "$1/.terraform.lock.hcl" ] || echo yes
}

# Two runs of a copy: the second knows the first one's resources, and gives each an ARN of its own (parity/mocked.py).
if [ "${1:-}" = --state ]; then
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  export PYTHONPATH="$PWD/.." PYTHONDONTWRITEBYTECODE=1
  cp -r . "$copy/terraform"
  cd "$copy/terraform"
  begin . >"$copy/log" 2>&1 || { cat "$copy/log" >&2 && exit 1; }
  mkdir state
  python3 -m parity.mocked tests/deployment.tftest.hcl >state/state.tftest.hcl
  terraform test -json -verbose -test-directory=state >"$copy/first" || true
  python3 -m parity.mocked tests/deployment.tftest.hcl "$copy/first" >state/state.tftest.hcl
  terraform test -json -verbose -test-directory=state
  exit
fi

terraform fmt -check -recursive -diff

folders=("$@")
if [ ${#folders[@]} -eq 0 ]; then
  folders=(. modules/* examples/*)
fi

# One folder, into its log; prints one line for a person, or the log.
check() {
  local folder=$1 log lock
  log="$cache/${folder//\//_}.log" lock=$(lock_of "$folder")
  if ! begin "$folder" >"$log" 2>&1; then
    echo "failed  $folder"
    cut -c 1-2000 "$log"
  elif compgen -G "$folder/tests/*.tftest.hcl" >/dev/null; then
    # Which validates it too.
    if terraform -chdir="$folder" test -no-color >"$log" 2>&1; then
      echo "tested  $folder: $(tail -n 1 "$log")"
    else
      echo "failed  $folder"
      cut -c 1-2000 "$log"
    fi
  elif terraform -chdir="$folder" validate -no-color >"$log" 2>&1; then
    echo "valid   $folder"
  else
    echo "failed  $folder"
    cut -c 1-2000 "$log"
  fi
  end "$folder" "$lock"
}

# Two at a time, because Terraform waits for its provider to start; not where they would fetch it into one cache. Each is reported when it
# has ended, in one piece.
at_once=2
[ -n "$mirror" ] || at_once=1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for index in "${!folders[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do sleep 0.1; done
  {
    check "${folders[$index]}" >"$results/$index" || echo "failed  ${folders[$index]}" >>"$results/$index"
    cat "$results/$index"
  } &
done
wait
mapfile -t failed < <(for index in "${!folders[@]}"; do grep -qE '^(tested|valid)  ' "$results/$index" || echo "${folders[$index]}"; done)

if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
