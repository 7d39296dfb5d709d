"""A batch's errors and warnings as one list, and the places in it."""

from typing import Final, NamedTuple

from quarry.domain.batches import Batch
from quarry.domain.records import ProcessingRecord
from quarry.domain.rows import RowIssue
from quarry.services.pages import Cursors

ISSUES: Final = Cursors("issues", record=int | None, skip=int)


class IssuePlace(NamedTuple):
    """Where the next page begins: behind so many issues of a record, or of the batch itself where that is None."""

    record: int | None
    skip: int


FIRST: Final = IssuePlace(None, 0)


def issues_of_batch(batch: Batch) -> list[tuple[RowIssue, IssuePlace]]:
    """What concerns the file or a sheet as a whole, each with the place behind it."""
    fault = [RowIssue(code=batch.error_code, message=batch.error_message or "")] if batch.error_code else []
    return [(issue, IssuePlace(None, number)) for number, issue in enumerate([*fault, *batch.issues], start=1)]


def issues_of_record(record: ProcessingRecord) -> list[tuple[RowIssue, IssuePlace]]:
    """What concerns one row, each with the place behind it."""
    issues = list(record.row.issues)
    # A row that could not be read has failed by one of its own issues: that is not shown twice.
    if record.error_code and record.error_code not in {issue.code for issue in issues}:
        issues.append(
            RowIssue(
                code=record.error_code,
                message=record.error or "",
                sheet=record.row.sheet,
                row=record.row.row,
                value=record.row.name,
            )
        )
    return [(issue, IssuePlace(record.sequence, number)) for number, issue in enumerate(issues, start=1)]
