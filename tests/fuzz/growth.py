"""How the cost of reading a text grows with its length: texts that make it grow, and the growth that is too much.

Twice the length may cost three times the CPU, where the cost can be measured at all. The CPU time of one thread is
compared with its own a moment before, so a slow or busy machine decides nothing.
"""

import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import permutations, product

FLOOR = 0.004  # CPU seconds; what costs less is measured as noise
MOST = 3.0
_SECONDS = 5.0
_TRIES = 5

_LETTERS = {
    "blanks": " ",
    "hard blanks": "\u00a0",
    "mixed blanks": " \u00a0\t",
    "digits": "1",
    "zeros": "0",
    "small letters": "а",
    "capitals": "Ж",
    "Latin letters": "a",
    "camel case": "аБ",
    "two alphabets": "aа",
    "letters and digits": "а1",
    "letters with marks": "и\u0306",
    "marks": "\u0301",
    "marks out of order": "\u0301\u0323",
    "ligatures": "ﬃ",
    "long ligatures": "ﷺ",
}
_SIGNS = ".,;:-–—/\\_()[]«»\"'*xх×+=|@#№%&<>~≈?!°²⌀^$"
_MIXED = {
    **{f"digits by {sign!r}": f"1{sign}" for sign in " .,-–/xх*()'\"_\u00a0"},
    **{f"letters by {sign!r}": f"а{sign}" for sign in " .,-/()_'\""},
    **{f"digits by {sign!r} in blanks": f"1 {sign} " for sign in "-/x*,."},
    "groups of thousands": "123 ",
    "words": "слово ",
    "words and numbers": "слово 12 ",
    "numbers with units": "1кг ",
    "brackets": "()",
    "tags": "<a>",
    "quoted cells": '";',
}
RUNS = {**_LETTERS, **{f"signs {sign!r}": sign for sign in _SIGNS}, **_MIXED}
_AROUND = (("", ""), ("1", "!"))
_HALVES = (" ", "1", "а", "1 ", "слово ", ".", "-", "(")


def long(run: str, length: int) -> str:
    """The run repeated up to that many characters."""
    return (run * (length // len(run) + 1))[:length]


@cache
def runs(length: int) -> dict[str, str]:
    """By name each run, of that length."""
    return {name: long(run, length) for name, run in RUNS.items()}


@cache
def texts(length: int) -> dict[str, str]:
    """By name the texts of that length: each run alone and between others, and one run behind another."""
    found = {}
    for (name, run), (before, after) in product(RUNS.items(), _AROUND):
        named = f"{before!r}, {name}, {after!r}" if before else name
        found[named] = before + long(run, length - len(before + after)) + after
    for one, other in permutations(_HALVES, 2):
        found[f"{one!r}, then {other!r}"] = long(one, length // 2) + long(other, length // 2 - 1) + "!"
    return found


class Growth(AssertionError):
    """Something takes more time than is linear in its length."""


def check(what: str, call: Callable[[str], object], half: str, whole: str) -> None:
    """Raises Growth when ``whole``, twice as long as ``half``, costs more than three times the CPU."""
    once = _cpu(what, call, whole)
    if once < FLOOR or once < MOST * _cpu(what, call, half):
        return
    cost = min(_cpu(what, call, whole) for _ in range(_TRIES))
    of_half = min(_cpu(what, call, half) for _ in range(_TRIES))
    if cost > max(FLOOR, MOST * of_half):
        raise Growth(f"{what}: {len(whole)} characters cost {cost / of_half:.1f} times as much CPU as {len(half)}")


def findings(
    what: str, call: Callable[[str], object], length: int, of: Callable[[int], dict[str, str]] = texts
) -> list[str]:
    """The texts whose cost grows too fast."""
    halves, found = of(length // 2), []
    for name, whole in of(length).items():
        try:
            check(f"{what}, {name}", call, halves[name], whole)
        except Growth as error:
            found.append(str(error))
    return found


def _cpu(what: str, call: Callable[[str], object], text: str) -> float:
    with _bounded(what, len(text)):
        began = time.thread_time()
        call(text)
        return time.thread_time() - began


@contextmanager
def _bounded(what: str, length: int) -> Iterator[None]:
    """A call without end would hide which one it was; regular expressions let signals through."""

    def over(*_: object) -> None:
        raise Growth(f"{what}: {length} characters take more than {_SECONDS:g} s of CPU")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
