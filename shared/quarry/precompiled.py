"""What a start would compile, compiled when the layer was built: regular expressions, and methods of data classes.

They are a third of an INIT's CPU: Python compiles an expression, and the text of each method that a data class gets,
anew in every process. `layers/precompile.py` writes down what comes of each text, under the text itself; a text that is
not found there is compiled as ever. So nothing can be out of date, and in a checkout there is simply no such file.

The file is Python's own format, for the version that wrote it; another version leaves it alone.
"""

import _sre  # type: ignore[import-not-found]
import dataclasses
import marshal
import sys
from collections.abc import Callable
from pathlib import Path
from re import _compiler  # type: ignore[attr-defined]
from typing import Any, Final

FILE: Final = Path(__file__).with_suffix(".bin")
# Bytecode and the programs of expressions have a format each.
FORMAT: Final = (*sys.version_info[:2], _sre.MAGIC, _sre.CODESIZE)
_COMPILE: Final = _compiler.compile

# Of a pattern with its flags: all flags, the program, how many groups, their names, and the names by number.
Program = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
Programs = dict[tuple[str | bytes, int], Program]


def use(file: Path = FILE) -> None:
    """From now on the texts of that file need no compiling."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    written_by, programs, methods = marshal.loads(content)  # noqa: S302 - our own layer's
    if written_by != FORMAT:
        return
    vars(_compiler)["compile"] = _finding(programs, _COMPILE)
    vars(dataclasses)["exec"] = _running(methods)


def end() -> None:
    """What compiles is Python's own again: a ready environment needs none of this, and has its memory back."""
    vars(_compiler)["compile"] = _COMPILE
    vars(dataclasses).pop("exec", None)


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
