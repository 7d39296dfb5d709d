"""Revisions of records: a hybrid logical clock (Kulkarni et al., 2014) in one integer.

A revision is ``milliseconds since 1970 << 16 | counter``: it grows with wall time, and still grows when the wall
clock stands or steps back.
"""

import threading
import time
from collections.abc import Callable

_COUNTER_BITS = 16


class HybridClock:
    """Gives revisions that only grow, also across revisions seen from elsewhere."""

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._last = 0
        self._lock = threading.Lock()

    def next(self, seen: int = 0) -> int:
        """A revision above every one given before and above ``seen``."""
        with self._lock:
            self._last = max(self._now_ms() << _COUNTER_BITS, self._last + 1, seen + 1)
            return self._last


clock = HybridClock()
