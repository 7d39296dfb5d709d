"""What the eye sees of a workbook's cells and the spreadsheet engine does not give, read from the sheets' own XML.

That is outline levels (accounting programs export their tree of groups so), how a row's first cell looks, numbers that
are shown with leading zeros, and formulas whose value was not saved.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from quarry.pricelists.grid import PLAIN, Look
from quarry.pricelists.shown_money import ShownMoney, money_of

_PART = 1 << 20
_LARGEST_STYLES = 32 << 20
_TAG = re.compile(rb"<(?:row|c)\b([^<>]{0,500})>")
_NUMBER = re.compile(rb'\br="([A-Z]{0,3})(\d{1,7})"')
_LEVEL = re.compile(rb'\boutlineLevel="([1-7])"')
_STYLE = re.compile(rb'\bs="(\d{1,6})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_COLUMNS = re.compile(rb"<col\b([^<>]{0,300})>")
_FIRST, _LAST = re.compile(rb'\bmin="(\d{1,5})"'), re.compile(rb'\bmax="(\d{1,5})"')
_FILTERED = b"<filterColumn"
_MOST_COLUMNS = 16_384
_UNSAVED = re.compile(
    rb'<c\b(?=[^<>]{0,300}\br="([A-Z]{1,3})(\d{1,7})")[^<>]{0,300}>'
    rb"<f\b[^<>]{0,300}(?:(?<=/)>|>([^<>]*+)</f>)(?:<v\s?/>|<v></v>)?</c>"
)
_LONGEST_CELL = 10_000  # of a cell with a formula, which may go across two parts
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PADDED = re.compile(r"0{2,20}(?:;.*)?")
_PLAIN_FILLS = {None, "none", "gray125"}
_WHITE = {"FFFFFFFF", "00FFFFFF"}


@dataclass(slots=True)
class Hidden:
    """Rows and columns, from 0 these, that someone hid, and not those that are folded into a group of an outline.

    ``filtered``: the rows are those that a filter leaves out.
    """

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    filtered: bool = False


@dataclass(slots=True)
class Seen:
    """One sheet, by row number: the levels above 0, the looks that are not plain, and columns, from 0.

    ``unsaved`` are formulas without their values; ``padded`` the digits that a whole number is shown with at least;
    ``firsts`` the first filled column; ``money`` is what numbers are shown as; ``hidden`` is what is not shown.
    """

    levels: dict[int, int] = field(default_factory=dict)
    looks: dict[int, Look] = field(default_factory=dict)
    padded: dict[int, dict[int, int]] = field(default_factory=dict)
    unsaved: dict[int, dict[int, str]] = field(default_factory=dict)
    firsts: dict[int, int] = field(default_factory=dict)
    money: ShownMoney = field(default_factory=ShownMoney)
    hidden: Hidden = field(default_factory=Hidden)


@dataclass(slots=True)
class _Styles:
    looks: list[Look] = field(default_factory=list)
    padded: dict[int, int] = field(default_factory=dict)
    money: dict[int, str] = field(default_factory=dict)


def seen_in(stream: BinaryIO) -> dict[str, Seen]:
    """By sheet name. Empty for a workbook of another kind or with odd innards."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            styles = _styles(archive)
            return {name: _seen(archive, part, styles) for name, part in _sheets(archive)}
    except (KeyError, ValueError, ParseError, DefusedXmlException, LookupError):
        return {}


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the part that holds it."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for sheet in fromstring(archive.read("xl/workbook.xml")).iterfind(".//{*}sheet"):
        target = targets[sheet.get(_RELATION)]
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        yield sheet.get("name", ""), part


