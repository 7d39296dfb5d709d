"""Ends the processes of a stack whose supervisor died without stopping them.

Reads ``+PID SIGNAL`` and ``-PID`` lines on standard input. At the end of input those that are left get their
signal, and a few seconds later SIGKILL.
"""

import signal
import sys
import time

import psutil

GRACE_SECONDS = 5.0


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watched: dict[int, tuple[psutil.Process, int]] = {}
    for line in sys.stdin:
        pid, _, number = line[1:].partition(" ")
        if line.startswith("-"):
            watched.pop(int(pid), None)
            continue
        try:
            # psutil remembers when the process was started, so a pid that is used again is never signalled.
            watched[int(pid)] = psutil.Process(int(pid)), int(number)
        except psutil.NoSuchProcess:
            continue
    end(list(watched.values()))


def end(orphans: list[tuple[psutil.Process, int]]) -> None:
    for process, number in orphans:
        _signal(process, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(_runs(process) for process, _ in orphans) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process, _ in orphans:
        _signal(process, signal.SIGKILL)


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
