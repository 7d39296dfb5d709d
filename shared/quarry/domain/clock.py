"""Revisions of records: a hybrid logical clock (Kulkarni et al., 2014) in one integer.

A revision is ``milliseconds since 1970 << 20`` and a random step: it grows with wall time, and still grows when the
wall clock stands or steps back. The random step makes it one writer's own: two environments that write after the same
revision in the same moment, or after one from a clock that is fast, give different ones. So equal revisions mean equal
copies, and every store can decide by the number alone. It fits 63 bits until the year 2248.
"""

import secrets
import threading
import time
from collections.abc import Callable

_STEP_BITS = 20


class HybridClock:
    """Gives revisions that only grow, also across revisions seen from elsewhere."""

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._last = 0
        self._lock = threading.Lock()

    def next(self, seen: int = 0) -> int:
        """A revision above every one given before and above ``seen``."""
        # The system's randomness: environments restored from one snapshot share the state of any other.
        step = 1 + secrets.randbits(_STEP_BITS)
        with self._lock:
            self._last = max(max(self._now_ms() << _STEP_BITS, seen) + step, self._last + 1)
            return self._last


clock = HybridClock()
