"""Texts that are longer than anybody writes: read as far as is sensible, with a remark."""

from quarry.domain.rows import RowIssue, Severity

LONGEST_TEXT = 2_000  # as what is submitted to the API: the longest name of the lists we know has 192 characters
LONGEST_DESCRIPTION = 10_000
# A category is in each of its rows, a sheet's name too: a long one takes its length as many times.
LONGEST_CATEGORY = 200
LONGEST_SHEET = 100
LONGEST_VALUE = 200  # of a value shown in a remark


def shortened(text: str, longest: int) -> str:
    """The beginning of a text, to the end of a word where there is one."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    at_word = head.rpartition(" ")[0].rstrip(" ,;/")
    return at_word if len(at_word) > longest // 2 else head


def too_long(
    text: str, longest: int, *, sheet: str | None = None, row: int | None = None, column: str | None = None
) -> RowIssue:
    return RowIssue(
        code="text_too_long",
        message=f"The text has more than {longest:,} characters: only its beginning was read. Shorten it.",
        severity=Severity.WARNING,
        sheet=sheet,
        row=row,
        column=column[:LONGEST_VALUE] if column else None,
        value=text[:LONGEST_VALUE],
    )
