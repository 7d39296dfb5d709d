"""The template as SAM makes it for CloudFormation; run by the Python of ``.venv-sam``, which has the translator.

``python -m tests.deployment.transformed NAME=VALUE…`` prints it as JSON, for these values of the template's parameters.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv-sam" / "bin" / "python"


def transformed(**parameters: str) -> Any:
    subprocess.run(["make", "--silent", "--no-print-directory", ".venv-sam/.installed"], cwd=ROOT, check=True)
    command = [SAM, "-m", "tests.deployment.transformed", *(f"{name}={value}" for name, value in parameters.items())]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def main() -> None:
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse

    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    template = yaml_parse((ROOT / "template.yaml").read_text())
    for name, resource in template["Resources"].items():
        for folder in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            # Where «sam build» and «sam deploy» would have put it.
            resource["Properties"][folder] = f"s3://bucket/{name}"
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    json.dump(Translator({}, Parser()).translate(template, given), sys.stdout)


if __name__ == "__main__":
    main()
