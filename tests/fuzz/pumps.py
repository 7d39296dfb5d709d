"""The texts that make a regular expression slow, derived from its own structure.

A match costs the square of the length where a repeated part is read again: from each place where it could begin, or
each time that what follows it is not there. So each repetition of the pattern is pumped: what stands before it, then
what it repeats, again and again, then a character that lets the match fail.
"""

import re
from collections.abc import Iterator
from re import _constants as op
from re import _parser as parser
from typing import Any

from tests.fuzz.growth import long

_PROBES = " 1аa.-,/x_ЖZ\"'(<;:№%=+*\n{["
_MANY = 50
_CATEGORIES = {op.CATEGORY_DIGIT: str.isdigit, op.CATEGORY_SPACE: str.isspace}
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def pumped(pattern: re.Pattern, length: int) -> Iterator[tuple[str, str]]:
    """Pairs of a text of about that length, and of one half as long."""
    for before, unit in _pumps(pattern):
        for size_up in (
            lambda size, before=before, unit=unit: before + long(unit, size) + "!",
            lambda size, before=before, unit=unit: before + long(unit, size),
            lambda size, before=before, unit=unit: long(before + unit * 3, size) + "\0",
            lambda size, before=before, unit=unit: long(before + unit + " ", size) + "!",
        ):
            yield size_up(length), size_up(length // 2)


def _pumps(pattern: re.Pattern) -> dict[tuple[str, str], None]:
    """What stands before a repetition, and what it repeats."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    found: dict[tuple[str, str], None] = {}
    _walk(parser.parse(source, pattern.flags & (re.IGNORECASE | re.DOTALL)), "", found)
    return found


def _walk(part: Any, before: str, found: dict[tuple[str, str], None]) -> str:
    """A text that the part matches, behind ``before``; the repetitions in it are noted."""
    for kind, of in part:
        if kind is op.BRANCH:
            ends = [_walk(branch, before, found) for branch in of[1]]
            before = ends[0]
        elif kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
            before = _walk(of[3] if kind is op.SUBPATTERN else of, before, found)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            if of[0] > 0:
                _walk(of[1], before, found)
        elif kind in _REPEATS:
            least, most, inner = of
            if most is op.MAXREPEAT or most > _MANY:
                found |= {(before, unit): None for unit in _units(inner)}
            _walk(inner, before, found)
            before += _samples(inner) * (least or most == 1)
        else:
            before += _sample((kind, of))
    return before


def _units(inner: Any) -> list[str]:
    first, *more = inner
    units = _members(first[1]) if first[0] is op.IN and not more else [_samples(inner)]
    return [unit for unit in units if unit]


def _sample(item: Any) -> str:
    kind, of = item
    found = {
        op.LITERAL: lambda: chr(of),
        op.NOT_LITERAL: lambda: "а" if chr(of) != "а" else "1",
        op.ANY: lambda: "а",
        op.IN: lambda: next(iter(_members(of)), ""),
        op.BRANCH: lambda: _samples(of[1][0]),
        op.SUBPATTERN: lambda: _samples(of[3]),
        op.ATOMIC_GROUP: lambda: _samples(of),
        **dict.fromkeys(_REPEATS, lambda: _samples(of[2]) * of[0]),
    }
    return found[kind]() if kind in found else ""  # an assertion


def _samples(part: Any) -> str:
    return "".join(map(_sample, part))


def _members(chars: Any) -> list[str]:
    """Some characters of a class."""
    own = [chr(of if kind is op.LITERAL else of[0]) for kind, of in chars if kind in (op.LITERAL, op.RANGE)]
    return [char for char in dict.fromkeys([*_PROBES, *own]) if _within(char, chars)]


def _within(char: str, chars: Any) -> bool:
    return any(_is(char, kind, of) for kind, of in chars) != (chars[0][0] is op.NEGATE)


def _is(char: str, kind: Any, of: Any) -> bool:
    if kind is op.LITERAL:
        return chr(of) == char
    if kind is op.RANGE:
        return of[0] <= ord(char) <= of[1]
    if kind is op.CATEGORY:
        name = str(of).replace("NOT_", "")
        known = next((test for category, test in _CATEGORIES.items() if str(category) == name), None)
        holds = known(char) if known else char.isalnum() or char == "_"
        return holds != ("NOT_" in str(of))
    return False
