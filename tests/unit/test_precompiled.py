"""Texts that a layer has compiled are not compiled again, and mean the same."""

import dataclasses
import importlib.util
import marshal
import re
from re import _compiler

import pytest

from local import ROOT
from quarry import precompiled

PATTERNS = [
    (r"(?i)(?P<number>\d+) ?(?P<unit>кг|мм)(?!\w)", 0),
    (r"[а-яё]++(?:-[а-яё]++)*+", re.IGNORECASE),
    (rb"^(\x00|\xff)+$", re.DOTALL),
    ("x # blanks and remarks", re.VERBOSE),
]
TEXT = "Клей 25 КГ, Сетка-рабица 10мм, x"


@pytest.fixture
def layer():
    """The module that writes the file when a layer is built."""
    spec = importlib.util.spec_from_file_location("precompile", ROOT / "layers" / "precompile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def as_before():
    yield
    precompiled.end()
    re.purge()


def work():
    re.purge()
    for pattern, flags in PATTERNS:
        re.compile(pattern, flags)
    return dataclasses.make_dataclass("Sold", [("unit", str), ("count", int, 1)], frozen=True, slots=True, order=True)


@pytest.fixture
def file(tmp_path, layer):
    path = tmp_path / "precompiled.bin"
    path.write_bytes(layer.compiled(*layer.recorded(work)))
    return path


def told(expression):
    return expression.flags, expression.groups, dict(expression.groupindex), expression.pattern


def found(expression):
    text = TEXT if isinstance(expression.pattern, str) else b"\x00\xff\x00"
    return [(match.span(), match.groups()) for match in expression.finditer(text)]


def test_an_expression_of_the_file_is_the_same_and_is_not_compiled(file, monkeypatch):
    expected = [re.compile(*one) for one in PATTERNS]
    re.purge()
    monkeypatch.setattr(_compiler, "_code", None)  # what compiles
    precompiled.use(file)

    again = [re.compile(*one) for one in PATTERNS]

    assert list(map(told, again)) == list(map(told, expected))
    assert list(map(found, again)) == list(map(found, expected))
    assert again[0].search(TEXT)["unit"] == "КГ"


def test_the_methods_of_a_data_class_are_not_compiled(file):
    precompiled.use(file)
    texts = []
    run = vars(dataclasses)["exec"]
    vars(dataclasses)["exec"] = lambda text, *names: (texts.append(text), run(text, *names))
    _, _, methods = marshal.loads(file.read_bytes())

    sold = work()

    assert texts
    assert set(texts) == set(methods)
    assert sold("кг") == sold("кг", 1) < sold("м")
    assert repr(sold("кг", 2)) == "Sold(unit='кг', count=2)"
    assert hash(sold("кг")) == hash(sold("кг", 1))


def test_what_is_not_in_the_file_is_compiled_as_ever(file):
    precompiled.use(file)
    other = dataclasses.make_dataclass("Other", ["name"])

    assert re.findall(r"\d+(?=мм)", TEXT) == ["10"]
    assert other("клей") == other("клей")


def test_a_file_of_another_python_is_left_alone(file):
    written_by, *content = marshal.loads(file.read_bytes())
    file.write_bytes(marshal.dumps(((*written_by[:-1], -1), *content)))
    before = _compiler.compile

    precompiled.use(file)

    assert _compiler.compile is before
    assert "exec" not in vars(dataclasses)


def test_without_a_file_nothing_changes(tmp_path):
    before = _compiler.compile
    precompiled.use(tmp_path / "none.bin")
    assert _compiler.compile is before


def test_a_ready_environment_compiles_by_itself_again(file):
    before = _compiler.compile
    precompiled.use(file)
    assert _compiler.compile is not before
    precompiled.end()
    assert _compiler.compile is before
    assert "exec" not in vars(dataclasses)


def test_the_same_texts_make_the_same_file(layer):
    patterns, texts = layer.recorded(work)
    backwards = dict.fromkeys(sorted(patterns, key=repr, reverse=True)), dict.fromkeys(sorted(texts, reverse=True))
    assert layer.compiled(patterns, texts) == layer.compiled(*backwards)
