"""Rows in the text format of PostgreSQL's COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

import orjson

_ESCAPES = {0: None, ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_NULL = "\\N"
_BLOCK_ROWS = 500


class Copying(Protocol):
    def copy(self, statement: str, blocks: Iterable[bytes]) -> None:
        """Send the blocks of a COPY FROM STDIN."""


def copy_rows(session: Copying, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY ``rows`` into ``table`` within the session's transaction.

    A dict becomes JSON, a list or tuple an array; a JSON array comes as text of :func:`json_text`. NUL, which
    PostgreSQL cannot hold, is dropped.
    """
    names = ", ".join(f'"{column}"' for column in columns)
    # Encoded before the first is sent: pg8000 cannot take back a COPY whose source breaks off.
    blocks = list(encode(rows))
    session.copy(f"COPY {table} ({names}) FROM STDIN", blocks)


def encode(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Blocks of encoded rows."""
    source = iter(rows)
    while block := list(islice(source, _BLOCK_ROWS)):
        lines = ["\t".join([_cell(value) for value in row]) for row in block]
        # A lone surrogate, as broken files have them, becomes a question mark.
        yield ("\n".join(lines) + "\n").encode(errors="replace")


def json_text(value: Any) -> str:
    """``value`` as JSON that jsonb accepts: without NUL, other types as their text."""
    text = orjson.dumps(value, default=str).decode()
    return orjson.dumps(_without_nul(orjson.loads(text))).decode() if "\\u0000" in text else text


def as_json(query: str) -> str:
    """The query's rows as one text, to be read by :func:`read_json`: the driver makes values one by one, and slowly.

    Numbers with decimals must be cast to text in it, or they are read as floats.
    """
    return f"SELECT json_agg(found)::text AS found FROM ({query}) AS found"  # noqa: S608 - of our statements


def read_json(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(rows[0]["found"] or "[]")
    return found


def _cell(value: Any) -> str:
    if value is None:
        return _NULL
    # By the exact type, the most frequent first: a list has hundreds of thousands of cells.
    kind = type(value)
    if kind is str:
        return _escape(value)
    if kind is int:
        return str(value)
    if kind is dict:
        return _escape(json_text(value))
    if kind is list or kind is tuple:
        return _escape(array_text(value))
    return _escape(str(value))


def _escape(text: str) -> str:
    # Tabs and line breaks are not printable: most texts need no second look.
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def array_text(values: Sequence[Any]) -> str:
    """An array as PostgreSQL writes it, of one dimension."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def plain_array_text(values: Iterable[int | str]) -> str:
    """As ``array_text``, in a fraction of its time: of numbers, or texts of letters and digits alone."""
    return "{" + ",".join(map(str, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return repr(value)
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    return value
