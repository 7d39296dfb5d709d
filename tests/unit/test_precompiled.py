"""Texts that a layer has compiled are not compiled again, and mean the same."""

import compileall
import dataclasses
import importlib.resources
import importlib.util
import inspect
import marshal
import py_compile
import re
import shutil
import sys
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
    path = tmp_path / "quarry" / "precompiled.bin"
    path.parent.mkdir()
    path.write_bytes(layer.compiled(*layer.recorded(work), {}))
    return path


SOURCES = {
    "sold_goods/__init__.py": "HERE = __file__",
    "sold_goods/cement.py": "def price():\n    return 450\n",
    "sold_goods/sand/__init__.py": "",
    "sold_goods/sand/river.py": "from sold_goods.cement import price",
    "sold_goods/not-a-module.py": "",
    "lone_brick.py": "PRICE = 25",
    "certificates/none.py": "",
}


@pytest.fixture
def modules(tmp_path, layer, monkeypatch):
    """A layer's folder that is on no path: its modules are found by the file alone."""
    for name, text in {**SOURCES, "quarry/__init__.py": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = layer.modules_of(tmp_path)
    compileall.compile_dir(tmp_path, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    (tmp_path / "quarry" / "precompiled.bin").write_bytes(layer.compiled(set(), set(), found))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(("sold_goods", "lone_brick"))]:
        del sys.modules[name]


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
    _, _, methods, _ = marshal.loads(file.read_bytes())

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


def test_a_layers_modules_are_found_by_their_names(modules):
    precompiled.use(modules / "quarry" / "precompiled.bin")

    package = importlib.import_module("sold_goods")
    river = importlib.import_module("sold_goods.sand.river")
    brick = importlib.import_module("lone_brick")

    assert (river.price(), brick.PRICE) == (450, 25)
    assert package.HERE == package.__file__ == str(modules / "sold_goods" / "__init__.py")
    assert list(package.__path__) == [str(modules / "sold_goods")]
    assert importlib.util.cache_from_source(river.__file__) == river.__cached__ == river.__spec__.cached
    assert inspect.getsource(river.price) == SOURCES["sold_goods/cement.py"]
    assert importlib.resources.files("sold_goods").joinpath("cement.py").read_text() == SOURCES["sold_goods/cement.py"]


def test_what_python_itself_finds_is_found_the_same_way(modules, monkeypatch):
    """All that a module's specification says."""
    file = modules / "quarry" / "precompiled.bin"
    monkeypatch.syspath_prepend(str(modules))
    names = ("sold_goods", "sold_goods.cement", "sold_goods.sand", "sold_goods.sand.river", "lone_brick")
    by_path = [described(importlib.util.find_spec(name)) for name in names]
    precompiled.use(file)
    finder = sys.meta_path[0]
    assert [described(finder.find_spec(name)) for name in names] == by_path


def described(spec):
    return spec.name, spec.origin, spec.cached, spec.has_location, spec.submodule_search_locations, spec.parent


def test_folders_that_are_no_packages_and_files_that_are_no_modules_are_left_out(modules, layer):
    assert layer.modules_of(modules) == {
        "lone_brick": False,
        "quarry": True,
        "sold_goods": True,
        "sold_goods.cement": False,
        "sold_goods.sand": True,
        "sold_goods.sand.river": False,
    }


def test_a_module_without_bytecode_is_compiled(modules):
    shutil.rmtree(modules / "sold_goods" / "__pycache__")
    precompiled.use(modules / "quarry" / "precompiled.bin")
    assert importlib.import_module("sold_goods.cement").price() == 450


def test_what_a_layer_has_not_is_looked_for_as_ever(modules):
    precompiled.use(modules / "quarry" / "precompiled.bin")
    assert sys.meta_path[0].find_spec("json") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("sold_goods.gravel")


def test_a_ready_environment_looks_for_modules_by_itself_again(modules):
    before = list(sys.meta_path)
    precompiled.use(modules / "quarry" / "precompiled.bin")
    assert sys.meta_path != before
    precompiled.end()
    assert sys.meta_path == before


def test_the_same_texts_make_the_same_file(layer):
    patterns, texts = layer.recorded(work)
    backwards = dict.fromkeys(sorted(patterns, key=repr, reverse=True)), dict.fromkeys(sorted(texts, reverse=True))
    assert layer.compiled(patterns, texts, {"a": True}) == layer.compiled(*backwards, {"a": True})
