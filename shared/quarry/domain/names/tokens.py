"""A name in words, numbers and signs, and what stands at one place of it: a fraction, a unit, a sign that joins."""

import re
from decimal import Decimal
from typing import Final

from quarry.domain.names.meanings import (
    AREA,
    CUBIC,
    HORSEPOWER,
    LITRE,
    METRE,
    SECTION,
    UNIT_PAIRS,
    UNIT_SIGNS,
    UnitWord,
    meaning,
)

_TOKEN: Final = re.compile(r"(\s*+)(?:([0-9]++(?:[.,][0-9]++)?)|([^\W\d_]++)|(\S?))")
_END: Final = [("", "", "", "")] * 6  # so that looking ahead needs no bounds
_INCH: Final = UNIT_SIGNS['"']
_ANGLE: Final = UNIT_SIGNS["°"]
_DEGREES: Final = frozenset("оo")  # «45о»
_THREE: Final = "3"
_LARGEST_WHOLE: Final = "4"
_TIMES: Final = frozenset("xх*")
# «2мх50м»: a unit and a times sign in one word.
_TIMES_AFTER: Final = {unit + times: unit for unit in ("м", "мм", "см", "m", "mm", "cm") for times in "xх"}
_POWERS: Final[dict[tuple[str, str], UnitWord]] = {
    (unit, power): said
    for units, power, said in (
        (("м", "m"), "2", AREA),
        (("м", "m"), "3", CUBIC),
        (("мм", "mm"), "2", SECTION),
        (("дм", "dm"), "3", LITRE),
    )
    for unit in units
}
_BEFORE_METRE: Final = {"кв": AREA, "куб": CUBIC, "пог": METRE, "п": METRE}
_BEFORE: Final = frozenset({*_BEFORE_METRE, *UNIT_PAIRS})
_HYPHENED: Final = frozenset({"lb", "lbs", "gal", "gallon", "ft", "foot", "qt", "sq", "cu"})
_METRES: Final = frozenset({"м", "m", "метр", "метра", "метров"})
_BOTTOMS: Final = frozenset({"2", "4", "8"})
_TOPS: Final = frozenset("1357")
_SLASHES: Final = frozenset("/\\")
_NO_METRES: Final = 4
_TWO_DIGITS: Final = 2
_LONGEST: Final = 18


def _pair_of(first: str, second: str) -> UnitWord | None:
    """«кв м», «sq ft»."""
    return (_BEFORE_METRE.get(first) if second in _METRES else None) or UNIT_PAIRS.get(first, {}).get(second)


