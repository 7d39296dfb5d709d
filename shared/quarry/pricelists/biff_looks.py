"""What the eye sees of an XLS's cells and the spreadsheet engine does not give, from the workbook's own records.

Layout: [MS-XLS]. Older versions than that of 1997 have other records, and nothing is read of them.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from quarry.pricelists.grid import PLAIN, Look
from quarry.pricelists.looks import PADDED, Seen
from quarry.pricelists.shown_money import money_of

_RECORD = struct.Struct("<HH")
_PLACE = struct.Struct("<HHH")
_BEGIN, _SHEET, _FONT, _FORMAT, _STYLE, _ROW = 0x0809, 0x0085, 0x0031, 0x041E, 0x00E0, 0x0208
_COLUMNS, _FILTERED = 0x007D, 0x009B
_VERSION = b"\x00\x06"
_TEXTS, _NUMBERS = {0x00FD, 0x0204, 0x00D6}, {0x0203, 0x027E, 0x0006}
_SEVERAL_NUMBERS = 0x00BD
_WANTED = {_BEGIN, _SHEET, _FONT, _FORMAT, _STYLE, _ROW, _COLUMNS, _FILTERED, _SEVERAL_NUMBERS, *_TEXTS, *_NUMBERS}
_BOLD_FROM = 600
_WHITE = {9, 65}
_ROW_HIDDEN = 0x20
_SKIPPED_FONT = 4  # no font has this number


@dataclass(slots=True)
class _Workbook:
    fonts: list[bool] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    digits: list[int] = field(default_factory=list)
    money: list[str] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    sheets: dict[str, Seen] = field(default_factory=dict)


def seen_in(workbook: bytes) -> dict[str, Seen]:
    """By sheet name. Empty for a workbook of another version or with odd innards."""
    found = _Workbook()
    try:
        for at, kind, content in _records(workbook):
            if kind == _BEGIN and content[:2] != _VERSION:
                return {}
            _take(found, at, kind, content)
    except (struct.error, IndexError, UnicodeDecodeError):
        return {}
    return found.sheets


def _records(workbook: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    while position + _RECORD.size <= len(workbook):
        kind, size = _RECORD.unpack_from(workbook, position)
        content = position + _RECORD.size
        if kind in _WANTED:
            yield position, kind, workbook[content : content + size]
        position = content + size


def _take(found: _Workbook, at: int, kind: int, content: bytes) -> None:
    if kind == _SHEET:
        found.names[struct.unpack_from("<I", content)[0]] = _text(content[6:], content[6])
    elif kind == _FONT:
        found.fonts.append(struct.unpack_from("<H", content, 6)[0] >= _BOLD_FROM)
    elif kind == _FORMAT:
        number, length = struct.unpack_from("<HH", content)
        found.formats[number] = _text(content[3:], length)
    elif kind == _STYLE:
        _style(found, content)
    elif kind == _BEGIN:
        if at in found.names:
            found.sheets[found.names[at]] = Seen()
    elif found.sheets:
        _cell(found, list(found.sheets.values())[-1], kind, content)


def _text(content: bytes, length: int) -> str:
    """``content`` begins a byte before the one that says how wide the characters are."""
    wide = content[1] & 1
    return content[2 : 2 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


def _style(found: _Workbook, content: bytes) -> None:
    font, number = struct.unpack_from("<HH", content)
    font -= font > _SKIPPED_FONT
    (border,) = struct.unpack_from("<I", content, 14)
    (colours,) = struct.unpack_from("<H", content, 18)
    filled = border >> 26 != 0 and colours & 0x7F not in _WHITE
    look = Look(font < len(found.fonts) and found.fonts[font], filled, content[8] & 0x0F)
    found.looks.append(PLAIN if look == PLAIN else look)
    code = found.formats.get(number, "")
    found.digits.append(len(code.partition(";")[0]) if PADDED.fullmatch(code) else 0)
    found.money.append(money_of(code) or "")


def _cell(found: _Workbook, seen: Seen, kind: int, content: bytes) -> None:
    if kind == _FILTERED:
        seen.hidden.filtered = True
        return
    row, column, style = _PLACE.unpack_from(content)
    if kind == _COLUMNS:
        (shown,) = struct.unpack_from("<H", content, 8)
        if shown & 1 and not shown >> 8 & 7:
            seen.hidden.columns.update(range(row, column + 1))
        return
    if kind == _ROW:
        level = content[12] & 7
        if level:
            seen.levels[row + 1] = level
        elif content[12] & _ROW_HIDDEN:
            seen.hidden.rows.add(row + 1)
        return
    if row + 1 not in seen.firsts or column < seen.firsts[row + 1]:
        seen.firsts[row + 1] = column
        if found.looks[style] is PLAIN:
            seen.looks.pop(row + 1, None)
        else:
            seen.looks[row + 1] = found.looks[style]
    if kind in _NUMBERS:
        _format(found, seen, row + 1, column, style)
    elif kind == _SEVERAL_NUMBERS:
        for place in range(4, len(content) - 2, 6):
            (style,) = struct.unpack_from("<H", content, place)
            _format(found, seen, row + 1, column + (place - 4) // 6, style)


def _format(found: _Workbook, seen: Seen, row: int, column: int, style: int) -> None:
    if found.digits[style]:
        seen.padded.setdefault(row, {})[column] = found.digits[style]
    seen.money.note(row, column, found.money[style])
