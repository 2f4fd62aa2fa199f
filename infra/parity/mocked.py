"""Writes the test that infra/terraform/check.sh runs for the state of the whole deployment: python3 -m parity.mocked TESTS [STATE]

Terraform's mocks give all resources of one type one ARN, so that nobody could see which queue a policy means. With the state of a first
run, every resource gets an ARN of its own.
"""

import json
import sys
from pathlib import Path

from .arns import VENDOR_KEY, arn, role_id
from .terraform import resources, state

RUN = f"""
run "everything" {{
  variables {{
    vendor_kms_key_arns = ["{VENDOR_KEY}"]
  }}
}}
"""


def override(resource):
    values = {"arn": arn(resource["type"], resource["values"])}
    if resource["type"] == "aws_iam_role":
        values["unique_id"] = role_id(resource["values"]["name"])
    if resource["type"] == "aws_s3_bucket":
        values["id"] = resource["values"]["bucket"]
    pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in values.items())
    return f"override_resource {{\n  target = {resource['address']}\n  values = {{ {pairs} }}\n}}\n"


def main():
    tests = Path(sys.argv[1]).read_text()
    head = tests[: tests.index('\nrun "')]
    found = [] if len(sys.argv) < 3 else [r for r in resources(state(sys.argv[2])["root_module"]) if arn(r["type"], r["values"])]
    print(head, *map(override, found), RUN, sep="\n\n")


main()
