"""Detects the end of an import, for a server that sees only its writes."""

from collections import deque

# Ticks without a write after which an import counts as ended: the minimum, the maximum, and how many times the import's
# usual long pause lies between them.
_MIN_IDLE_TICKS = 10
_MAX_IDLE_TICKS = 600
_PAUSE_MULTIPLE = 8
_REMEMBERED_PAUSES = 16


class Pace:
    """The rhythm of a collection's writes, counted in the server's own ticks, not in seconds.

    On a slow or busy machine the writes of one import have longer pauses between them. The pause that means its end
    is therefore a multiple of those seen so far. A server that gets no CPU time makes no ticks.
    """

    def __init__(self) -> None:
        self.idle_ticks = 0
        self._write_moments = 0
        self._pauses: deque[int] = deque(maxlen=_REMEMBERED_PAUSES)

    @property
    def quiet(self) -> bool:
        # The second longest pause: the longest may be the one between two imports.
        usual = sorted(self._pauses)[-2] if len(self._pauses) > 1 else 0
        return self.idle_ticks >= min(max(_MIN_IDLE_TICKS, _PAUSE_MULTIPLE * usual), _MAX_IDLE_TICKS)

    def tick(self, write_moments: int) -> None:
        """``write_moments`` is the collection's count of starts and ends of writes."""
        if write_moments == self._write_moments and write_moments % 2 == 0:
            self.idle_ticks += 1
            return
        if self.idle_ticks:
            self._pauses.append(self.idle_ticks)
        self._write_moments = write_moments
        self.idle_ticks = 0
