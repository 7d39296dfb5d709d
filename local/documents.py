"""Documents generated from the code by ``make docs``: the table of settings, the OpenAPI document, the reference."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic_core import PydanticUndefined

from local import ROOT
from local.reference import reference
from quarry import __version__
from quarry.settings import Settings

CONFIGURATION = ROOT / "docs" / "configuration.md"
OPENAPI = ROOT / "docs" / "openapi.json"
REFERENCE = ROOT / "docs" / "api.md"
_MARK = "<!-- the table below is made by `make docs` -->\n"


def settings_table() -> str:
    """Every setting with its default and meaning, as Markdown."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        value = field.default
        shown = f"`{_plain(value)}`" if value not in {None, "", PydanticUndefined} else ""
        lines.append(f"| `{name.upper()}` | {shown} | {field.description or ''} |")
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


@cache
def merged_openapi() -> dict[str, Any]:
    """The OpenAPI documents of the HTTP functions as one."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Quarry", "version": __version__},
        "paths": {},
        "components": {"schemas": {}},
    }
    for app in _applications():
        document = app.openapi()
        for path, methods in document["paths"].items():
            merged["paths"].setdefault(path, {}).update(methods)
        merged["components"]["schemas"] |= document.get("components", {}).get("schemas", {})
    return merged


@cache
def _applications() -> list[FastAPI]:
    from quarry import http
    from quarry.http.app import create_app

    names = sorted(module.name for module in iter_modules(http.__path__))
    modules = [(name, import_module(f"quarry.http.{name}")) for name in names]
    return [create_app(name, [module.router]) for name, module in modules if hasattr(module, "router")]


def configuration() -> str:
    """The page on settings, with the table made anew."""
    introduction, mark, _ = CONFIGURATION.read_text().partition(_MARK)
    return introduction + mark + settings_table()


def openapi() -> bytes:
    return orjson.dumps(merged_openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def main() -> None:
    CONFIGURATION.write_text(configuration())
    OPENAPI.write_bytes(openapi())
    REFERENCE.write_text(reference(merged_openapi()))


if __name__ == "__main__":
    main()
