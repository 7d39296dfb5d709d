"""Remarks on a list as a whole that several formats make."""

from collections.abc import Sequence

from quarry.domain.rows import RowIssue, Severity
from quarry.pricelists.bounds import LONGEST_VALUE
from quarry.pricelists.options import ReadOptions


def currency_assumed(rows: int, options: ReadOptions) -> RowIssue:
    return RowIssue(
        code="currency_assumed",
        message=f"The list names no currency for {rows:,} of its prices: they are taken as {options.default_currency}. "
        "Name the currency beside the price.",
        severity=Severity.WARNING,
        column="currency",
    )


def no_category() -> RowIssue:
    return RowIssue(
        code="missing_column",
        message="No category was found («category», «категория»). The goods are imported without one.",
        severity=Severity.WARNING,
        column="category",
    )


def no_prices() -> RowIssue:
    return RowIssue(
        code="no_prices",
        message="None of the goods has a price. Check that the prices were exported too.",
        severity=Severity.WARNING,
        column="price",
    )


def array_skipped(path: Sequence[str], objects: int) -> RowIssue:
    where = ".".join(path[1:]).replace("[.[]", "[]") or "[]"
    return RowIssue(
        code="array_skipped",
        message=f"{objects:,} objects at «{where[:100]}» look like goods but have no price, as those read have: they "
        "were not read. If they are goods, call their fields as the others'.",
        severity=Severity.WARNING,
        value=where[:100],
    )


def no_category_in(sheet: str | None, row: int) -> RowIssue:
    """``row`` is the header's."""
    return RowIssue(
        code="missing_column",
        message="No category was found: neither a column («Категория», «Группа») nor group rows. "
        "The goods are imported without one.",
        severity=Severity.WARNING,
        sheet=sheet,
        row=row,
        column="category",
    )


def empty_heading(sheet: str | None, row: int, heading: str) -> RowIssue:
    return RowIssue(
        code="empty_heading",
        message="The row has a text only, and no goods follow it: it was taken for a group's heading. "
        "If it is goods, give it a price, a unit or an article.",
        severity=Severity.WARNING,
        sheet=sheet,
        row=row,
        value=heading[:LONGEST_VALUE],
    )
