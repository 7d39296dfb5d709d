"""What a start would compile or look for, made when the layer was built.

Python compiles an expression, and the text of each method that a data class gets, anew in every process: that was a
third of an INIT's CPU. `layers/precompile.py` writes down what comes of each text, under the text itself; a text that
is not found there is compiled as ever. Where the layer's modules are is written down as well: Python looks for each in
all folders of its path, and asks again and again what the system knows of its file. So nothing can be out of date,
since a layer's files do not change, and in a checkout there is simply no such file.

The file is Python's own format, for the version that wrote it; another version leaves it alone.
"""

import _sre  # type: ignore[import-not-found]
import dataclasses
import marshal
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from io import open_code
from pathlib import Path
from re import _compiler  # type: ignore[attr-defined]
from types import CodeType
from typing import Any, Final

FILE: Final = Path(__file__).with_suffix(".bin")
# Bytecode and the programs of expressions have a format each.
FORMAT: Final = (*sys.version_info[:2], _sre.MAGIC, _sre.CODESIZE)
_COMPILE: Final = _compiler.compile

_BYTECODE: Final = f"{sys.implementation.cache_tag}.pyc"
_HEADER: Final = 16  # bytes before a module's bytecode, which a layer's are not checked by

# Of a pattern with its flags: all flags, the program, how many groups, their names, and the names by number.
Program = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
Programs = dict[tuple[str | bytes, int], Program]


def use(file: Path = FILE) -> None:
    """From now on texts that are in that file are not compiled."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    written_by, programs, methods, modules = marshal.loads(content)  # noqa: S302 - our own layer's
    if written_by != FORMAT:
        return
    sys.meta_path.insert(0, _Modules(str(file.parent.parent), modules))
    vars(_compiler)["compile"] = _finding(programs, _COMPILE)
    vars(dataclasses)["exec"] = _running(methods)


def end() -> None:
    """What compiles is Python's own again: a ready environment needs none of this, and has its memory back."""
    vars(_compiler)["compile"] = _COMPILE
    vars(dataclasses).pop("exec", None)
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Modules)]


class _Modules:
    """Finds the layer's modules by their names; of each is known whether it is a package."""

    def __init__(self, root: str, are_packages: dict[str, bool]) -> None:
        self._root = root
        self._are_packages = are_packages

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        is_package = self._are_packages.get(name)
        if is_package is None:
            return None
        at = f"{self._root}/{name.replace('.', '/')}"
        folder, _, module = (f"{at}/__init__" if is_package else at).rpartition("/")
        loader = _Loader(name, f"{folder}/{module}.py")
        spec = ModuleSpec(name, loader, origin=loader.path, is_package=is_package)
        spec.cached, spec.has_location = f"{folder}/__pycache__/{module}.{_BYTECODE}", True
        if is_package:
            spec.submodule_search_locations = [at]
        return spec


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        _, _, module = self.path.rpartition("/")
        folder = self.path.removesuffix(module)
        try:
            with open_code(f"{folder}__pycache__/{module.removesuffix('py')}{_BYTECODE}") as file:
                code: CodeType = marshal.loads(memoryview(file.read())[_HEADER:])  # noqa: S302 - our own layer's
        except OSError:
            return super().get_code(fullname)
        return code


def _finding(programs: Programs, compiled: Callable[[Any, int], Any]) -> Callable[..., Any]:
    """Stands for ``re._compiler.compile``."""

    def find(pattern: Any, flags: int = 0) -> Any:
        try:
            known = programs.get((pattern, int(flags)))
        except TypeError:  # of a pattern that is parsed already
            known = None
        if known is None:
            return compiled(pattern, flags)
        whole, program, groups, names, by_number = known
        return _sre.compile(pattern, whole, memoryview(program).cast("I").tolist(), groups, names, by_number)

    return find


def _running(methods: dict[str, bytes]) -> Callable[..., None]:
    """Stands for the ``exec`` by which :mod:`dataclasses` makes the methods of a class."""

    def run(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        known = methods.get(text)
        exec(text if known is None else marshal.loads(known), names, made)  # noqa: S102, S302 - our own layer's

    return run
