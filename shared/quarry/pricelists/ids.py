"""Ids that stand twice in a list."""

from collections.abc import Iterator
from dataclasses import replace

from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.pricelists.bounds import LONGEST_VALUE

_Place = tuple[str | None, int]


def told_twice(items: Iterator[PriceRow | RowIssue]) -> Iterator[PriceRow | RowIssue]:
    """The same, with a remark at each row whose id another row had before: both are offers.

    Of an id its hash is kept, as ids may be long: two ids with one hash would get a needless remark.
    """
    places: dict[int, _Place] = {}
    for item in items:
        if isinstance(item, PriceRow) and item.external_id:
            place = item.sheet, item.row
            first = places.setdefault(hash(item.external_id), place)
            # A row of several prices by size is several goods with its one id.
            yield item if first == place else replace(item, issues=(*item.issues, _remark(item, first)))
        else:
            yield item


def _remark(row: PriceRow, first: _Place) -> RowIssue:
    value = (row.external_id or "")[:LONGEST_VALUE]
    sheet, number = first
    where = f"row {number}" if sheet == row.sheet else f"row {number} of the sheet «{sheet}»"
    return RowIssue(
        code="same_id",
        message=f"The id «{value}» stands in {where} already. Both rows are taken as goods of their own; "
        "give each its own id.",
        severity=Severity.WARNING,
        sheet=row.sheet,
        row=row.row,
        column="id",
        value=value,
    )
