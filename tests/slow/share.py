"""How many busy loops keep a process tree at a sixth of the CPU that they share, or below."""

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

LIMIT = 1 / 6
FEWEST, MOST = 5, 60
WINDOW_SECONDS = 5.0
# Where the control aims, since it only sees what has been.
_AIM = 0.93 * LIMIT
_RECENT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Reading:
    """CPU seconds of the tree and of the loops until this moment, and how many loops spun before it."""

    moment: float
    tree: float
    loops: float
    busy: int


class Shares:
    """The shares that the tree got, over windows of some seconds, and what follows from the last ones.

    A thread that can run gets a sixth beside five loops. Whether the kernel shares out among threads or among sessions:
    what the tree gets for each second that one loop gets tells how many loops it weighs.
    """

    def __init__(self) -> None:
        self._readings: deque[_Reading] = deque()
        self._above = 0.0
        self.busy = FEWEST
        self.highest = 0.0

    def note(self, moment: float, tree: float, loops: float) -> int:
        """Returns how many loops shall spin from now on."""
        readings = self._readings
        readings.append(_Reading(moment, tree, loops, self.busy))
        while len(readings) > 2 and moment - readings[1].moment >= WINDOW_SECONDS:
            readings.popleft()
        if moment - readings[0].moment >= WINDOW_SECONDS:
            self.highest = max(self.highest, self._share())
            self._above += moment - readings[-2].moment if self._share() > LIMIT else 0.0
        wanted = math.ceil(self._weight() * FEWEST * max(1.0, self._share() / _AIM))
        # Not fewer at once: a tree that rests for a moment is soon back.
        self.busy = min(MOST, max(FEWEST, wanted, self.busy * 4 // 5))
        return self.busy

    @property
    def above(self) -> float:
        """Seconds at whose end a window was above the limit."""
        return self._above

    def _share(self) -> float:
        first, last = self._readings[0], self._readings[-1]
        return (last.tree - first.tree) / (last.moment - first.moment) if last is not first else 0.0

    def _weight(self) -> float:
        """Of the tree, in loops, as it lately was."""
        last = self._readings[-1]
        past = [one for one in self._readings if last.moment - one.moment <= _RECENT_SECONDS]
        recent = past if len(past) > 1 else list(self._readings)[-2:]
        if last.loops <= recent[0].loops:
            return 0.0
        spun = sum(later.busy * (later.moment - sooner.moment) for sooner, later in pairwise(recent))
        mean = spun / (last.moment - recent[0].moment)
        return mean * (last.tree - recent[0].tree) / (last.loops - recent[0].loops)
