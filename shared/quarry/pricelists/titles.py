"""The rows above a table: which of their texts name its goods, and which stand at the head of each page."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from quarry.pricelists.categories import is_quality, is_title
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, Sheet, is_filled, text
from quarry.pricelists.table import Table
from quarry.pricelists.variants import subject_of


class Titles:
    """``named`` are the texts that may name goods, in their order; ``repeated``: whether the header comes again.

    ``page_head`` are those of them that come again as well: a company's name, not a group's.
    """

    def __init__(self, sheet: Sheet, header: Header, above: Sequence[Line], at_hand: Iterable[Line]) -> None:
        """``at_hand`` are the rows below as far as they are known, where the sheet can be read once only."""
        self._sheet = sheet
        self._rows = list(at_hand) if isinstance(sheet.lines, Iterator) else sheet.lines
        self._header = header
        self._above = above
        texts = (text(cell) for line in above for cell in line.cells if cell != "")
        self.named = list(dict.fromkeys(filter(is_title, texts)))
        self.repeated = bool(self.named) and self._repeats()
        self.page_head = {title for title in self.named if self.repeated and self._stands_again(title)}

    def subject(self) -> str | None:
        """What goods are that are called by their sizes alone."""
        if self._header.subject:
            return self._header.subject
        found = [title for line in self._above for cell in line.cells if (title := _subject(cell, self.named))]
        return found[-1] if found else None

    def section(self, base: Sequence[str], *, headed: bool) -> str | None:
        """The title of the first of several sections, below the category ``base``.

        It is the only title, or the one right above a header that comes again below titles, or above goods whose
        headings begin their names (``headed``).
        """
        if self.page_head or not self.named:
            return None
        if len(self.named) == 1 and not base:
            return self.named[0] if self.repeated or self._sheet.is_strip else None
        last = next((line for line in reversed(self._above) if any(map(is_filled, line.cells))), None)
        texts = [text(cell) for cell in last.cells if is_filled(cell)] if last else []
        titled = len(texts) == 1 and texts[0] in self.named and texts[0] not in base
        return texts[0] if titled and (headed or self._titled_again()) else None

    def _titled_again(self) -> bool:
        """Whether a text stands alone right above the header where that comes again."""
        if not self.repeated:
            return False
        name = next(label for label in self._header.labels if label)
        rows = (line for line in self._below() if any(map(is_filled, line.cells)))
        return any(name in line.cells and sum(map(is_filled, above.cells)) == 1 for above, line in pairwise(rows))

    def entitle(self, tables: Sequence[Table]) -> bool:
        """Give each of several tables side by side the title above it; False where they have none of their own."""
        last = next((line for line in reversed(self._above) if any(cell != "" for cell in line.cells)), None)
        if last is None or len(tables) < 2:  # noqa: PLR2004 - side by side
            return False
        titles = [
            [found for cell in last.cells[table.layout.start : table.layout.stop] if is_title(found := text(cell))]
            for table in tables
        ]
        if any(len(found) != 1 for found in titles):
            return False
        for table, (title,) in zip(tables, titles, strict=True):
            table.headings.section(title)
        return True

    def _repeats(self) -> bool:
        """Whether the header comes again: then the list has sections, and the first title is the first section's."""
        name = next((label for label in self._header.labels if label), "")
        return bool(self._header.depth) and any(name in line.cells for line in self._below())

    def _stands_again(self, title: str) -> bool:
        return any(text(cell) == title for line in self._below() for cell in line.cells)

    def _below(self) -> Iterator[Line]:
        return (line for line in self._rows if line.number > self._header.last)


def _subject(cell: Cell, named: Sequence[str]) -> str | None:
    """A title, or «Доска обрезная» of «Доска обрезная, цена руб/м3»; the one that is nearest to the table counts."""
    title = text(cell) if isinstance(cell, str) else ""
    if title in named:
        return title
    subject = subject_of(title) if title else None
    return subject if subject and subject != title and is_title(subject) and not is_quality(subject) else None