def _styles(archive: zipfile.ZipFile) -> _Styles:
    part = "xl/styles.xml"
    if part not in archive.namelist() or archive.getinfo(part).file_size > _LARGEST_STYLES:
        return _Styles()
    root = fromstring(archive.read(part))
    bold = [_is_on(font.find("{*}b")) for font in root.iterfind("./{*}fonts/{*}font")]
    filled = [_is_filled(fill.find("{*}patternFill")) for fill in root.iterfind("./{*}fills/{*}fill")]
    formats = {form.get("numFmtId"): form.get("formatCode", "") for form in root.iterfind("./{*}numFmts/{*}numFmt")}
    found = _Styles()
    for number, style in enumerate(root.iterfind("./{*}cellXfs/{*}xf")):
        alignment = style.find("{*}alignment")
        indent = int(alignment.get("indent", 0)) if alignment is not None else 0
        look = Look(_at(bold, style.get("fontId")), _at(filled, style.get("fillId")), indent)
        found.looks.append(PLAIN if look == PLAIN else look)
        code = formats.get(style.get("numFmtId"), "")
        if PADDED.fullmatch(code):
            found.padded[number] = len(code.partition(";")[0])
        elif money := money_of(code):
            found.money[number] = money
    return found


def _is_on(flag: Any) -> bool:
    return flag is not None and flag.get("val", "1") not in {"0", "false"}


def _is_filled(pattern: Any) -> bool:
    if pattern is None or pattern.get("patternType") in _PLAIN_FILLS:
        return False
    colour = pattern.find("{*}fgColor")
    return colour is None or (colour.get("rgb") not in _WHITE and colour.get("indexed") != "9")


def _at(flags: list[bool], index: str | None) -> bool:
    place = int(index or 0)
    return place < len(flags) and flags[place]


def _seen(archive: zipfile.ZipFile, part: str, styles: _Styles) -> Seen:
    found = Seen()
    tail, row = b"", 0
    with archive.open(part) as content:
        while chunk := content.read(_PART):
            window = tail + chunk
            end = max(window.rfind(b"<row"), window.rfind(b"<c ")) if len(chunk) == _PART else len(window)
            end = len(window) if end < len(window) - _LONGEST_CELL else end
            if not found.hidden.columns and b"<col " in window:
                found.hidden.columns = set(_columns(window))
            found.hidden.filtered = found.hidden.filtered or _FILTERED in window
            row = _take(found, window[:end], row, styles)
            tail = window[end:]
    return found


def _take(found: Seen, window: bytes, row: int, styles: _Styles) -> int:
    """Go through whole tags; returns the row that is open at their end, negative once its first cell was seen."""
    every_cell = bool(styles.padded or styles.money)
    for tag in _TAG.finditer(window):
        attributes = tag[1]
        if window.startswith(b"<row", tag.start()):
            row = _row(found, attributes)
        elif (row > 0 or every_cell) and not attributes.endswith(b"/"):
            style = _STYLE.search(attributes)
            number = int(style[1]) if style else 0
            if row > 0:
                if number < len(styles.looks) and styles.looks[number] is not PLAIN:
                    found.looks[row] = styles.looks[number]
                row = -row
            if every_cell and (place := _NUMBER.search(attributes)):
                _format(found, int(place[2]), _column(place[1]), number, styles)
    if b"<f" in window:
        for cell in _UNSAVED.finditer(window):
            formula = (cell[3] or b"").decode(errors="replace")
            found.unsaved.setdefault(int(cell[2]), {})[_column(cell[1])] = formula
    return row


def _format(found: Seen, row: int, column: int, style: int, styles: _Styles) -> None:
    if style in styles.padded:
        found.padded.setdefault(row, {})[column] = styles.padded[style]
    if styles.money:
        found.money.note(row, column, styles.money.get(style, ""))


def _row(found: Seen, attributes: bytes) -> int:
    level, place = _LEVEL.search(attributes), _NUMBER.search(attributes)
    if place is None:
        return 0
    row = int(place[2])
    if level:
        found.levels[row] = int(level[1])
    elif _HIDDEN.search(attributes):
        found.hidden.rows.add(row)
    return row


def _columns(head: bytes) -> Iterator[int]:
    """The hidden ones, from 0."""
    for tag in _COLUMNS.finditer(head):
        first, last = _FIRST.search(tag[1]), _LAST.search(tag[1])
        if first and last and _HIDDEN.search(tag[1]) and not _LEVEL.search(tag[1]):
            yield from range(int(first[1]) - 1, min(int(last[1]), _MOST_COLUMNS))


def _column(letters: bytes) -> int:
    number = 0
    for code in letters:
        number = number * 26 + code - 64
    return number - 1
