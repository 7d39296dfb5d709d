"""The CPU time of a stack by what it is spent for: unlike wall time it tells the same on a busy machine."""

from collections import Counter

import psutil

GROUPS = ("functions", "PostgreSQL", "Qdrant", "rest")


def spent(root: int) -> Counter[str]:
    """Seconds of all processes below ``root`` so far, those that ended included, by group."""
    seconds: Counter[str] = Counter()
    top = psutil.Process(root)
    for process in (top, *top.children(recursive=True)):
        try:
            group, times = _group(process), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        # Of children that ended and were waited for the parent keeps the sum.
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
