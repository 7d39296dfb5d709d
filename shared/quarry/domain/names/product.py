"""What a product's name says, read once: which goods, and every amount with what it is of."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from quarry.domain.kept import kept
from quarry.domain.names.amounts import Amount, AmountReader
from quarry.domain.names.goods import Form, GoodsClass, goods_of
from quarry.domain.names.lexicon import fits
from quarry.domain.names.meanings import Meaning
from quarry.domain.text import plain

_ADJECTIVE: Final = ("ого", "его", "ому", "ему", "ой", "ей", "ых", "их", "ым", "им", "ую", "юю", "ыми", "ими")
_FILLINGS: Final = frozenset({Form.POWDER, Form.LIQUID, Form.FOAM, Form.BULK})
_GENERAL: Final = "board"
_ANY_BLOCK: Final = "device"
_BLOCKS: Final = frozenset({"блок", "блоки"})
_DENSITY: Final = frozenset({"d", "д"})
_AERATED: Final = goods_of("газоблок")
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
    reader = AmountReader(plain(name))
    reader.read()
    goods, head = _head(reader.words, reader.aside)
    if goods and head is not None and goods.code == _ANY_BLOCK and reader.words[head].word in _BLOCKS:
        # «Блок D600»: of aerated concrete, whose density it is.
        goods = _AERATED if any(one.code in _DENSITY for one in reader.amounts) else goods
    return ProductName(tuple(reader.words), tuple(reader.amounts), goods, head, frozenset(reader.cut))


def _head(words: Sequence[Meaning], aside: AbstractSet[int]) -> tuple[GoodsClass | None, int | None]:
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
        goods = _class_at(words, at)
        if goods is None or (at in aside and goods.form not in _FILLINGS):
            continue  # «Поплавок (кабель 6 м)»
        if found is None:
            found, place = goods, at
        elif (found.form is Form.VESSEL and goods.form in _FILLINGS) or (
            found.code == _GENERAL and goods.code in _SPECIAL
        ):
            return goods, at
    return found, place


def _class_at(words: Sequence[Meaning], at: int) -> GoodsClass | None:
    said = words[at]
    if said.phrases and at + 1 < len(words):
        following = words[at + 1].word
        for second, goods in said.phrases:
            if fits(second, following):
                return goods
    return said.goods
