"""The CPU time of a stack by group of processes; unlike wall time it hardly depends on how busy the machine is."""

from collections import Counter

import psutil

GROUPS = ("functions", "PostgreSQL", "Qdrant", "rest")


def spent(root: int) -> Counter[str]:
    """CPU seconds so far of ``root`` and all processes below it, including ended ones, by group."""
    seconds: Counter[str] = Counter()
    top = psutil.Process(root)
    for process in (top, *top.children(recursive=True)):
        try:
            group, times = _group(process), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        # A parent's times include those of its children that have ended and were waited for.
        seconds[group] += sum(times[:4])
    return seconds


def _group(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    if process.name().startswith("postgres"):
        return "PostgreSQL"
    if "local.qdrant" in command:
        return "Qdrant"
    if "awslambdaric" in command or "local.prepared" in command:
        return "functions"
    return "rest"
