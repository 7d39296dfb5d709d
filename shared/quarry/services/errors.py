"""A batch's errors and warnings as one list, and the places in it."""

from dataclasses import dataclass
from typing import Any

from quarry.domain.batches import Batch
from quarry.domain.records import ProcessingRecord
from quarry.domain.rows import RowIssue
from quarry.services.cursors import read_cursor


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins: ``skip`` issues further than record ``after``, or into the batch's own issues."""

    after: int | None
    skip: int

    def json(self) -> dict[str, Any]:
        return {"after": self.after, "skip": self.skip}

    @classmethod
    def read(cls, cursor: str | None) -> "Place":
        place = read_cursor(cursor) if cursor else {}
        after, skip = place.get("after"), place.get("skip", 0)
        return cls(after if isinstance(after, int) else None, max(0, skip) if isinstance(skip, int) else 0)


def issues_of_batch(batch: Batch) -> list[tuple[RowIssue, Place]]:
    """What concerns the file or a sheet as a whole, each with the place behind it."""
    fault = [RowIssue(code=batch.error_code, message=batch.error_message or "")] if batch.error_code else []
    return [(issue, Place(None, number)) for number, issue in enumerate([*fault, *batch.issues], start=1)]


def issues_of_record(record: ProcessingRecord) -> list[tuple[RowIssue, Place]]:
    """What concerns one row, each with the place behind it."""
    issues = list(record.row.issues)
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
    # The row before this one is named, since a row is told by what is above it.
    return [(issue, Place(record.sequence - 1, number)) for number, issue in enumerate(issues, start=1)]
