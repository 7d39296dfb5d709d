"""Ids that occur twice in a list."""

from collections.abc import Iterator
from dataclasses import replace

from quarry.domain.rows import RowIssue, Severity
from quarry.pricelists.bounds import LONGEST_VALUE
from quarry.pricelists.scanned import FoundRow, ReadRow, ScannedRow

_Place = tuple[str | None, int]


def told_twice(items: Iterator[FoundRow | RowIssue]) -> Iterator[FoundRow | RowIssue]:
    """The same, with a remark at each row whose id another row had before: both are offers.

    Of an id its hash is kept, as ids may be long: two ids with one hash would get a needless remark.
    """
    places: dict[int, _Place] = {}
    for item in items:
        if isinstance(item, ScannedRow) and not item.reader.has_ids:
            yield item  # most rows: their table has no such column
            continue
        if isinstance(item, RowIssue) or not (known_as := item.external_id):
            yield item
            continue
        place = item.sheet, item.number
        first = places.setdefault(hash(known_as), place)
        # A row of several prices by size is several goods with its one id.
        yield item if first == place else _remarked(item, first)


def _remarked(found: FoundRow, first: _Place) -> ReadRow:
    row = found.read()
    value = (row.external_id or "")[:LONGEST_VALUE]
    sheet, number = first
    where = f"row {number}" if sheet == row.sheet else f"row {number} of the sheet «{sheet}»"
    remark = RowIssue(
        code="same_id",
        message=f"The id «{value}» is in {where} already. Both rows are taken as goods of their own; "
        "give each its own id.",
        severity=Severity.WARNING,
        sheet=row.sheet,
        row=row.row,
        column="id",
        value=value,
    )
    return ReadRow(replace(row, issues=(*row.issues, remark)))
