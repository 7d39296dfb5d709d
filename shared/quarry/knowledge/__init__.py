"""What the trade calls things: words in TOML files, one a subject. docs/knowledge.md says how they are written."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent


@cache
def load(subject: str) -> dict[str, Any]:
    """The tables of one file."""
    return tomllib.loads((_FOLDER / f"{subject}.toml").read_text("utf-8"))
