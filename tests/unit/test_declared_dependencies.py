"""Each package that the code imports is declared, and each declared one is imported."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

from local import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
OURS = {"quarry", "local", "benchmarks", "tests", "migrations", "layers"}
# Lambda's runtime brings it, and the type stubs are there for mypy alone.
BROUGHT = {"snapshot-restore-py", "mypy-boto3-s3", "mypy-boto3-sqs"}


DISTRIBUTIONS = packages_distributions()


def imported(*folders):
    """Distributions by their normalised name, with a file that imports each."""
    found = {}
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for module in _modules(path):
                if module not in sys.stdlib_module_names and module not in OURS:
                    found[_name(DISTRIBUTIONS[module][0])] = str(path.relative_to(ROOT))
    return found


@cache
def _modules(path):
    return {*_imports(ast.parse(path.read_text()))}


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def declared(*lists):
    return {_name(re.split(r"[\[<>=;\s]", one)[0]) for some in lists for one in some}


def _name(text):
    return re.sub(r"[-_.]+", "-", text).lower()


DEPLOYED = declared(PROJECT["dependencies"], EXTRAS["runtime"], EXTRAS["tunnel"], EXTRAS["vectors"])


def test_what_is_deployed_declares_what_it_imports():
    missing = {name: path for name, path in imported("shared/quarry", "functions").items() if name not in DEPLOYED}
    assert missing.keys() <= BROUGHT, missing


def test_what_stays_here_declares_what_it_imports():
    here = DEPLOYED | declared(EXTRAS["dev"])
    missing = {
        name: path
        for name, path in imported("local", "benchmarks", "tests", "migrations", "layers").items()
        if name not in here
    }
    assert missing.keys() <= BROUGHT, missing


def test_nothing_is_declared_that_nothing_imports():
    assert declared(PROJECT["dependencies"]) <= imported("shared/quarry", "functions").keys()
