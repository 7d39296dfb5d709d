"""Ends the processes of a stack whose supervisor was killed before it could stop them.

Reads ``+PID SIGNAL`` and ``-PID`` lines from standard input. The end of input means that the supervisor has ended:
processes that are left get their signal, and those that are stuck SIGKILL.
"""

import signal
import sys
import time

import psutil

from local.standstill import Standstill

POLL_SECONDS = 0.1


def main() -> None:
    # Only the end of input may end this process, or a signal to the whole group would leave orphans.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watched: dict[int, tuple[psutil.Process, int]] = {}
    for line in sys.stdin:
        pid, _, number = line[1:].partition(" ")
        if line.startswith("-"):
            watched.pop(int(pid), None)
            continue
        try:
            # psutil remembers when the process was started, so a reused pid is never signalled.
            watched[int(pid)] = psutil.Process(int(pid)), int(number)
        except psutil.NoSuchProcess:
            continue
    end(list(watched.values()))


def end(orphans: list[tuple[psutil.Process, int]]) -> None:
    for process, number in orphans:
        _signal(process, number)
    left = [(process, Standstill(process.pid)) for process, _ in orphans]
    while left := [(process, standstill) for process, standstill in left if _runs(process)]:
        for process, standstill in left:
            if standstill.stuck():
                _signal(process, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    main()
