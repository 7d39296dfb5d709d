"""The numbers of a name: which stand together, in which units, of what each is one, and what is said before them."""

from decimal import Decimal
from typing import Final, NamedTuple

from quarry.domain.names.meanings import MARK_SIGNS, PIECE, UNIT_SIGNS, Meaning, UnitWord, meaning
from quarry.domain.names.tokens import Tokens
from quarry.domain.text import one_alphabet

_INCH: Final = UNIT_SIGNS['"']
_TIMES: Final = frozenset("xх")
_OF: Final = one_alphabet("of")
_PACK_OF: Final = one_alphabet("pk")
_COUNTING: Final = frozenset({_OF, _PACK_OF, *_TIMES})
_LONGEST_CODE: Final = 4
_NO_FRACTION: Final = frozenset({"number", "sort"})
_NEAR: Final = frozenset("=-.:")
_BREAKS: Final = frozenset(",;()+")
# «50х40 мм» is millimetres twice, «110х45°» is no angle twice.
_SHARED: Final = frozenset({"length", "mass", "liquid", "area", "cubic", "rated", "power"})
_FAR: Final = 2
_THOUSAND: Final = 3
_NO_THOUSANDS: Final = 10


class Amount(NamedTuple):
    """Numbers that belong together: «1200х600х50 мм», «15 кг/м3», «1 1/2"».

    ``units`` has one for each of ``values``, of its own or the one behind the last; ``signs`` stand between them.
    ``per``: of what each holds the amount. ``mark``: what a word before says that it measures. ``code``: the letters
    that touch it. ``holds``: the package named before it. ``limited``: a capacity, a load, a use. ``place``: how many
    words stand before it.
    """

    values: tuple[Decimal, ...]
    units: tuple[UnitWord | None, ...]
    signs: str
    own_units: bool
    per: str | None
    mark: str | None
    code: str | None
    holds: str | None
    limited: bool
    bracketed: bool
    equals: Decimal | None
    place: int

    @property
    def unit(self) -> UnitWord | None:
        return self.units[-1]


