"""What a product's name says, read once: which goods, and every amount with what it is of."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from quarry.domain.kept import kept
from quarry.domain.names.amounts import Amount, AmountReader
from quarry.domain.names.goods import Form, GoodsClass, goods_of
from quarry.domain.names.lexicon import folded
from quarry.domain.names.meanings import Meaning
from quarry.domain.text import plain

_ADJECTIVE: Final = ("ого", "его", "ому", "ему", "ой", "ей", "ых", "их", "ым", "им", "ую", "юю", "ыми", "ими")
_FILLINGS: Final = frozenset({Form.POWDER, Form.LIQUID, Form.FOAM, Form.BULK})
_GENERAL: Final = "board"
_ANY_BLOCK: Final = "device"
_BLOCKS: Final = frozenset({"блок", "блоки"})
_DENSITY: Final = frozenset({"d", "д"})
_AERATED: Final = goods_of("газоблок")
_DEVICE: Final = goods_of("розетка")
_VERB: Final = "en"  # of German works
_CYRILLIC: Final = re.compile("[а-яёіїєґўқңғүұһөә]{3}")
_FLAT: Final = frozenset({Form.SHEET, Form.TILE})
_SPECIAL: Final = frozenset({"drywall", "wool", "tile", "roll"})


@dataclass(frozen=True, slots=True)
class ProductName:
    """``words`` in order, with their meanings; an amount's ``place`` is how many of them stand before it.

    ``goods`` is the class of the head noun at ``head``; what stands behind «для» is no head. None: not known.
    ``cut`` are the places of words that end in a dot.
    """

    words: tuple[Meaning, ...]
    amounts: tuple[Amount, ...]
    goods: GoodsClass | None
    head: int | None
    cut: frozenset[int]


@kept(32_768)
def read(name: str) -> ProductName:
    text = folded(plain(name))
    cyrillic = _CYRILLIC.search(text) is not None
    reader = AmountReader(text)
    reader.read()
    goods, head = _head(reader.words, reader.aside, cyrillic=cyrillic)
    if goods and head is not None:
        if not cyrillic:
            goods, head = _last_noun(reader, goods, head)
        goods = _of_what_else_is_said(reader, goods, head, cyrillic=cyrillic)
    return ProductName(tuple(reader.words), tuple(reader.amounts), goods, head, frozenset(reader.cut))


def _last_noun(reader: AmountReader, goods: GoodsClass, head: int) -> tuple[GoodsClass, int]:
    """Of nouns that follow each other in a language whose head is the last one; a sack of sand is sand."""
    words, at = reader.words, head
    if not words[at].head_last:
        return goods, head
    ends = {one.place for one in reader.amounts}
    at += 2 if _phrase_at(words, at) else 1
    while at < len(words) and at not in ends and at not in reader.aside and words[at].head_last:
        found = _phrase_at(words, at) or words[at].goods
        if found and not (found.form is Form.VESSEL and goods.form in _FILLINGS):
            goods, head = found, at
        at += 2 if _phrase_at(words, at) else 1
    return goods, head


def _of_what_else_is_said(reader: AmountReader, goods: GoodsClass, head: int, *, cyrillic: bool) -> GoodsClass:
    """«Блок D600» is of aerated concrete, whose density it is; a panel that lights is a lamp; «… verlegen» is work."""
    if goods.code == _ANY_BLOCK and reader.words[head].word in _BLOCKS:
        return _AERATED if _AERATED and any(one.code in _DENSITY for one in reader.amounts) else goods
    if goods.form in _FLAT and (
        any(one.unit and one.unit.measure == "power" for one in reader.amounts)
        or any(said.finished_in_cyrillic if cyrillic else said.finished for said in _own_words(reader.words))
    ):
        return _DEVICE or goods
    last = reader.words[-1]
    return last.goods if last.goods and last.goods.form is Form.WORK and last.word.endswith(_VERB) else goods


def _own_words(words: Sequence[Meaning]) -> Iterator[Meaning]:
    """Without what stands behind «для»."""
    return takewhile(lambda said: not said.purpose, words)


def _head(words: Sequence[Meaning], aside: AbstractSet[int], *, cyrillic: bool) -> tuple[GoodsClass | None, int | None]:
    """The class of the first noun that names goods; of a vessel's content, and of a plate's material, where said."""
    found: GoodsClass | None = None
    place: int | None = None
    served = False
    for at, said in enumerate(words):
        if said.purpose:
            served = True
            continue
        if served:
            served = said.word.endswith(_ADJECTIVE)
            continue
        goods = said.goods_in_cyrillic if cyrillic else said.goods
        if said.phrases:
            goods = _phrase_at(words, at) or goods
        if goods is None or (at in aside and goods.form not in _FILLINGS):
            continue  # «Поплавок (кабель 6 м)»
        if found is None:
            found, place = goods, at
        elif (found.form is Form.VESSEL and goods.form in _FILLINGS) or (
            found.code == _GENERAL and goods.code in _SPECIAL
        ):
            return goods, at
    return found, place


def _phrase_at(words: Sequence[Meaning], at: int) -> GoodsClass | None:
    phrases = words[at].phrases
    if phrases and at + 1 < len(words):
        following = words[at + 1].word
        for phrase in phrases:
            if phrase.is_at(following):
                return phrase.goods
    return None
