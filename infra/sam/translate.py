"""Translates template.yaml as CloudFormation's transform would, which finds what `sam validate` does not, such as a logical id that
is generated and also written. Prints the JSON."""

import json
import os
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
folder = Path(__file__).resolve().parent
root = folder.parents[1]
template = yaml_parse((folder / "template.yaml").read_text())
for resource in template["Resources"].values():
    # `sam deploy` uploads what lies here; the key is the folder.
    for name in ("CodeUri", "ContentUri"):
        if name in resource.get("Properties", {}):
            path = (folder / resource["Properties"][name]).resolve()
            resource["Properties"][name] = f"s3://example-bucket/{path.relative_to(root)}"
print(json.dumps(Translator({}, Parser()).translate(template, {}), indent=1, default=str))
