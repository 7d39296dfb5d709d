"""What a reading says of itself, beside the rows that it gives."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from quarry.domain.attention import Attention
from quarry.domain.reading import SheetReading
from quarry.pricelists.grid import Line


class Report:
    """Filled while a list is read, and whole when its last row was given.

    ``rows_seen`` are the rows of all its sheets, goods or not; ``attention`` is what a person should look at.
    """

    def __init__(self) -> None:
        self.rows_seen = 0
        self.sheets: list[SheetReading] = []
        self.attention: list[Attention] = []

    def counted(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines."""
        for line in lines:
            self.rows_seen += 1
            yield line

    def tell(self, told: Attention, message: str) -> None:
        """Something that sheets have in common: said once for the file, in these words for a number of rows."""
        for place, earlier in enumerate(self.attention):
            if earlier.code == told.code:
                told = replace(told, sheet=None, count=earlier.count + told.count)
                del self.attention[place]
                break
        self.attention.append(replace(told, message=message.format(count=told.count)))
