"""Remarks on a price list's rows as a CSV file, for sending back to the supplier."""

import csv
import re
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

COLUMNS = ("sheet", "row", "column", "value", "code", "message", "severity")
_BOM = "\ufeff"  # without it the spreadsheet program takes UTF-8 for the system's old encoding
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Control characters, halves of surrogate pairs, and what turns the direction of the text around.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def write_csv(target: TextIO, items: Iterable[Mapping[str, Any]]) -> None:
    """Semicolons, since the Russian spreadsheet program opens no other CSV in columns."""
    target.write(_BOM)
    rows = csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for item in items:
        rows.writerow([cell(item[name]) for name in COLUMNS])


def cell(value: Any) -> str:
    """A value that no spreadsheet program takes for a formula: what the supplier wrote is text."""
    if isinstance(value, int):
        return str(value)
    found = str(value or "")
    shown = harmless(found)
    return f"'{shown}" if found.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown


def harmless(text: str) -> str:
    """On one line, without what steers a terminal or hides text."""
    return _UNFIT.sub(" ", text)


def escaped(document: str) -> str:
    """A JSON text with the same characters as escapes."""
    return _UNFIT.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)
