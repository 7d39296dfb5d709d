"""Busy loops on one CPU, more or fewer of them as they are needed."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

_LOOP = Path(__file__).with_name("loop.py")


class Loops:
    """Each in a session of its own, as the stack's parts are: the kernel may share out a CPU among sessions first.

    They end when this process does, whatever ended it: nobody holds the other end of their pipes any more.
    """

    def __init__(self, cpu: int) -> None:
        self.cpu = cpu
        self._made: list[subprocess.Popen[bytes]] = []
        self.busy = 0

    @property
    def pids(self) -> set[int]:
        return {loop.pid for loop in self._made}

    def turn(self, number: int) -> None:
        """Let that many of them spin."""
        while len(self._made) < number:
            self._made.append(self._start())
        for place in range(min(number, self.busy), max(number, self.busy)):
            _tell(self._made[place], b"1" if place < number else b"0")
        self.busy = number

    def close(self) -> None:
        for loop in self._made:
            loop.kill()
            loop.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        loop = subprocess.Popen(
            [sys.executable, "-I", "-S", _LOOP], stdin=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        os.sched_setaffinity(loop.pid, {self.cpu})
        return loop


def _tell(loop: subprocess.Popen[bytes], word: bytes) -> None:
    assert loop.stdin
    with contextlib.suppress(BrokenPipeError):
        loop.stdin.write(word)
