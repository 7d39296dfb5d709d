"""How the rows of an open document's sheets look: bold, filled, indented, grouped; and numbers shown as «0017».

Layout: OASIS OpenDocument 1.3, part 3: automatic styles come before the sheets in content.xml.
"""

import zipfile
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from quarry.pricelists.grid import PLAIN, Look
from quarry.pricelists.looks import Seen

_NAMES: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _STYLE, _NUMBER = f"{_NAMES}table:1.0}}", f"{_NAMES}style:1.0}}", f"{_NAMES}datastyle:1.0}}"
_FORMAT, _OFFICE = f"{_NAMES}xsl-fo-compatible:1.0}}", f"{_NAMES}office:1.0}}"
_PART: Final = "content.xml"
_NO_FILL: Final = {None, "transparent", "#ffffff"}
_LEAST_DIGITS: Final = 2
_INDENT: Final = 0.35  # centimetres, which the spreadsheet program moves a text by at each step
_DEEPEST: Final = 7
_LONGEST_ROW: Final = 500  # cells, beyond which nothing is looked at
_UNITS: Final = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 0.0353}


@dataclass(slots=True)
class _Styles:
    looks: dict[str, Look] = field(default_factory=dict)
    padded: dict[str, int] = field(default_factory=dict)
    digits: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """Where in the document the reading is."""

    seen: Seen | None = None
    row: int = 0
    level: int = 0


def seen_in(stream: BinaryIO) -> dict[str, Seen]:
    """By sheet name. Empty for a workbook of another kind or with odd innards."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            if _PART not in archive.namelist():
                return {}
            with archive.open(_PART) as content:
                return _read(content)
    except (KeyError, ValueError, ParseError, DefusedXmlException, LookupError):
        return {}


def _read(content: IO[bytes]) -> dict[str, Seen]:
    styles, place = _Styles(), _Place()
    found: dict[str, Seen] = {}
    opened: list[Any] = []
    for event, element in iterparse(content, events=("start", "end")):
        tag = element.tag
        if event == "start":
            opened.append(element)
            if tag == f"{_TABLE}table":
                place = _Place(Seen())
                found[element.get(f"{_TABLE}name", "")] = place.seen or Seen()
            place.level += tag == f"{_TABLE}table-row-group"
            continue
        opened.pop()
        if tag == f"{_TABLE}table-row" and place.seen is not None:
            _row(element, place, styles)
            opened[-1].remove(element)
        elif tag == f"{_TABLE}table-row-group":
            place.level -= 1
        elif tag == f"{_NUMBER}number-style":
            number = element.find(f"{_NUMBER}number")
            if number is not None:
                styles.digits[element.get(f"{_STYLE}name")] = int(number.get(f"{_NUMBER}min-integer-digits", 1))
        elif tag == f"{_STYLE}style":
            _style(element, styles)
    return found


def _style(element: Any, styles: _Styles) -> None:
    name = element.get(f"{_STYLE}name")
    look = _look(element)
    if look != PLAIN:
        styles.looks[name] = look
    digits = styles.digits.get(element.get(f"{_STYLE}data-style-name"), 1)
    if digits >= _LEAST_DIGITS:
        styles.padded[name] = digits


def _look(style: Any) -> Look:
    letters = style.find(f"{_STYLE}text-properties")
    cell = style.find(f"{_STYLE}table-cell-properties")
    paragraph = style.find(f"{_STYLE}paragraph-properties")
    bold = letters is not None and letters.get(f"{_FORMAT}font-weight") == "bold"
    filled = cell is not None and cell.get(f"{_FORMAT}background-color") not in _NO_FILL
    return Look(bold, filled, _indent(paragraph.get(f"{_FORMAT}margin-left", "") if paragraph is not None else ""))


def _indent(margin: str) -> int:
    """Steps of «0.71cm»."""
    unit = _UNITS.get(margin[-2:])
    return round(float(margin[:-2]) * unit / _INDENT) if unit else 0


def _row(element: Any, place: _Place, styles: _Styles) -> None:
    assert place.seen is not None
    place.row += 1
    seen, row, column, first = place.seen, place.row, 0, True
    for cell in element:
        style, kind = cell.get(f"{_TABLE}style-name"), cell.get(f"{_OFFICE}value-type")
        if kind:
            if first and style in styles.looks:
                seen.looks[row] = styles.looks[style]
            first = False
            if style in styles.padded and kind == "float":
                seen.padded.setdefault(row, {})[column] = styles.padded[style]
        column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        if column > _LONGEST_ROW:
            break
    if place.level:
        seen.levels[row] = min(place.level, _DEEPEST)
    place.row += int(element.get(f"{_TABLE}number-rows-repeated", 1)) - 1
