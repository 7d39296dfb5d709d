"""Whether a process still gets on with its work: a slow machine is no reason to give it up."""

import time
from contextlib import suppress

import psutil

LOOK_SECONDS = 1.0
# Nothing of ours sleeps through so many looks while somebody waits for it: it is stuck.
STILL_LOOKS = 30
# What turns round and round ends here, so that no start and no stop hangs for ever.
LONGEST_SECONDS = 900.0
_AT_WORK = {psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP}


class Standstill:
    """Watches a process with its descendants; it may be gone already."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._spent = 0.0
        self._still = 0
        self._began = self._looked = time.monotonic()

    def stuck(self) -> bool:
        """True when it has neither computed nor waited for the CPU or the disk for long; ask often."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return False
        # Looks are counted, not seconds: this process may have been kept waiting itself, and the other one with it.
        self._looked = now
        spent, at_work = self._look()
        self._still = 0 if at_work or spent != self._spent else self._still + 1
        self._spent = spent
        return self._still >= STILL_LOOKS or now - self._began >= LONGEST_SECONDS

    def _look(self) -> tuple[float, bool]:
        """CPU seconds so far, and whether any of them is at work this moment."""
        spent, at_work = 0.0, False
        with suppress(psutil.Error):
            process = psutil.Process(self._pid)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.Error), one.oneshot():
                    spent += sum(one.cpu_times())
                    at_work = at_work or one.status() in _AT_WORK
        return spent, at_work
