"""Statements of transactions, for SQLAlchemy, which is imported by the first of them: a search makes none."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import TextClause


@lru_cache(maxsize=512)
def text(statement: str) -> "TextClause":
    """The statement with its ``:name`` places."""
    from sqlalchemy import text as parsed

    return parsed(statement)
