"""Files judged in a process of its own, so that a crash, a hang or a flood of memory is a finding, not the end."""

import contextlib
import multiprocessing
import os
import resource
import sys
import tempfile
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

import psutil

from local.standstill import Standstill
from tests.fuzz.judge import judged

MEMORY = 1 << 30
SECONDS = 60.0  # of CPU
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome``: «rows», a refusal's code, or how a promise was broken; ``noise`` is what the engine printed."""

    outcome: str
    finding: str | None = None
    noise: str = ""
    peak_growth: int = 0
    names: tuple[str, ...] = ()


class Worker:
    """One child at a time; one that has ended or hangs is replaced."""

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
        self._child: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def judge(self, content: bytes | Path, name: str) -> Verdict:
        """The content, or a file that holds it."""
        if self._child is None or not self._child.is_alive():
            self._start()
        try:
            self._requests.send((content, name))
            if not self._answered():
                self._stop()
                return Verdict("hang", f"no answer within {self._seconds:g} s of CPU")
            return self._answers.recv()
        except (EOFError, OSError):
            assert self._child is not None
            self._child.join(10)
            return Verdict("crash", f"the process died: {self._child.exitcode}")

    def _answered(self) -> bool:
        """False when the child has computed for too long, or does nothing."""
        assert self._child is not None
        child = psutil.Process(self._child.pid)
        began, standstill = sum(child.cpu_times()[:2]), Standstill(child.pid)
        while not self._answers.poll(_LOOK_SECONDS):
            with contextlib.suppress(psutil.NoSuchProcess):
                if sum(child.cpu_times()[:2]) - began > self._seconds or standstill.stuck():
                    return False
        return True

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        theirs, self._requests = context.Pipe(duplex=False)
        self._answers, answers = context.Pipe(duplex=False)
        self._child = context.Process(target=_serve, args=(theirs, answers, self._memory), daemon=True)
        self._child.start()
        theirs.close()
        answers.close()

    def _stop(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.join()
        self._requests.close()
        self._answers.close()
        self._child = None


def _serve(requests: "Connection[object, tuple[bytes | Path, str]]", answers: Connection, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        while True:
            try:
                content, name = requests.recv()
            except EOFError:
                return
            noise.truncate(0)
            answers.send(_verdict(content, name, noise))


def _verdict(content: bytes | Path, name: str, noise) -> Verdict:
    before = peak()
    finding, read = None, []
    try:
        outcome, read = judged(content, name)
    except MemoryError:
        outcome, finding = "memory", "out of memory"
    except BaseException as error:  # noqa: BLE001 - a panic of the engine is not an Exception
        outcome = type(error).__name__
        finding = "".join(traceback.format_exception(error))[-3000:]
    noise.seek(0)
    printed = noise.read(2000).decode(errors="replace").strip("\0")
    names = tuple(row.name for row in read if hasattr(row, "name"))
    return Verdict(outcome, finding, printed, peak() - before, names)


def peak() -> int:
    """The most memory that this process held, in bytes; not that of the one which started it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
