"""What one word of a name means, by the knowledge files; looked up once for each word."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from quarry.domain.names.goods import GoodsClass, goods_of, phrases_of
from quarry.domain.names.lexicon import Lexicon
from quarry.domain.text import one_alphabet
from quarry.knowledge import load
from quarry.knowledge.words import entries

_WORDS: Final = load("amounts")


@dataclass(frozen=True, slots=True)
class UnitWord:
    """What an amount is of (``mass``, ``length`` …), and how many kg, litres, mm, m², m³ or pieces one is."""

    measure: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Meaning:
    """``holds``: what kind of package the word names; ``limits``: 1 right before a number, 2 with a word between."""

    word: str
    goods: GoodsClass | None
    phrases: tuple[tuple[str, GoodsClass], ...]
    unit: UnitWord | None
    mark: str | None
    holds: str | None
    limits: int
    purpose: bool
    piece: bool


AREA: Final = UnitWord("area", Decimal(1))
CUBIC: Final = UnitWord("cubic", Decimal(1))
METRE: Final = UnitWord("length", Decimal(1000))
KILOGRAM: Final = UnitWord("mass", Decimal(1))
SECTION: Final = UnitWord("section", Decimal(1))
LITRE: Final = UnitWord("liquid", Decimal(1))
HORSEPOWER: Final = UnitWord("power", Decimal(735))
_UNITS: Final = Lexicon(
    (word, UnitWord(row["means"], Decimal(row["factor"]))) for row in _WORDS["unit"] for word in entries(row)
)
_MARKS: Final = Lexicon((word, row["means"]) for row in _WORDS["mark"] for word in entries(row))
_HOLDS: Final = Lexicon((word, kind) for kind in ("pallet", "wound", "pack") for word in entries(_WORDS[kind]))
_LIMITS: Final = Lexicon(
    (word, reach) for reach, kind in ((1, "limit"), (2, "capacity")) for word in entries(_WORDS[kind])
)
_PURPOSES: Final = frozenset(map(one_alphabet, entries(_WORDS["purpose"])))
_PIECES: Final = Lexicon((word, True) for word in entries(_WORDS["piece"]))
UNIT_SIGNS: Final = {
    sign: UnitWord(row["means"], Decimal(row["factor"])) for row in _WORDS["unit"] for sign in row.get("signs", ())
}
MARK_SIGNS: Final = {sign: row["means"] for row in _WORDS["mark"] for sign in row.get("signs", ())}


@lru_cache(maxsize=131_072)
def meaning(written: str) -> Meaning:
    """Of a word in small letters."""
    word = one_alphabet(written)
    return Meaning(
        word=word,
        goods=goods_of(word),
        phrases=phrases_of(word),
        unit=_UNITS.get(word),
        mark=_MARKS.get(word),
        holds=_HOLDS.get(word),
        limits=_LIMITS.get(word) or 0,
        purpose=is_purpose(word),
        piece=_PIECES.get(word) or False,
    )


def is_purpose(word: str) -> bool:
    """Whether what follows a word in one alphabet is what the goods are for."""
    return word in _PURPOSES
