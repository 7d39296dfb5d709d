"""A sheet's header as a person, or a model that is borne out, says that it is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from quarry.domain.reading import ReadBy
from quarry.pricelists.detection import Header, no_header
from quarry.pricelists.grid import Line, is_filled
from quarry.pricelists.opening import Spans, corrected, support
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.story import Story

_LEAST_SUPPORT = 0.5  # of the rows must be goods as a model proposes


class Corrections:
    """The corrections that are remembered of one sheet's layouts."""

    def __init__(self, options: ReadOptions, story: Story, spans: Spans) -> None:
        self._layouts = options.layouts
        self._story = story
        self._spans = spans

    def of_bare(self, lines: Sequence[Line]) -> Iterator[tuple[int, Header]]:
        """A sheet in which nothing was found is known by its width alone."""
        first = next((at for at, line in enumerate(lines) if any(map(is_filled, line.cells))), None)
        if first is None:
            return
        bare = no_header(lines[first:])
        correction = self._layouts.get(self._story.known_as(bare, lines))
        if correction and (correction.read_by is ReadBy.PERSON or self.begun(lines, first, bare)[1] is not bare):
            yield first, bare

    def begun(self, lines: Sequence[Line], index: int, header: Header) -> tuple[int, Header]:
        """Where the table begins, and its header."""
        correction = self._layouts.get(self._story.known_as(header, lines[index:]))
        at, other = corrected(lines, index, header, correction, self._spans)
        if correction and correction.read_by is ReadBy.MODEL:
            proposed, own = (support(one, lines[place + one.depth :]) for place, one in ((at, other), (index, header)))
            if proposed < max(own, _LEAST_SUPPORT):
                return index, header
        return at, other

    def of_later(self, lines: Sequence[Line], index: int, header: Header) -> Header:
        """A further table's header: its place is found, its columns are as they were corrected."""
        correction = self._layouts.get(self._story.known_as(header, lines[index:]))
        if not correction:
            return header
        return corrected(lines, index, header, replace(correction, header_rows=None), self._spans)[1]
