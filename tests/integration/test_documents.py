"""Every command of the documents is run, in order, on one stack; what needs an account or another CI step says why."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest

from local import ROOT
from local.demo import SAMPLES
from local.processes import free_port

DOCUMENTS = ("README.md", "docs/tutorial.md", "docs/administration.md", "docs/changes.md", "docs/estimates.md",
    "docs/operations.md", "docs/deployment.md", "docs/matching.md")  # fmt: skip
BLOCK = re.compile(r"^( *)```(?:bash)?\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s{2,}#.*")
COMMANDS = ("quarry", ".venv/bin/quarry", "make", "python", "curl", "aws", "alembic", "pg_dump", "createdb", "export")
# Why a command is not run here, by how it begins, or by what it contains.
NOT_RUN = {
    "make demo": "a step of .ci/run",
    "make test": "a step of .ci/run",
    "TOKEN_URL": "asks a user pool for a token",
    "quarry up": "started by the fixture: the others ask it",
    "python -m benchmarks": "measurements; each has its own import and hours of CPU",
    "aws ": "needs an account",
    "--stack ": "reads a deployment with AWS credentials",
    "--aws-profile": "signs with AWS credentials",
    "--queue FROM TO": "names queues of a deployment",
    "quarry review ID": "answers a question of its own; tests/integration/test_review_command.py has questions",
    "…": "names a deployment, or an id of its own",
    "export QUARRY_": "of a deployment",
    "curl -o certificates/rds.pem": "fetches AWS's authority from the Internet",
    "pg_dump": "drilled by tests/integration/test_backup.py",
    "alembic upgrade head": "drilled by tests/integration/test_migrations.py",
    "drop pricelist.xlsx": "after the deployment; the README's is run",
    "webhooks accounting": "nobody receives there; tests/integration/test_webhooks.py has receivers",
}
BILL = "Наименование;Количество;Ед. изм.\nЦемент М500;40;мешок\nПесок;2;т\n"


def commands(document: str) -> list[str]:
    """In order, each whole; blocks without a command of ours are pictures, texts and SQL."""
    found: list[str] = []
    for _, block in BLOCK.findall((ROOT / document).read_text()):
        whole = ""
        for line in block.replace("\\\n", " ").splitlines():
            whole = f"{whole}\n{line}" if whole else COMMENT.sub("", line).strip()
            if whole.startswith(COMMANDS) and whole.count("'") % 2:
                continue  # a body of several lines
            found += [whole] if whole.startswith(COMMANDS) else []
            whole = ""
    return found


def reason(command: str) -> str | None:
    return next(
        (why for part, why in NOT_RUN.items() if command.removeprefix(".venv/bin/").startswith(part)), None
    ) or (next((why for part, why in NOT_RUN.items() if part in command), None))


@dataclass
class Desk:
    """A folder with files to drop, and a running stack whose data is in it."""

    folder: Path
    api: str
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, **self.variables, "PATH": programs, "BROWSER": "true"}
        environment |= {"QUARRY_API": self.api, "API": self.api}
        # Completion is installed for the shell of the caller's home.
        environment |= {"HOME": str(self.folder), "SHELL": "/bin/bash"}
        shell = ["bash", "-c", command.replace(".venv/bin/", "")]
        return subprocess.run(
            shell,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(SAMPLES / "megasnab.xlsx", folder / "price.xlsx")
    shutil.copy(SAMPLES / "sadovaya-base.csv", folder / "price.csv")
    book = openpyxl.Workbook()
    for row in csv.reader(BILL.splitlines(), delimiter=";"):
        book.active.append(row)
    for name in ("bill.xlsx", "house.xlsx"):
        book.save(folder / name)
    port = str(free_port())
    command = [sys.executable, "-m", "local", "up", "--home", folder / ".quarry", "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as stack:
        assert stack.stdout.readline().startswith("ready ")
        yield Desk(folder, f"http://127.0.0.1:{port}")
        stack.send_signal(signal.SIGTERM)
    assert stack.returncode == 0


def test_each_document_has_commands_and_each_reason_is_of_one():
    every = [command for document in DOCUMENTS for command in commands(document)]
    assert len(every) > len(NOT_RUN)
    assert [part for part in NOT_RUN if not any(part in command for command in every)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_a_document_does_what_it_is_there_for(desk, document):
    failed = []
    for command in commands(document):
        if reason(command):
            continue
        done = desk.run(command)
        if done.returncode:
            failed.append(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
        if re.search(r"quarry (drop|map) ", command):
            newest = json.loads(desk.run("quarry status --json").stdout)["items"][0]
            desk.variables["IMPORT"] = newest["request_id"]
    assert not failed, "\n".join(failed)
