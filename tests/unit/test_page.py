"""The web page's files, and how they are sent."""

import ast
import hashlib
import json
import re
from collections import defaultdict
from functools import cache
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from quarry.domain.batches import INTERRUPTED
from quarry.http import page
from quarry.pricelists.prices import Fault, Guess
from quarry.pricelists.reading import _OF_THE_LIST
from quarry.services.chunks import TOO_SLOW
from quarry.settings import Settings

MOST_BYTES = 150_000
SCRIPTS = sorted(page.FOLDER.rglob("*.js"))
WORDS = {path.stem: json.loads(path.read_text()) for path in sorted((page.FOLDER / "words").glob("*.json"))}
FORMS = {"ru": {"one", "few", "many", "other"}, "en": {"one", "other"}}
SIGN_IN = {
    "page_client_id": "page",
    "page_authorize_url": "https://issuer.example/authorize",
    "page_token_url": "https://tokens.example/oauth2/token",
}


@pytest.fixture
def ask(monkeypatch):
    """The page's routes with the given settings."""

    def asked(path: str, headers: dict[str, str] | None = None, **settings):
        made = SimpleNamespace(settings=Settings(**settings))
        monkeypatch.setattr(page, "composition", lambda: made)
        app = FastAPI()
        page.serve_page(app)
        with TestClient(app) as client:
            return client.get(path, headers={"accept-encoding": "identity", **(headers or {})})

    return asked


def plain(key: str, language: str) -> str:
    """The key without the form of a number."""
    stem, _, form = key.rpartition(".")
    return stem if form in FORMS[language] and f"{stem}.other" in WORDS[language] else key


def values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_all_files_together_are_small():
    sizes = {name: len(page.site().file(name)[1]) for name in page.site()._names if name.endswith((".js", ".css"))}

    assert sum(sizes.values()) <= MOST_BYTES
    assert max(sizes.values()) < MOST_BYTES / 5


def test_both_languages_say_the_same():
    keys = {language: {plain(key, language) for key in words} for language, words in WORDS.items()}

    assert keys["ru"] == keys["en"]
    for language, words in WORDS.items():
        numbered = {plain(key, language) for key in words} - words.keys()
        assert {f"{key}.{form}" for key in numbered for form in FORMS[language]} <= words.keys()
    for key in WORDS["en"].keys() & WORDS["ru"].keys():
        assert values(WORDS["en"][key]) == values(WORDS["ru"][key]), key


def test_every_word_that_the_page_uses_is_there():
    used = {key for path in SCRIPTS for key in re.findall(r'\bt\("([\w.]+)"', path.read_text())}

    assert len(used) > 100
    assert used <= {plain(key, "ru") for key in WORDS["ru"]}


def test_every_word_is_used():
    text = "".join(path.read_text() for path in SCRIPTS if path.parent.name != "vendor")
    used = set(re.findall(r'"([\w.]+)"', text))
    # Some are made of a group and a code: t(`status.${…}`), said("remark", …).
    groups = set(re.findall(r"`([\w.]+[._])\$\{", text)) | {f"{group}." for group in re.findall(r'said\("(\w+)"', text)}

    unused = {key for key in {plain(key, "ru") for key in WORDS["ru"]} - used if not key.startswith(tuple(groups))}
    assert not unused


def test_a_vendored_file_is_the_one_that_was_taken():
    table = (page.FOLDER / "vendor" / "README.md").read_text()
    listed = dict(re.findall(r"^\| `([\w.]+)` .*\| `([0-9a-f]{64})` \|$", table, re.MULTILINE))

    files = {path.name: path for path in (page.FOLDER / "vendor").glob("*.js")}
    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_scripts_load_nothing_from_elsewhere_and_never_write_html():
    for path in SCRIPTS:
        if path.parent.name == "vendor":
            continue
        text = path.read_text()
        assert not re.search(r'(?:\bfrom |import\(|^import )"(?!\.{1,2}/)', text), path
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            path
        )


def test_what_a_module_imports_is_there():
    for path in SCRIPTS:
        for target in re.findall(r'(?:\bfrom |import\()"(\.{1,2}/[^"]+)"', path.read_text()):
            assert (path.parent / target).resolve().is_file(), (path, target)


@pytest.mark.parametrize("script", [one for one in SCRIPTS if "vendor" not in one.parts], ids=lambda one: one.name)
def test_what_a_module_imports_by_name_is_exported(script):
    for names, path in re.findall(r'^import \{([^}]+)\} from "([^"]+)"', script.read_text(), re.MULTILINE):
        exporter = (script.parent / path).resolve()
        if "vendor" not in exporter.parts:
            exported = re.findall(
                r"^export (?:async )?(?:function|const|let|class) (\w+)", exporter.read_text(), re.MULTILINE
            )
            assert {name.split(" as ")[0].strip() for name in names.split(",")} <= set(exported), path


