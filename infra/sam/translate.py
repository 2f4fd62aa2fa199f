"""Translates template.yaml as CloudFormation's transform would, which finds what `sam validate` does not, such as a logical id that
is generated and also written. Prints the JSON."""

import json
import os
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
template = yaml_parse((Path(__file__).parent / "template.yaml").read_text())
for resource in template["Resources"].values():
    # `sam deploy` uploads what lies here.
    for name in ("CodeUri", "ContentUri"):
        if name in resource.get("Properties", {}):
            resource["Properties"][name] = "s3://example-bucket/package.zip"
print(json.dumps(Translator({}, Parser()).translate(template, {}), indent=1, default=str))
