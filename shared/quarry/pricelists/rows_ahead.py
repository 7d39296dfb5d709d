"""The rows of a sheet that come next, as far as they must be at hand for what is before them to be understood."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from quarry.pricelists.account import Account
from quarry.pricelists.grid import Line, is_filled
from quarry.pricelists.kinds import Kind
from quarry.pricelists.layout import Layout
from quarry.pricelists.spread import Spread
from quarry.pricelists.two_rows import goes_on


class RowsAhead:
    """``lines`` are read as far as they are asked for.

    ``goes_on_below``: the layout of goods whose names the rows below them end; ``spread``: how goods are said over
    several rows.
    """

    def __init__(self, lines: Iterator[Line], account: Account) -> None:
        self._lines = lines
        self._account = account
        self.at_hand: deque[Line] = deque()
        self.goes_on_below: Layout | None = None
        self.spread: Spread | None = None

    @property
    def are_whole(self) -> bool:
        """Whether each row is goods of its own."""
        return self.goes_on_below is None and self.spread is None

    def fill(self, count: int) -> bool:
        """Have so many rows at hand, as far as there are; whether there are any."""
        lacking = count - len(self.at_hand)
        if lacking > 0:
            self.at_hand.extend(islice(self._lines, lacking))
        return bool(self.at_hand)

    def take(self, count: int) -> list[Line]:
        """The next of the rows at hand, as they are."""
        return [self.at_hand.popleft() for _ in range(count)]

    def rest(self) -> Iterator[Line]:
        """All that are left."""
        while self.fill(1):
            yield self.at_hand.popleft()

    def next(self) -> Line:
        """The next row, with those below it that say more of the same goods."""
        line = self.at_hand.popleft()
        if self.spread:
            return self._whole(self.spread, line)
        joined = goes_on(self.goes_on_below, line, self.at_hand[0]) if self.goes_on_below and self.at_hand else None
        if joined:
            self._take_below()
        return joined or line

    def _whole(self, spread: Spread, line: Line) -> Line:
        rows, key = [line], spread.key(line)
        while any(map(is_filled, key)) and self.fill(1) and spread.key(self.at_hand[0]) == key:
            rows.append(self._take_below())
        return spread.joined(rows) if len(rows) > 1 else line

    def _take_below(self) -> Line:
        self._account.count(Kind.CONTINUATION)
        return self.at_hand.popleft()
