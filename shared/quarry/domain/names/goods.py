"""Classes of goods: by what they are sold, and in which unit they are compared."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from quarry.domain.lexical import stem
from quarry.domain.names.lexicon import Lexicon, folded
from quarry.domain.text import one_alphabet
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


class Phrase(NamedTuple):
    """The second word of two, or with ``open_end`` its beginning, and which goods both are."""

    second: str
    open_end: bool
    goods: GoodsClass

    def is_at(self, word: str) -> bool:
        return word.startswith(self.second) if self.open_end else word == self.second


_ADJECTIVE: Final = (
    "ая", "яя", "ый", "ий", "ой", "ое", "ые", "ого", "его", "ому", "ему", "ую", "юю", "ых", "ым", "ыми",
)  # fmt: skip
_FILE: Final = load("goods")
# «блок-хаус» is two words with a sign between them.
_TABLES: Final = [
    (GoodsClass(row["code"], Form(row["form"]), row.get("main")), [one.replace("-", " ") for one in entries(row)])
    for row in _FILE["class"]
]
_CYRILLIC: Final = ("ru", "uk", "be", "kk")
_HEAD_LAST: Final = Lexicon(
    (entry, True)
    for row in _FILE["class"]
    for language in ("en", "tr")
    for entry in row.get(language, ())
    if " " not in entry
)
_FINISHED: Final = Lexicon((entry, True) for entry in entries(_FILE["finished"]))
_CYRILLIC_FINISHED: Final = Lexicon(
    (entry, True) for language in _CYRILLIC for entry in _FILE["finished"].get(language, ())
)
_CLASSES: Final = Lexicon((entry, goods) for goods, words in _TABLES for entry in words if " " not in entry)
# In a name of Cyrillic letters a word of another language is mostly a model: «Crystal Mix».
_CYRILLIC_CLASSES: Final = Lexicon(
    (entry, goods)
    for row, (goods, _) in zip(_FILE["class"], _TABLES, strict=True)
    for language in _CYRILLIC
    for entry in row.get(language, ())
    if " " not in entry and "-" not in entry
)
_SECONDS: Final[dict[str, list[Phrase]]] = {}
for _goods, _words in _TABLES:
    for _first, _blank, _second in (entry.partition(" ") for entry in _words):
        if _blank:
            _start = one_alphabet(folded(_second.rstrip("*")))
            _SECONDS.setdefault(_first, []).append(Phrase(_start, _second.endswith("*"), _goods))
_PHRASES: Final = Lexicon(_SECONDS.items())


def goods_of(word: str, *, cyrillic: bool = False) -> GoodsClass | None:
    """An adjective («эмалированная») names no goods by its beginning. ``cyrillic``: by the words of such languages."""
    classes = _CYRILLIC_CLASSES if cyrillic else _CLASSES
    return classes.whole(word) if word.endswith(_ADJECTIVE) else classes.get(word)


def heads_from_behind(word: str) -> bool:
    """Whether it is a noun of a language in which the last of several nouns is the head: «timber screws»."""
    return _HEAD_LAST.get(word) is not None


def is_finished(word: str, *, cyrillic: bool = False) -> bool:
    """Whether it says that a plate is a finished thing: «светодиодная панель»."""
    return (_CYRILLIC_FINISHED if cyrillic else _FINISHED).get(word) is not None


def is_goods_noun(word: str) -> bool:
    """Whether the files have the word, in any form."""
    return _CLASSES.whole(word) is not None or _CLASSES.has_beginning(stem(word))


def phrases_of(word: str) -> tuple[Phrase, ...]:
    """Entries of two words that begin with this one."""
    return tuple(phrase for seconds in _PHRASES.all(word) for phrase in seconds)
