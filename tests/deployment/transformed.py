"""The template as SAM makes it for CloudFormation.

``python -m tests.deployment.transformed NAME=VALUE…`` prints it as JSON, for these values of the template's parameters.
"""

import json
import os
import subprocess
import sys
from typing import Any

from local import ROOT
from local.template import REGION

# For the Python of SAM's own environment, whose libraries have other versions than ours.
TRANSLATE = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(open("template.yaml").read())
for name, resource in template["Resources"].items():
    for folder in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
        # Where «sam build» and «sam deploy» would have put it.
        resource["Properties"][folder] = f"s3://bucket/{name}"
given = dict(argument.split("=", 1) for argument in sys.argv[1:])
json.dump(Translator({}, Parser()).translate(template, given), sys.stdout)
"""


def transformed(**parameters: str) -> Any:
    subprocess.run(["make", "--silent", "--no-print-directory", ".venv-sam/.installed"], cwd=ROOT, check=True)
    given = [f"{name}={value}" for name, value in parameters.items()]
    command = [ROOT / ".venv-sam" / "bin" / "python", "-c", TRANSLATE, *given]
    env = {**os.environ, "AWS_DEFAULT_REGION": REGION}
    return json.loads(subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=True).stdout)


if __name__ == "__main__":
    json.dump(transformed(**dict(argument.split("=", 1) for argument in sys.argv[1:])), sys.stdout)
