"""What is made of pip-audit's answers."""

import json
import sys

import pytest

from tests.deployment import packages

SOUND = {"name": "httpx", "version": "1.0", "vulns": []}
WEAK = {"name": "redis", "version": "8.1", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}
UNKNOWN = {"name": "six", "skip_reason": "could not be audited"}


@pytest.fixture
def pip_audit(tmp_path):
    """A command that prints an answer."""

    def make(answer):
        path = tmp_path / "pip-audit"
        path.write_text(f"#!{sys.executable}\nprint({answer!r})\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_a_weakness_that_is_known_fails(pip_audit):
    with pytest.raises(SystemExit, match=r"redis 8\.1: PYSEC-1, PYSEC-2"):
        packages.main(pip_audit(json.dumps({"dependencies": [SOUND, WEAK, UNKNOWN]})))


def test_packages_without_one_are_counted(pip_audit, capsys):
    packages.main(pip_audit(json.dumps({"dependencies": [SOUND, UNKNOWN]})))
    assert capsys.readouterr().out == "packages: 1 without known weaknesses\n"


@pytest.mark.parametrize("answer", [json.dumps({"dependencies": [UNKNOWN]}), "no route to host"])
def test_without_a_feed_it_says_so_and_goes_on(pip_audit, capsys, answer):
    packages.main(pip_audit(answer))
    assert "no feed" in capsys.readouterr().out
