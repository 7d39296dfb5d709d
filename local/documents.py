"""Documents generated from the code by ``make docs``: the table of settings and the merged OpenAPI document."""

import importlib
import pkgutil
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic_core import PydanticUndefined

from local import ROOT
from quarry import __version__, http
from quarry.http.app import create_app
from quarry.settings import Settings

CONFIGURATION = ROOT / "docs" / "configuration.md"
OPENAPI = ROOT / "docs" / "openapi.json"
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


def _applications() -> list[FastAPI]:
    """One for each module that declares routes."""
    names = [module.name for module in pkgutil.iter_modules(http.__path__, f"{http.__name__}.")]
    routers = {name: getattr(importlib.import_module(name), "router", None) for name in names}
    return [create_app(name.rpartition(".")[2], [router]) for name, router in routers.items() if router]


def configuration() -> str:
    """The page on settings, with the table made anew."""
    introduction, mark, _ = CONFIGURATION.read_text().partition(_MARK)
    return introduction + mark + settings_table()


def openapi() -> bytes:
    return orjson.dumps(merged_openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def main() -> None:
    CONFIGURATION.write_text(configuration())
    OPENAPI.write_bytes(openapi())


if __name__ == "__main__":
    main()
