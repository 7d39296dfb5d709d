"""How the rows of an open document's sheets look: bold, filled, indented, grouped; and numbers shown as «0017».

Layout: OASIS OpenDocument 1.3, part 3: automatic styles come before the sheets in content.xml.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import IO, Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from quarry.pricelists.grid import PLAIN, Look
from quarry.pricelists.looks import Seen

_NAMES: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_STYLE, _NUMBER = f"{_NAMES}style:1.0}}", f"{_NAMES}datastyle:1.0}}"
_FORMAT = f"{_NAMES}xsl-fo-compatible:1.0}}"
_PART: Final = "content.xml"
_NO_FILL: Final = {None, "transparent", "#ffffff"}
_LEAST_DIGITS: Final = 2
_INDENT: Final = 0.35  # centimetres, which the spreadsheet program moves a text by at each step
_DEEPEST: Final = 7
_LONGEST_ROW: Final = 500  # cells, beyond which nothing is looked at
_CHUNK: Final = 1 << 20
_LONGEST_TAIL: Final = 32 << 20  # the styles come before the first row
ROW_END: Final = b"</table:table-row>"
_STYLES_END: Final = b"</office:automatic-styles>"
_FLOAT: Final = b'value-type="float"'
_ROOT: Final = re.compile(rb"<([A-Za-z][\w.:-]{0,60})[\s>]")
_TAG: Final = re.compile(
    rb"<table:table(?=[\s>])(?P<table>[^<>]*+)>"
    rb"|<(?P<group>/?)table:table-row-group\b[^<>]*+>"
    rb"|<table:table-row(?=[\s/>])(?P<row>[^<>]*+)>"
)
_CELL: Final = re.compile(rb"<table:(?:covered-)?table-cell\b([^<>]*+)>")
_FILLED: Final = re.compile(rb"<table:table-cell\b(?=[^<>]*\bvalue-type=)([^<>]*+)>")
_MONEY: Final = b"office:currency="
_CURRENCY: Final = re.compile(rb'\boffice:currency="([A-Z]{3})"')
_STYLE_NAME: Final = re.compile(rb'\btable:style-name="([^"]*)"')
_NAME: Final = re.compile(rb'\btable:name="([^"]*)"')
_UNSEEN: Final = re.compile(rb'\btable:visibility="(collapse|filter)"')
_ROWS: Final = re.compile(rb'number-rows-repeated="(\d{1,9})"')
_COLUMNS: Final = re.compile(rb'number-columns-repeated="(\d{1,9})"')
_UNITS: Final = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 0.0353}


@dataclass(slots=True)
class _Styles:
    looks: dict[str, Look] = field(default_factory=dict)
    padded: dict[str, int] = field(default_factory=dict)
    digits: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """Where in the document the reading is. ``money``: whether numbers near there are shown as some."""

    seen: Seen = field(default_factory=Seen)
    row: int = 0
    level: int = 0
    money: bool = False


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
    for window in windows(content):
        if _STYLES_END in window:
            styles = _styles(window[: window.index(_STYLES_END) + len(_STYLES_END)])
        place.money = _MONEY in window
        row: re.Match[bytes] | None = None
        for tag in _TAG.finditer(window):
            if row is not None:
                _row(window, row, tag.start(), place, styles)
            row = tag if tag["row"] is not None else None
            if tag["table"] is not None:
                name = _NAME.search(tag["table"])
                place = _Place(Seen(), money=place.money)
                found[unescape(name[1].decode()) if name else ""] = place.seen
            elif tag["group"] is not None:
                place.level += -1 if tag["group"] else 1
        if row is not None:
            _row(window, row, len(window), place, styles)
    return found


def windows(content: IO[bytes]) -> Iterator[bytes]:
    """The document in parts that end with a row: of a row beyond a megabyte its end alone."""
    tail = b""
    while chunk := content.read(_CHUNK):
        window = tail + chunk
        end = window.rfind(ROW_END) + len(ROW_END) if ROW_END in window else 0
        if end:
            yield window[:end]
        tail = window[end:][-_LONGEST_TAIL:]


def _styles(head: bytes) -> _Styles:
    """Of the document's beginning, up to its automatic styles, which is made whole for the parser."""
    found = _Styles()
    root = _ROOT.search(head)
    if root is None:
        return found
    document = fromstring(head + b"</" + root[1] + b">")
    for number in document.iter(f"{_NUMBER}number-style"):
        digits = number.find(f"{_NUMBER}number")
        if digits is not None:
            found.digits[number.get(f"{_STYLE}name", "")] = int(digits.get(f"{_NUMBER}min-integer-digits", 1))
    for style in document.iter(f"{_STYLE}style"):
        _style(style, found)
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


def _row(window: bytes, row: re.Match[bytes], end: int, place: _Place, styles: _Styles) -> None:
    place.row += 1
    seen, number = place.seen, place.row
    if not place.level and (unseen := _UNSEEN.search(row["row"])):
        seen.hidden.rows.update(range(number, number + min(_repeated(_ROWS, row["row"]), _LONGEST_ROW)))
        seen.hidden.filtered = seen.hidden.filtered or unseen[1] == b"filter"
    if styles.looks and (first := _FILLED.search(window, row.end(), end)):
        style = _STYLE_NAME.search(first[1])
        if style and (look := styles.looks.get(style[1].decode())):
            seen.looks[number] = look
    if styles.padded and (padded := _padded(window, row.end(), end, styles.padded)):
        seen.padded[number] = padded
    if place.money:
        _money(window, row.end(), end, place)
    if place.level:
        seen.levels[number] = min(place.level, _DEEPEST)
    place.row += _repeated(_ROWS, row["row"]) - 1


def _padded(window: bytes, start: int, end: int, styles: dict[str, int]) -> dict[int, int]:
    padded: dict[int, int] = {}
    column = 0
    for cell in _CELL.finditer(window, start, end):
        style = _STYLE_NAME.search(cell[1])
        digits = styles.get(style[1].decode()) if style else None
        if digits and _FLOAT in cell[1]:
            padded[column] = digits
        column += _repeated(_COLUMNS, cell[1])
        if column > _LONGEST_ROW:
            break
    return padded


def _money(window: bytes, start: int, end: int, place: _Place) -> None:
    column = 0
    for cell in _CELL.finditer(window, start, end):
        money = _CURRENCY.search(cell[1])
        if money or _FLOAT in cell[1]:
            place.seen.money.note(place.row, column, money[1].decode() if money else "")
        column += _repeated(_COLUMNS, cell[1])
        if column > _LONGEST_ROW:
            break


def _repeated(pattern: re.Pattern[bytes], tag: bytes) -> int:
    found = pattern.search(tag)
    return int(found[1]) if found else 1
