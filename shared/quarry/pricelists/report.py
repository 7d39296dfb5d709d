"""What a reading says of itself, beside the rows that it gives."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from quarry.domain.attention import Attention
from quarry.domain.reading import Excerpt, SheetReading
from quarry.pricelists.grid import Line


class Report:
    """Filled while a list is read, and complete after its last row.

    ``rows_seen`` are the rows of all its sheets, goods or not; ``attention`` is what a person should look at;
    ``excerpts`` are of the sheets whose layout is a guess.
    """

    def __init__(self) -> None:
        self.rows_seen = 0
        self.sheets: list[SheetReading] = []
        self.attention: list[Attention] = []
        self.excerpts: list[Excerpt] = []

    def counted(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines."""
        for line in lines:
            self.rows_seen += 1
            yield line

    def add(self, attention: Attention, message: str) -> None:
        """Something that sheets have in common: said once for the file, in these words for a number of rows."""
        for place, earlier in enumerate(self.attention):
            if earlier.code == attention.code:
                attention = replace(attention, sheet=None, count=earlier.count + attention.count)
                del self.attention[place]
                break
        self.attention.append(replace(attention, message=message.format(count=attention.count)))
