"""Classes of goods: by what they are sold, and in which unit they are compared."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quarry.domain.lexical import stem
from quarry.domain.names.lexicon import Lexicon
from quarry.knowledge import load
from quarry.knowledge.words import entries


class Form(StrEnum):
    """Which contents of a name are what one buys: knowledge/goods.toml says it of each."""

    POWDER = "powder"
    LIQUID = "liquid"
    FOAM = "foam"
    SHEET = "sheet"
    TILE = "tile"
    ROLL = "roll"
    MESH = "mesh"
    TAPE = "tape"
    BAR = "bar"
    CABLE = "cable"
    BLOCK = "block"
    TIMBER = "timber"
    WOOL = "wool"
    BULK = "bulk"
    FASTENER = "fastener"
    METAL = "metal"
    PIECE = "piece"
    VESSEL = "vessel"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class GoodsClass:
    """``main`` is the code of the unit that offers of the class are compared in; None: the piece."""

    code: str
    form: Form
    main: str | None = None


_ADJECTIVE: Final = (
    "ая", "яя", "ый", "ий", "ой", "ое", "ые", "ого", "его", "ому", "ему", "ую", "юю", "ых", "ым", "ыми",
)  # fmt: skip
# «блок-хаус» is two words with a sign between them.
_TABLES: Final = [
    (GoodsClass(row["code"], Form(row["form"]), row.get("main")), [one.replace("-", " ") for one in entries(row)])
    for row in load("goods")["class"]
]
_CLASSES: Final = Lexicon((entry, goods) for goods, words in _TABLES for entry in words if " " not in entry)
_SECONDS: Final[dict[str, list[tuple[str, GoodsClass]]]] = {}
for _goods, _words in _TABLES:
    for _first, _blank, _second in (entry.partition(" ") for entry in _words):
        if _blank:
            _SECONDS.setdefault(_first, []).append((_second, _goods))
_PHRASES: Final = Lexicon(_SECONDS.items())


def goods_of(word: str) -> GoodsClass | None:
    """An adjective («эмалированная») names no goods by its beginning."""
    return _CLASSES.whole(word) if word.endswith(_ADJECTIVE) else _CLASSES.get(word)


def is_goods_noun(word: str) -> bool:
    """Whether the files have the word, in any form."""
    return _CLASSES.whole(word) is not None or _CLASSES.has_beginning(stem(word))


def phrases_of(word: str) -> tuple[tuple[str, GoodsClass], ...]:
    """Entries of two words that begin with this one: what must follow, and what both are."""
    return tuple(phrase for seconds in _PHRASES.all(word) for phrase in seconds)
