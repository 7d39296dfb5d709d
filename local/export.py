"""Remarks on the rows of a price list as a CSV file that can be sent back to the supplier."""

import csv
import re
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from local.remarks import grouped

COLUMNS = ("sheet", "row", "column", "value", "code", "message", "severity")
_BOM = "\ufeff"  # without it a spreadsheet program reads UTF-8 as the system's legacy encoding
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# Control characters, unpaired surrogates, and characters that reverse the direction of text.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def write_csv(target: TextIO, items: Iterable[Mapping[str, Any]]) -> None:
    """Remarks of one kind on one line.

    Separated by semicolons: a Russian spreadsheet program splits no other CSV into columns.
    """
    target.write(_BOM)
    rows = csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for item in grouped(items):
        rows.writerow([cell(item[name]) for name in COLUMNS])


def cell(value: Any) -> str:
    """The value as text; one that a spreadsheet program would run as a formula is quoted."""
    if isinstance(value, int):
        return str(value)
    original = str(value or "")
    shown = harmless(original)
    return f"'{shown}" if original.startswith(_FORMULA_STARTS) or shown.lstrip().startswith(_FORMULA_STARTS) else shown


def harmless(text: str) -> str:
    """The text on one line, without characters that control a terminal or hide text."""
    return _UNSAFE.sub(" ", text)


def escaped(document: str) -> str:
    """The JSON document with those characters written as escapes."""
    return _UNSAFE.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", document)