class Tokens:
    """Of a text as :func:`quarry.domain.text.plain` leaves it."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.findall(text)
        self.count = len(found)
        found += _END
        self.gaps, self.numbers, self.words, self.signs = zip(*found, strict=True)

    def fraction(self, at: int) -> tuple[Decimal, int] | None:
        """«1/2», «1 1/4», «1.1/4» and «11/4"», and where it ends."""
        number, signs, numbers = self.numbers[at], self.signs, self.numbers
        if signs[at + 1] in _SLASHES:
            bottom = numbers[at + 2]
            if bottom not in _BOTTOMS or signs[at + 3] in _SLASHES:
                return None
            if number in _TOPS:
                return (Decimal(number) / Decimal(bottom), at + 3) if number < bottom else None
            whole, top = number[0], number[1:].lstrip(".,")
            if top in _TOPS and top < bottom and (len(number) > _TWO_DIGITS or self.inch(at + 3) > at + 3):
                return Decimal(whole) + Decimal(top) / Decimal(bottom), at + 3
            return None
        top = numbers[at + 1]
        # «16х2 3/4»: a wall, and a thread of three quarters.
        wall = top == _THREE and bool(at) and self.words[at - 1] in _TIMES
        # «РДМ-5 1/4"» is a type, and a thread of a quarter.
        if (
            not wall
            and number <= _LARGEST_WHOLE
            and top in _TOPS
            and len(number) == 1
            and signs[at + 2] in _SLASHES
            and numbers[at + 3] in _BOTTOMS
        ):
            return Decimal(number) + Decimal(top) / Decimal(numbers[at + 3]), at + 4
        return None

    def is_letter(self, at: int) -> bool:
        """Whether one letter touches what is before it, and no number what it is."""
        return (
            len(self.words[at]) == 1 and not self.gaps[at] and not self.numbers[at + 1] and self.words[at] not in _TIMES
        )

    def inch(self, at: int) -> int:
        """Behind the inch sign, if one is there."""
        sign = self.signs[at]
        if sign == '"':
            return at + 1
        return at + 2 if sign and sign in "'′" and self.signs[at + 1] == sign else at

    def unit(self, at: int) -> tuple[UnitWord | None, int, bool]:
        """The unit there, where it ends, and whether a times sign belongs to its word."""
        word = self.words[at]
        if not word:
            return self._unit_sign(at)
        if self.numbers[at + 1]:
            if word in _TIMES_AFTER:
                return meaning(_TIMES_AFTER[word]).unit, at + 1, True
            if not self.gaps[at + 1]:  # «м2», but «09Г2С»
                power = _POWERS.get((word, self.numbers[at + 1]))
                return (power, at + 2, False) if power else (None, at, False)
        if word in _BEFORE:
            end = self._behind_dot(at + 1)
            pair = _pair_of(word, self.words[end])
            if pair or word in _BEFORE_METRE:
                return (pair, end + 1, False) if pair else (None, at, False)
        said = meaning(word)
        unit = _ANGLE if word in _DEGREES else said.unit
        if unit is None or (self.gaps[at] and (unit.measure == "rated" or unit is not said.unit)):
            return None, at, False
        return self._word_unit(at, word, unit, marks=said.mark is not None)

    def _word_unit(self, at: int, word: str, unit: UnitWord, *, marks: bool) -> tuple[UnitWord | None, int, bool]:
        if word in _METRES:
            if self.numbers[at + 1] and len(self.numbers[at - 1]) >= _NO_METRES:
                return None, at, False  # «DIN9021 М 8»
            end = self._behind_dot(at + 1)
            behind = _BEFORE_METRE.get(self.words[end])
            return (behind, end + 1, False) if behind else (unit, at + 1, False)
        if marks and (self.signs[at + 1] in {"=", "-"} or (self.numbers[at + 1] and not self._is_count(at + 2))):
            return None, at, False  # «0,55 L=4м»
        if unit.measure == "pieces" and self.numbers[at + 1] and meaning(word).holds:
            return None, at, False  # «x 100 pk 25»
        if word == "л" and self.signs[at + 1] == "." and self.words[at + 2] == "с":
            return HORSEPOWER, at + 3, False
        end = at + 1
        if self.signs[end] == "." and self.numbers[end + 2] and self._is_times(end + 1):  # «4 ft. x 8 ft.»
            end += 1
        return unit, end, False

    def _is_count(self, at: int) -> bool:
        """«80 l 10 szt»: a count follows, so that the letter before it is no length's."""
        said = meaning(self.words[at]).unit if self.words[at] else None
        return said is not None and said.measure == "pieces"

    def _is_times(self, at: int) -> bool:
        return self.signs[at] == "*" or self.words[at] in _TIMES

    def _behind_dot(self, at: int) -> int:
        return at + 1 if self.signs[at] in {".", "/"} else at

    def _unit_sign(self, at: int) -> tuple[UnitWord | None, int, bool]:
        sign = self.signs[at]
        if sign in UNIT_SIGNS:
            return UNIT_SIGNS[sign], at + 1, False
        if sign == "-" and self.words[at + 1] in _HYPHENED and not self.gaps[at] and not self.gaps[at + 1]:
            return self.unit(at + 1)  # «60-lb»
        end = self.inch(at)
        return (_INCH, end, False) if end > at else (None, at, False)

    def joint(self, at: int, unit: UnitWord | None) -> str:
        """The sign there that joins the number behind it to the one before; "" if none does."""
        if not self.numbers[at + 1]:
            return ""
        sign = self.signs[at]
        if self._is_times(at):
            return "x"
        if sign in _SLASHES:
            return "/"
        return "-" if sign == "-" and unit is None and not self.gaps[at] and not self.gaps[at + 1] else ""

    def per(self, at: int) -> tuple[str | None, int]:
        """«/м3», «/упак», «в коробке»: of what each holds the amount, and where that ends."""
        start = at
        if self.signs[at] == "." and not self.gaps[at]:
            at += 1
        if self.signs[at] not in _SLASHES and self.words[at] not in {"в", "на"}:
            return None, start
        word = self.words[at + 1]
        if not word:
            return None, start
        said = meaning(word)
        if self.words[at]:
            return (said.holds, at + 2) if said.holds else (None, start)
        of, end, _ = self.unit(at + 1)
        kind = said.holds or ("piece" if said.piece else None) or (of.measure if of else None)
        return (kind, max(end, at + 2)) if kind else (None, start)

    def decimal(self, at: int) -> Decimal:
        return Decimal(self.numbers[at][:_LONGEST].replace(",", "."))
