"""Commands that the documents tell to type are those that there are."""

import re
import shlex
from itertools import takewhile

import pytest
import typer
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.session import Session

from local import ROOT
from local.cli import app
from local.template import Template

PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "certificates" / "README.md"]
SESSION = Session()
QUARRY = typer.main.get_command(app)
# Commands of the AWS CLI itself, which are no operations of a service.
CLIS_OWN = {"s3", "configure", "sso"}
EVERY_COMMANDS = {"query", "output", "region", "profile"}


def typed(program):
    """The arguments of each command of a program, in blocks and within sentences, with the page that it is on."""
    begins = re.compile(rf"(?:\.venv/bin/)?{program} (.*)")
    for page in PAGES:
        # As a shell reads it: a line that ends with a backslash goes on, and a command within another is one too.
        text = re.sub(r"\\\n\s*", " ", page.read_text()).replace("$(", "\n")
        blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
        spans = [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text)]
        for line in [line.strip() for block in blocks for line in block.splitlines()] + spans:
            found = begins.fullmatch(line.rstrip(")"))
            if found:
                words = shlex.split(found[1], comments=True)
                own = takewhile(lambda word: word not in {"|", ">", "&&", ";"}, words)
                yield page.name, [word for word in own if "…" not in word]


def options(words):
    return [word.partition("=")[0] for word in words if word.startswith("--")]


@pytest.mark.parametrize(("page", "words"), [*typed("aws")], ids=lambda given: given if isinstance(given, str) else "")
def test_aws_has_the_commands_and_the_options_that_are_named(page, words):
    service, operation = words[:2]
    if service in CLIS_OWN or words[:2] == ["cloudformation", "deploy"]:
        return
    try:
        model = SESSION.get_service_model("s3" if service == "s3api" else service)
    except UnknownServiceError:
        pytest.fail(f"{page}: aws has no {service}")
    operations = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
    assert operation in operations, page
    inputs = operations[operation].input_shape
    members = {xform_name(name, "-"): shape.type_name for name, shape in inputs.members.items()} if inputs else {}
    flags = {f"no-{name}" for name, kind in members.items() if kind == "boolean"}
    named = {one.removeprefix("--") for one in options(words)}
    # The CLI puts permissions of a security group together of these.
    of_cli = {"protocol", "port", "source-group"} if operation == "authorize-security-group-ingress" else set()
    assert named - members.keys() - flags - EVERY_COMMANDS - of_cli == set(), page


@pytest.mark.parametrize(
    ("page", "words"), [*typed("quarry")], ids=lambda given: given if isinstance(given, str) else ""
)
def test_quarry_has_the_commands_and_the_options_that_are_named(page, words):
    of_all = {name for one in QUARRY.params for name in (*one.opts, *one.secondary_opts)}
    names = [word for word in words if word in QUARRY.commands]
    if not names:  # an option alone, as in «quarry --aws-profile NAME …»
        assert set(options(words)) <= of_all, page
        return
    known = {name for one in QUARRY.commands[names[0]].params for name in (*one.opts, *one.secondary_opts)}
    assert set(options(words)) - known - of_all - {"--help"} == set(), page


def test_every_parameter_of_the_template_is_explained():
    explained = "".join((ROOT / "docs" / f"{page}.md").read_text() for page in ("deployment", "access", "operations"))
    parameters = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1").parameters
    assert [name for name in parameters if not re.search(rf"\b{name}\b", explained)] == []


def test_every_target_of_make_that_is_named_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (page, word) for page, words in typed("make") for word in words if not word.startswith("-") and "=" not in word
    }
    assert len(named) > 20
    assert sorted((page, word) for page, word in named if word not in targets) == []