_EXPORTS = {
    name: path
    for path in SCRIPTS
    if "vendor" not in path.parts
    for name in re.findall(r"^export (?:async )?(?:function|const) (\w+)", path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("script", [one for one in SCRIPTS if "vendor" not in one.parts], ids=lambda one: one.name)
def test_what_a_module_calls_of_another_is_imported(script):
    source = script.read_text()
    code = re.sub(r"^\s*(?://|/?\*).*$", "", source, flags=re.MULTILINE)
    given = re.findall(r"function \w*\(([^)]*)\)|\(([^()]*)\) =>|const [\[{]([^\]}]*)[\]}]", code)
    own = {*re.findall(r"(?:function|const|let|class) (\w+)", code), *re.findall(r"\w+", str(given))}
    imported = {
        name.split(" as ")[-1].strip() for names in re.findall(r"import \{([^}]+)\}", code) for name in names.split(",")
    }
    called = {name for name in re.findall(r"(?<![.\w])(\w+)\(", code) if name in _EXPORTS}
    assert called <= own | imported


def test_the_document_names_files_of_this_version_and_holds_no_script(ask):
    answer = ask("/")

    named = re.findall(r'(?:href|src)="/ui/([^/]+)/([^"]+)"', answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert {version for version, _ in named} == {page.site().version}
    for _, name in named:
        assert ask(f"/ui/{page.site().version}/{name}").status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)


def test_the_policy_allows_this_origin_the_bucket_and_the_issuer_of_tokens(ask):
    policy = ask("/", page_uploads_url="https://lists.s3.example/", **SIGN_IN).headers["content-security-policy"]

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["style-src"]) == ("'self'", "'self'")
    assert rules["connect-src"] == "'self' https://lists.s3.example https://tokens.example"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy


def test_without_an_issuer_nobody_signs_in(ask):
    assert ask("/ui/config.json").json()["sign_in"] is None
    assert ask("/").headers["content-security-policy"].count("https://") == 0


def test_the_page_is_told_how_to_sign_in_and_nothing_secret(ask):
    told = ask("/ui/config.json", qdrant_api_key="a secret", page_audience="quarry", **SIGN_IN).json()

    assert told["sign_in"] == {
        "client_id": "page",
        "authorize_url": "https://issuer.example/authorize",
        "token_url": "https://tokens.example/oauth2/token",
        "scopes": "openid catalogue:read pricelists:write",
        "audience": "quarry",
    }
    assert told.keys() == {"version", "base_currency", "max_file_bytes", "sign_in"}
    assert "a secret" not in json.dumps(told)


def test_files_of_a_version_are_kept_for_ever_and_the_document_is_asked_for_again(ask):
    file = ask(f"/ui/{page.site().version}/main.js")
    document = ask("/")

    assert "immutable" in file.headers["cache-control"]
    assert file.headers["content-type"] == "text/javascript; charset=utf-8"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert document.headers["cache-control"] == "no-cache"
    again = ask("/", {"if-none-match": document.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_files_are_compressed_for_those_who_read_it(ask):
    path = f"/ui/{page.site().version}/style.css"
    asked, plain_answer = ask(path, {"accept-encoding": "gzip"}), ask(path)

    assert asked.headers["content-encoding"] == "gzip"
    assert asked.text == plain_answer.text
    assert "content-encoding" not in plain_answer.headers
    assert asked.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "name", ["missing.js", "../settings.py", "..%2f..%2fsettings.py", "vendor/../../settings.py", "", "words"]
)
def test_what_is_no_file_of_the_page_is_not_sent(ask, name):
    assert ask(f"/ui/{page.site().version}/{name}").status_code == 404


def test_of_another_version_there_is_nothing(ask):
    assert ask("/ui/0000/main.js").status_code == 404


def test_the_version_follows_the_content(tmp_path):
    (tmp_path / "index.html").write_text("{version}")
    first = page.Site(tmp_path).version
    (tmp_path / "index.html").write_text("{version} ")

    assert page.Site(tmp_path).version != first


def test_signing_in_needs_all_of_it():
    with pytest.raises(ValueError, match="PAGE_AUTHORIZE_URL"):
        Settings(page_client_id="page")


CODES_OF = {
    "attention": {"attention_to", "Attention"},
    "remark": {"RowIssue", "_issue", "_remark"},
    "list_error": {"BadPriceList"},
}


@cache
def calls() -> dict[str, list[ast.Call]]:
    """The calls in our sources by the name of what is called."""
    found = defaultdict(list)
    for path in page.FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                found[getattr(node.func, "id", getattr(node.func, "attr", ""))].append(node)
    return found


def codes(group: str) -> set[str]:
    """Those that the sources name where something of the group is said."""
    of_group = (call for name in CODES_OF[group] for call in calls()[name])
    said = ([one.value for one in call.keywords if one.arg == "code"] or call.args[:1] for call in of_group)
    return {one.value for first in said for one in first if isinstance(one, ast.Constant)}


# What a sheet's remark says, or the way of the whole list, is said of the list too.
OF_THE_LIST = _OF_THE_LIST | {"sheet_hidden", "rows_hidden", "formulas_worked_out"}
OF_ROWS = {*Fault, *Guess, TOO_SLOW, INTERRUPTED, "given_up", "refused", "not_understood"}


@pytest.mark.parametrize(
    ("group", "more"), [("attention", OF_THE_LIST), ("remark", OF_ROWS), ("list_error", {INTERRUPTED})]
)
def test_what_is_said_of_a_list_is_said_in_both_languages(group, more):
    known = {f"{group}.{code}" for code in codes(group) | more}

    assert len(known) > 12
    for words in WORDS.values():
        assert known <= words.keys()
