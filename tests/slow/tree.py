"""The CPU time of what this process started, and of what that started in turn."""

import ctypes
import os
import resource
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class _Process:
    """``seconds`` are its own and those of the children that it has waited for."""

    parent: int
    zombie: bool
    seconds: float


def adopt_orphans() -> None:
    """From now on a descendant that loses its parent is this process's child, in whatever session it is."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Tree:
    """This process's descendants but those named ``others``; ``pids`` are those that lived at the last look."""

    def __init__(self) -> None:
        self.pids: set[int] = set()

    def look(self, others: set[int], *, awaited: set[int]) -> tuple[float, float]:
        """CPU seconds so far of the tree, including processes that have ended, and of ``others``.

        Adopted processes that ended are reaped; ``awaited`` ones are waited for by who started them.
        """
        waited_for = resource.getrusage(resource.RUSAGE_CHILDREN)
        processes = self._snapshot()
        self.pids = _family(processes) - others
        for pid in self.pids - awaited:
            if processes[pid].zombie and processes[pid].parent == os.getpid():
                os.waitpid(pid, os.WNOHANG)
        return (
            waited_for.ru_utime + waited_for.ru_stime + sum(processes[pid].seconds for pid in self.pids),
            sum(processes[pid].seconds for pid in others & processes.keys()),
        )

    def _snapshot(self) -> Mapping[int, _Process]:
        """Every process. None of ours ended meanwhile: its time would count twice, or in neither it nor its parent."""
        while True:
            processes = {pid: one for pid in _pids() if (one := _process(pid))}
            missed = self.pids - processes.keys()
            if not missed and _family(processes) <= _pids():
                return processes
            self.pids -= missed


def _family(processes: Mapping[int, _Process]) -> set[int]:
    """The descendants of this process."""
    children: dict[int, list[int]] = {}
    for pid, one in processes.items():
        children.setdefault(one.parent, []).append(pid)
    family: set[int] = set()
    found = [os.getpid()]
    while found:
        young = children.get(found.pop(), [])
        family.update(young)
        found += young
    return family


def _pids() -> set[int]:
    return {int(entry) for entry in os.listdir("/proc") if entry.isdigit()}  # noqa: PTH208 - many, many times


def _process(pid: int) -> _Process | None:
    with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/stat", "rb", 0) as stat:  # noqa: PTH123
        # The name, in brackets, may hold anything.
        fields = stat.read(2000).rpartition(b") ")[2].split(None, 15)
        return _Process(int(fields[1]), fields[0] == b"Z", sum(map(int, fields[11:15])) / _TICKS)
    return None
