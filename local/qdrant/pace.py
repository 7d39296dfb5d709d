"""When an import has ended, as far as a server can tell that sees nothing of it but writes."""

from collections import deque

# Ticks without a write that end an import: at least, at most, and how many times its usual long pause.
_LEAST_STILL = 10
_MOST_STILL = 600
_PAUSES = 8
_REMEMBERED = 16


class Pace:
    """The rhythm of a collection's writes, counted in the server's own ticks and not in seconds.

    A machine that is slow, or busy with other things, makes longer pauses between the writes of one import. What ends
    it is therefore measured by the pauses that it has made so far; a server that gets no time of the processor does
    not count meanwhile.
    """

    def __init__(self) -> None:
        self.still = 0
        self._moves = 0
        self._pauses: deque[int] = deque(maxlen=_REMEMBERED)

    @property
    def quiet(self) -> bool:
        # The longest pause but one: the longest may be that between two imports.
        usual = sorted(self._pauses)[-2] if len(self._pauses) > 1 else 0
        return self.still >= min(max(_LEAST_STILL, _PAUSES * usual), _MOST_STILL)

    def tick(self, moves: int) -> None:
        """``moves`` is the collection's count of beginnings and ends of writes."""
        if moves == self._moves and moves % 2 == 0:
            self.still += 1
            return
        if self.still:
            self._pauses.append(self.still)
        self._moves = moves
        self.still = 0
