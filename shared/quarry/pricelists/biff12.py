"""How far the cells of an XLSB sheet reach: the spreadsheet engine allocates the area, given by four bytes a side.

Layout: [MS-XLSB], a stream of records, each with its kind and its length, seven bits of either in a byte.
"""

from typing import IO

_PART = 1 << 20
_HEAD = 10  # the longest kind and length, and the number that a row or a cell begins with
_SHEET_DATA = 145
_ROW = 0
_CELLS = range(2, 12)  # the blank ones, of kind 1, are nothing to the engine
_MORE = 0x80


def used_area(part: IO[bytes]) -> tuple[int, int]:
    """Rows and columns of a sheet, none of any other part. Raises ValueError when a row is below a later one."""
    rows = columns = row = position = 0
    sheet, window = False, b""
    while chunk := part.read(_PART):
        window, position = window[position:] + chunk, max(position - len(window), 0)
        while position + _HEAD <= len(window):
            kind, position = _integer(window, position, 2)
            size, position = _integer(window, position, 4)
            if kind == _SHEET_DATA:
                sheet = True
            elif sheet and kind == _ROW:
                below, row = row, int.from_bytes(window[position : position + 4], "little")
                if row < below:
                    raise ValueError("the rows are out of order")
            elif sheet and kind in _CELLS:
                column = int.from_bytes(window[position : position + 4], "little")
                rows, columns = row + 1, max(columns, column + 1)
            position += size
    return rows, columns


def _integer(window: bytes, position: int, longest: int) -> tuple[int, int]:
    """The number at ``position``, of at most ``longest`` bytes, and where it ends."""
    number = window[position]
    if number < _MORE:
        return number, position + 1
    number &= _MORE - 1
    for place in range(1, longest):
        byte = window[position + place]
        number |= (byte & (_MORE - 1)) << 7 * place
        if byte < _MORE:
            return number, position + place + 1
    return number, position + longest
