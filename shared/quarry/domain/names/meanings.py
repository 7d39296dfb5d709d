"""What one word of a name means, by the knowledge files; looked up once for each word."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from quarry.domain.names.goods import GoodsClass, Phrase, goods_of, heads_from_behind, is_finished, phrases_of
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
    """``holds``: what kind of package the word names; ``limits``: 1 right before a number, 2 with a word between.

    ``head_last`` and ``finished``: :mod:`quarry.domain.names.goods`. What a word means in a name of Cyrillic letters is
    ``in_cyrillic``.
    """

    word: str
    goods: GoodsClass | None
    phrases: tuple[Phrase, ...]
    unit: UnitWord | None
    mark: str | None
    holds: str | None
    limits: int
    layer: bool
    purpose: bool
    piece: bool
    head_last: bool
    finished: bool
    goods_in_cyrillic: GoodsClass | None
    finished_in_cyrillic: bool


AREA: Final = UnitWord("area", Decimal(1))
CUBIC: Final = UnitWord("cubic", Decimal(1))
METRE: Final = UnitWord("length", Decimal(1000))
KILOGRAM: Final = UnitWord("mass", Decimal(1))
SECTION: Final = UnitWord("section", Decimal(1))
LITRE: Final = UnitWord("liquid", Decimal(1))
HORSEPOWER: Final = UnitWord("power", Decimal(735))
PIECE: Final = UnitWord("pieces", Decimal(1))
INCH_LENGTH: Final = UnitWord("length", Decimal("25.4"))
_UNIT_WORDS: Final = [
    (word, UnitWord(row["means"], Decimal(row["factor"]))) for row in _WORDS["unit"] for word in entries(row)
]
_UNITS: Final = Lexicon((word, unit) for word, unit in _UNIT_WORDS if " " not in word)
# «sq ft»: by the first word, then by the second.
UNIT_PAIRS: Final[dict[str, dict[str, UnitWord]]] = {}
for _word, _unit in _UNIT_WORDS:
    if " " in _word:
        _first, _second = _word.split()
        UNIT_PAIRS.setdefault(_first, {})[_second] = _unit
_MARKS: Final = Lexicon((word, row["means"]) for row in _WORDS["mark"] for word in entries(row))
_HOLDS: Final = Lexicon((word, kind) for kind in ("pallet", "wound", "pack") for word in entries(_WORDS[kind]))
_LIMITS: Final = Lexicon(
    (word, reach) for reach, kind in ((1, "limit"), (2, "capacity")) for word in entries(_WORDS[kind])
)
_PURPOSES: Final = frozenset(map(one_alphabet, entries(_WORDS["purpose"])))
_LAYERS: Final = Lexicon((word, True) for word in entries(_WORDS["layer"]))
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
        layer=_LAYERS.get(word) or False,
        purpose=is_purpose(word),
        piece=_PIECES.get(word) or False,
        head_last=heads_from_behind(word),
        finished=is_finished(word),
        goods_in_cyrillic=goods_of(word, cyrillic=True),
        finished_in_cyrillic=is_finished(word, cyrillic=True),
    )


def is_purpose(word: str) -> bool:
    """Whether what follows a word in one alphabet is what the goods are for."""
    return word in _PURPOSES
