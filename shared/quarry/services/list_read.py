"""A price list read to its end, and once more where a model proposes how its sheets are laid out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, Self

from quarry.domain.batches import Batch
from quarry.domain.reading import LayoutCorrection, ReadBy
from quarry.domain.rows import RowIssue
from quarry.errors import BadPriceList
from quarry.pricelists import FoundRow, ReadOptions, Report
from quarry.pricelists.reading import scan
from quarry.services.spool import RowSpool


class ListRead:
    """``taken`` are the proposals that the sheets' own evidence bore out."""

    def __init__(self, file: BinaryIO, file_name: str, options: ReadOptions) -> None:
        self._file = file
        self._file_name = file_name
        self._options = options
        self._issues: list[RowIssue] = []
        self._rows: RowSpool | None = None
        self._fault: BadPriceList | None = None
        self.report = Report()
        self.taken: tuple[LayoutCorrection, ...] = ()
        try:
            self._rows = RowSpool(self._found())
        # Kept, not raised: the report says what a person can correct, whatever becomes of the rows.
        except BadPriceList as error:
            self._fault = error

    @property
    def rows(self) -> RowSpool:
        """Raises BadPriceList of a list that was not read to its end."""
        if self._rows is None:
            assert self._fault is not None
            raise self._fault
        return self._rows

    @property
    def is_whole(self) -> bool:
        return self._fault is None

    def described(self, batch: Batch) -> Batch:
        report = self.report
        return batch.describe(issues=tuple(self._issues), rows_seen=report.rows_seen, attention=tuple(report.attention))

    def with_help(self, proposed: Mapping[str, LayoutCorrection]) -> Self:
        """The list read with the proposals, where at least one was taken; else as it is."""
        known = self._options.layouts
        by_people = {known_as: known[known_as] for known_as in known if known[known_as].read_by is ReadBy.PERSON}
        # By people last: what a person has said outweighs a proposal.
        options = replace(self._options, layouts={**known, **proposed, **by_people})
        again = type(self)(self._file, self._file_name, options)
        by_model = {sheet.fingerprint for sheet in again.report.sheets if sheet.read_by is ReadBy.MODEL}
        again.taken = tuple(correction for known_as, correction in proposed.items() if known_as in by_model)
        # A proposal that keeps the list from being read to its end helps nobody.
        if not again.taken or not again.is_whole:
            again.close()
            return self
        self.close()
        return again

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()

    def _found(self) -> Iterator[FoundRow]:
        for item in scan(self._file, self._file_name, self._options, self.report):
            if isinstance(item, RowIssue):
                self._issues.append(item)
            else:
                yield item