class AmountReader:
    """Reads a text from left to right; gives the words' meanings, in order, and the amounts between them.

    ``aside`` are the places of words in brackets, ``cut`` of those with a dot behind them.
    """

    def __init__(self, text: str) -> None:
        self._tokens = Tokens(text)
        self._depth = 0
        self._end = -1
        self._last: Meaning | None = None
        self._before: Meaning | None = None
        self.words: list[Meaning] = []
        self.aside: set[int] = set()
        self.cut: set[int] = set()
        self.amounts: list[Amount] = []

    def read(self) -> None:
        at, count = 0, self._tokens.count
        words, numbers, signs, gaps = (
            self._tokens.words,
            self._tokens.numbers,
            self._tokens.signs,
            self._tokens.gaps,
        )
        while at < count:
            if words[at]:
                said = meaning(words[at])
                if self._depth > 0:
                    self.aside.add(len(self.words))
                self.words.append(said)
                self._before, self._last = self._last, said
            elif numbers[at]:
                at = self._amount(at)
                continue
            elif signs[at] in _BREAKS:
                self._depth += {"(": 1, ")": -1}.get(signs[at], 0)
                self._last = self._before = None
            elif signs[at] == "." and self._last is not None and not gaps[at]:
                self.cut.add(len(self.words) - 1)
            at += 1

    def _amount(self, at: int) -> int:
        """The numbers that begin there; returns where what follows them begins."""
        tokens = self._tokens
        code, mark = self._lead(at) if at else (None, None)
        rest_of_thousand = at == self._end and self._goes_on(at)
        values: list[Decimal] = []
        units: list[UnitWord | None] = []
        signs = ""
        while True:
            unit: UnitWord | None = None
            times = False
            fraction = tokens.fraction(at) if mark not in _NO_FRACTION else None
            if fraction:
                value, at = fraction
                unit, at = _INCH, tokens.inch(at)
            else:
                value = tokens.decimal(at)
                if not (code and len(code) > 1 and mark is None and tokens.is_letter(at + 1)):  # «СВ-15Г» is no gram
                    unit, at, times = tokens.unit(at + 1)
                else:
                    at += 1
            values.append(value)
            units.append(unit)
            sign = "x" if times else tokens.joint(at, unit)
            if not sign:
                break
            signs += sign
            at += not times
        per, equals, unit = None, None, units[-1]
        own = len(units) > 1 and any(units[:-1])
        if unit:
            per, at = tokens.per(at)
            if not own and unit.measure in _SHARED:
                units = [unit] * len(units)
            if tokens.signs[at] == "=" and tokens.numbers[at + 1]:  # «1м3=33,33шт»
                equals = tokens.decimal(at + 1)
                at = tokens.unit(at + 2)[1]
        last = self._last
        holds = last.holds if last else None
        if unit is None and not signs and self._is_count(at, values[0]):
            units = [PIECE]
        # Three digits behind a digit and a blank are the rest of a thousand: «1 250 кг» is not 250 kg.
        rest_of_thousand = rest_of_thousand and not signs and not self._is_model_before(unit)
        limited = self._is_limited(unit, sized="x" in signs) or rest_of_thousand
        found = (tuple(values), tuple(units), signs, own, per, mark, code, holds, limited)
        self.amounts.append(Amount(*found, self._depth > 0, equals, len(self.words)))
        self._last = self._before = None
        self._end = at
        return at

    def _is_count(self, end: int, value: Decimal) -> bool:
        """«Pack of 100», «pk 25», and «Black x 100» at the end."""
        last, before = self._last, self._before
        if last is None or last.word not in _COUNTING or value % 1:
            return False
        if last.word == _OF:
            return before is not None and before.holds == "pack"
        return last.word == _PACK_OF or (before is not None and end >= self._tokens.count - 1)

    def _is_model_before(self, unit: UnitWord | None) -> bool:
        """«CS 24 280 мл», «Лайт 35 100 мм»: nobody writes twenty-four litres so, nor thirty-five metres."""
        small = unit is not None and (unit.factor < 1 or (unit.measure == "length" and unit.factor == 1))
        return small and self.amounts[-1].values[0] >= _NO_THOUSANDS

    def _goes_on(self, at: int) -> bool:
        before = self.amounts[-1]
        alone = before.unit is None and not before.signs and before.code is None
        number, first = self._tokens.numbers[at], self._tokens.numbers[at - 1]
        return alone and len(number) == _THOUSAND and number.isdigit() and len(first) < _THOUSAND

    def _is_limited(self, unit: UnitWord | None, *, sized: bool) -> bool:
        last, before = self._last, self._before
        if last is None:
            return False
        if last.layer:
            return unit is None or unit.measure == "length"
        if last.limits and not (sized and last.limits < _FAR):  # «сталь 20», but not «сталь 170х75»
            return True
        if before is not None and before.limits == _FAR:
            return True
        return before is not None and last.word == "п" and before.word == "г"  # «г/п 25 т»

    def _lead(self, at: int) -> tuple[str | None, str | None]:
        """The letters of a code that touch the number, and what a word or a sign before it says that it measures."""
        tokens = self._tokens
        sign, word, touches = tokens.signs[at - 1], tokens.words[at - 1], not tokens.gaps[at]
        if sign:
            if sign in MARK_SIGNS:
                return None, MARK_SIGNS[sign]
            word = tokens.words[at - 2] if sign in _NEAR and at > 1 else ""
            touches = touches and sign == "-" and not tokens.gaps[at - 1]
        if not word:
            return None, None
        mark = meaning(word).mark
        if mark == "sort" and len(word) == 1 and sign != ".":
            mark = None  # «C16»
        is_code = touches and len(word) <= _LONGEST_CODE and mark != "length" and word not in _TIMES
        return (word if is_code else None), mark
