"""Whether a process is stuck, as opposed to slow: one that makes progress is never given up."""

import time
from contextlib import suppress

import psutil

CHECK_SECONDS = 1.0
# No process of ours is idle at so many checks in a row while another waits for it.
MAX_IDLE_CHECKS = 30
# Ends a busy loop as well, so that no start and no stop hangs for ever.
MAX_WAIT_SECONDS = 900.0
_BUSY_STATUSES = {psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP}


class Standstill:
    """Watches a process with its descendants; it may already have ended."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_seconds = 0.0
        self._idle_checks = 0
        self._began = self._checked = time.monotonic()

    def stuck(self) -> bool:
        """True when it has neither computed nor waited for CPU or disk for a long time; call it often."""
        now = time.monotonic()
        if now - self._checked < CHECK_SECONDS:
            return False
        # Checks are counted, not seconds: on an overloaded machine this process gets no CPU either.
        self._checked = now
        cpu_seconds, busy = self._check()
        self._idle_checks = 0 if busy or cpu_seconds != self._cpu_seconds else self._idle_checks + 1
        self._cpu_seconds = cpu_seconds
        return self._idle_checks >= MAX_IDLE_CHECKS or now - self._began >= MAX_WAIT_SECONDS

    def _check(self) -> tuple[float, bool]:
        """CPU seconds used so far by all of them, and whether any is busy at this moment."""
        cpu_seconds, busy = 0.0, False
        with suppress(psutil.Error):
            process = psutil.Process(self._pid)
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.Error), each.oneshot():
                    cpu_seconds += sum(each.cpu_times())
                    busy = busy or each.status() in _BUSY_STATUSES
        return cpu_seconds, busy
