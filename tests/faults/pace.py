"""How many times slower this machine is than the one of the budgets, so that no run fails only for that."""

import threading
import time

# What so many rounds take on that machine. Shorter work would fit between the time slices of other processes.
_TURNS = 5_000_000
_REFERENCE_SECONDS = 0.15
_PAUSE_SECONDS = 10.0


def slowness() -> float:
    """Of this moment, and never less than 1."""
    began = time.perf_counter()
    for _ in range(_TURNS):
        pass
    return max(1.0, (time.perf_counter() - began) / _REFERENCE_SECONDS)


class Pace:
    """Measures repeatedly until closed; ``factor`` is the highest value measured."""

    def __init__(self) -> None:
        self.factor = slowness()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_PAUSE_SECONDS):
            self.factor = max(self.factor, slowness())
