"""How far the cells of an XLS reach: the spreadsheet engine allocates the area, given by two bytes a side.

Layout: [MS-XLS], a stream of records, each with its kind and its length.
"""

import struct

_RECORD = struct.Struct("<HH")
_BEGINS = {0x0009, 0x0209, 0x0409, 0x0809}
# Numbers, texts, formulas, blanks, each in what the versions of the format call it.
_CELLS = {
    0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD,
    0x0201, 0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406,
}  # fmt: skip
_SEVERAL = {0x00BD, 0x00BE}  # cells side by side; the last one's column ends the record
_DIMENSIONS = 0x0200
_FILE_PASS = 0x002F
_LOOKED_AT = 40  # records: the one of a password is among the first
_MOST_ROWS, _MOST_COLUMNS = 1 << 16, 1 << 8


def used_area(workbook: bytes) -> tuple[int, int]:
    """Rows and columns of the largest sheet. Raises ValueError when a cell lies where the format has none."""
    largest = 0, 0
    rows = columns = position = 0
    while position + _RECORD.size <= len(workbook):
        kind, size = _RECORD.unpack_from(workbook, position)
        position += _RECORD.size
        if kind in _BEGINS:
            rows = columns = 0
        elif kind in _CELLS and size >= _RECORD.size and position + size <= len(workbook):
            row, column = _RECORD.unpack_from(workbook, position)
            if kind in _SEVERAL:
                (last,) = struct.unpack_from("<H", workbook, position + size - 2)
                column = max(column, last)
            if column >= _MOST_COLUMNS:
                raise ValueError("column")
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            largest = max(largest, (rows, columns), key=lambda area: area[0] * area[1])
        elif kind == _DIMENSIONS:
            _check_dimensions(workbook[position : position + size])
        position += size
    return largest


def is_encrypted(workbook: bytes) -> bool:
    """Whether a password is needed: then the records' contents say nothing."""
    position = 0
    for _ in range(_LOOKED_AT):
        if position + _RECORD.size > len(workbook):
            return False
        kind, size = _RECORD.unpack_from(workbook, position)
        if kind == _FILE_PASS:
            return True
        position += _RECORD.size + size
    return False


def _check_dimensions(record: bytes) -> None:
    if len(record) >= 14:  # noqa: PLR2004 - the newer version's
        _, rows, _, columns = struct.unpack_from("<IIHH", record)
    elif len(record) >= 8:  # noqa: PLR2004
        _, rows, _, columns = struct.unpack_from("<4H", record)
    else:
        return
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS:
        raise ValueError("dimensions")
