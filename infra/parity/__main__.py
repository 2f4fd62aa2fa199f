"""Compares crates, pages, Terraform and SAM: python3 -m parity STATE TEMPLATE

STATE is what `terraform/check.sh --state` prints, TEMPLATE what `sam/translate.py` prints. Prints each difference; without one it ends
with success.
"""

import sys

from .compare import differences
from .gather import facts


def main():
    state, template = sys.argv[1:]
    read = facts(state, template)
    found = differences(read)
    print(*found, sep="\n", end="\n" if found else "")
    ours = read.terraform
    print(
        f"{len(read.functions)} functions, {sum(len(code.variables) for code in read.code.values())} variables, "
        f"{sum(map(len, ours.permissions.values()))} permissions of {len(ours.roles)} roles, "
        f"{sum(map(len, ours.triggers.values()))} triggers, {len(ours.queues)} queues, {len(ours.alarms)} alarms, "
        f"{len(read.event_files)} events: {len(found)} differences"
    )
    sys.exit(1 if found else 0)


main()
