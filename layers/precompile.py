"""Writes what `quarry.precompiled` reads: the compiled forms of all texts that importing our package compiles.

`layers/build.py` runs this in a process of its own, which sees the folder of a layer for this machine and Python's
library alone, so that the same lock makes the same file.
"""

import dataclasses
import importlib
import marshal
import pkgutil
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

# Without references, whose places depend on what else a process has made.
MARSHAL_VERSION = 2
# What Lambda's runtime brings along is not in a layer.
RUNTIME = {"boto3", "botocore", "snapshot_restore_py", "awslambdaric", "urllib3"}
# Modules of extras, which are not part of a layer.
OTHERS = {"numpy", "navec", "paramiko", "cryptography", "alembic", "sqlalchemy"}


def main() -> None:
    layer, target = map(Path, sys.argv[1:])
    sys.path.insert(0, str(layer))
    patterns, texts = recorded(start_all)
    target.write_bytes(compiled(patterns, texts, modules_of(layer)))


def modules_of(folder: Path, package: str = "") -> dict[str, bool]:
    """By the names of a layer's modules, or of a package's, whether each is itself a package."""
    found: dict[str, bool] = {}
    for path in sorted(folder.iterdir()):
        name = package + path.name
        if (path / "__init__.py").is_file():
            found |= {name: True} | modules_of(path, f"{name}.")
        elif path.suffix == ".py" and path.stem.isidentifier() and path.stem != "__init__":
            found[package + path.stem] = False
    return found


def compiled(patterns: Iterable[tuple[str | bytes, int]], texts: Iterable[str], modules: Mapping[str, bool]) -> bytes:
    """The file's content."""
    from quarry.precompiled import FORMAT

    programs = {key: program(*key) for key in sorted(patterns, key=repr)}
    methods = {text: marshal.dumps(compile(text, "<string>", "exec"), MARSHAL_VERSION) for text in sorted(texts)}
    return marshal.dumps((FORMAT, programs, methods, dict(modules)), MARSHAL_VERSION)


def recorded(work: Callable[[], None]) -> tuple[set[tuple[str | bytes, int]], set[str]]:
    """The patterns with their flags, and the texts of methods, that are compiled meanwhile."""
    patterns: set[tuple[str | bytes, int]] = set()
    texts: set[str] = set()
    compile_pattern = _compiler.compile

    def note_pattern(pattern: Any, flags: int = 0) -> Any:
        if isinstance(pattern, str | bytes):
            patterns.add((pattern, int(flags)))
        return compile_pattern(pattern, flags)

    def note_text(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        texts.add(text)
        exec(text, names, made)  # noqa: S102 - what dataclasses wrote

    _compiler.compile = note_pattern
    vars(dataclasses)["exec"] = note_text
    try:
        work()
    finally:
        _compiler.compile = compile_pattern
        del vars(dataclasses)["exec"]
    return patterns, texts


def start_all() -> None:
    """Import all modules, and make an application of their routes."""
    import quarry

    for module in pkgutil.walk_packages(quarry.__path__, "quarry."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in RUNTIME | OTHERS:
                raise
    from quarry.http.app import create_app
    from quarry.http.routes import Routes

    routers = [vars(module)["router"] for module in list(sys.modules.values()) if "router" in vars(module)]
    create_app("all", [router for router in routers if isinstance(router, Routes)], patience=1.0)


def program(pattern: str | bytes, flags: int) -> tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]:
    """What `re._compiler.compile` gives to the engine."""
    parsed = _parser.parse(pattern, flags)
    names = parsed.state.groupdict
    by_number: list[str | None] = [None] * parsed.state.groups
    for name, number in names.items():
        by_number[number] = name
    code = array("I", _compiler._code(parsed, flags)).tobytes()  # noqa: SLF001 - what its compile() calls
    return flags | parsed.state.flags, code, parsed.state.groups - 1, dict(names), tuple(by_number)


if __name__ == "__main__":
    main()
