"""What the trade calls things: words in TOML files, one a subject. docs/knowledge.md says how they are written."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

FOLDER: Final = Path(__file__).parent


@cache
def load(subject: str) -> dict[str, Any]:
    """The tables of one file.

    A layer holds them as JSON beside the TOML (layers/build.py), as it holds bytecode beside the sources: to import
    TOML's reader and read all files costs a start 16 ms, JSON one.
    """
    made = FOLDER / f"{subject}.json"
    if made.exists():
        found: dict[str, Any] = orjson.loads(made.read_bytes())
        return found
    import tomllib

    return tomllib.loads((FOLDER / f"{subject}.toml").read_text("utf-8"))
