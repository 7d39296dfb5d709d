"""What a name says that may tell its goods from others: makers, words, sides and numbers, each in one form."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Final

from quarry.domain.lexical import stem
from quarry.domain.names.amounts import Amount
from quarry.domain.names.articles import ARTICLE, as_usual, without_articles, without_standards
from quarry.domain.names.goods import Form
from quarry.domain.names.numbers import COUNTED, FITTING_ANGLES, Number, last_code, numbers_of
from quarry.domain.names.product import ProductName, read
from quarry.domain.names.ratings import STANDARD_PART, without_ratings, without_standard_parts
from quarry.domain.names.terms import Entry, Weight, entry_of, side_of, written_out
from quarry.domain.names.worded import Wording, wording
from quarry.domain.names.written import Written
from quarry.domain.text import one_alphabet
from quarry.domain.units import counted_unit

# «ЛР+», «Профи +», but not «смола + отвердитель».
_PLUS: Final = re.compile(r"[^\W\d_] ?\+(?! ?\w)|[^\W\d_]\+(?= )|[^\W\d_] \+(?= (?:\d|[А-ЯЁ]{2}))")
# «М500» and «D600» are also called 500 and 600.
_OMITTED: Final = frozenset("мmдdlhфсcрg")
_PLUS_WORD: Final = "плюс"
_POLYPROPYLENE: Final = one_alphabet("pp")  # «PP-R»
# «ПО», «ДО» of a door are no prepositions.
_GLAZED: Final = re.compile(r"(?<=\s)[ПД]О(?=\s)")
_LONGEST_CUT: Final = 5
_AND: Final = "и"
_WITH: Final = frozenset({"с", "со"})
_STANDARD_KIND: Final = "-standard"
_CONDUIT: Final = re.compile(r"(?i)кабель[- ]канал")
# «В», but neither the letter of «М500» and «D 600», nor «L=3м»; «5Б6», «5а». A letter is what most easily rules out a
# match, so that it is looked at before what stands around it.
_TYPE: Final = re.compile(
    r"([A-ZА-ЯЁ])(?:(?<![^\W\d].)(?![\w/]|[-=.]?\d)(?!(?<=[DMМ])\s|(?<=Д)\s\d{3}\b)"
    r"|(?<=\d[A-ZА-Я])(?<![DДMМXХ])(?=\d))"
)
_SMALL_TYPE: Final = re.compile(r"\d([abcdefhijknopqrsuyzбдежзийнопруфцшщэюя])(?!\w)")
_ADJECTIVE: Final = ("ого", "его", "ой", "ей", "ых", "их", "ый", "ую")
_NOMINATIVE: Final = ("ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие")
_BEHIND_NUMBER: Final = re.compile(r"(?<=[\d)]) ?[АAВVPРПп](?![\w/])")
_DEVICES: Final = frozenset({Form.PIECE, None})
_NO_TYPES: Final[frozenset[str]] = frozenset()
_RATINGS: Final = frozenset("cс")
_ANGLE: Final = "угол"
_MILLIMETRES: Final = 1000
_PLANE: Final = 2
_FOUND_BY: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.PROPER, Weight.MODEL, Weight.TELLING, Weight.PURPOSE})
_FOUND_BY_TOO: Final = frozenset({Weight.DESCRIPTOR, Weight.COLOUR})
_MOST_ANCHORS: Final = 6
_OF_PURPOSE: Final = frozenset({Weight.DETAIL, Weight.PROPER, Weight.DESCRIPTOR})
_FITTING: Final = "fitting"
_ANCHORS: Final = 4
_BEGINNING: Final = 5
_SIZES: Final = 3
_MANY: Final = 5
_LONGEST_ARTICLE: Final = 10**8  # those with letters are kept as greater numbers
_SIZE: Final = 5  # what is less may be a count, which the other name does not say


@dataclass(frozen=True, slots=True)
class Facts:
    """``numbers`` are what the goods measure: kind and value, how often.

    ``distinct``: the same, where each is said once and none is a sort. ``remarks`` count only against a remark of the
    same kind: what a pallet holds, a power. ``sides``: i and o, sorted. ``orders``: sizes whose order counts. ``name``
    is as it is written.
    """

    name: str
    wording: Wording
    sides: str
    orders: tuple[tuple[Decimal, ...], ...]
    numbers: Counter[Number]
    distinct: frozenset[Number] | None
    remarks: dict[str, frozenset[float]]

    @property
    def head(self) -> str | None:
        return self.wording.head

    @property
    def makers(self) -> frozenset[str]:
        return self.wording.makers

    @property
    def words(self) -> Mapping[str, Weight]:
        return self.wording.words

    @property
    def form(self) -> Form | None:
        return self.wording.form


@lru_cache(maxsize=16_384)
def facts_of(name: str, unit: str | None) -> Facts:
    """Of a name as it is written: a capital letter by itself is a type («Изоспан В»)."""
    as_written = name
    name = written_out(name)
    if "канал" in name:
        name = _CONDUIT.sub("кабельканал", name)
    if "вер" in name and (" ПО " in name or " ДО " in name):
        name = _GLAZED.sub("остекленный", name)
    name, standards = without_standards(as_usual(name))
    name, parts = without_standard_parts(name)
    name, articles = without_articles(name)
    name, ratings = without_ratings(name)
    product = read(name)
    sold = counted_unit(unit)[1]
    form = product.goods.form if product.goods else None
    code = last_code(product)
    said = _Words(product, _types(name, form), Written(name), tap="ВН" in name or "BH" in name)
    said.read()
    words = said.words
    if code is not None and code.code:
        words[stem(one_alphabet(code.code))] = Weight.CODE
    for one in product.amounts:
        letter = one.code if one.code and len(one.code) == 1 and one.mark != "sort" else None
        if letter and (letter not in _OMITTED or _is_rating(one, form)):
            words[one_alphabet(letter)] = Weight.NAMED
    if "+" in name and _PLUS.search(name):
        words[_PLUS_WORD] = Weight.TELLING
    numbers, remarks = numbers_of(product, form, code, sold)
    numbers.update(said.counts)
    numbers.update((STANDARD_PART, part) for part in parts)
    remarks.update(ratings)
    if standards:
        remarks[_STANDARD_KIND] = standards
    for kind, values in articles.items():
        remarks[kind] = values | remarks.get(kind, frozenset())
    return Facts(
        as_written,
        wording(said.head, frozenset(said.makers), tuple(words.items()), tuple(said.cut.items()), form),
        "".join(sorted(said.sides)),
        _orders(product),
        numbers,
        _distinct(numbers),
        remarks,
    )


def _distinct(numbers: Counter[Number]) -> frozenset[Number] | None:
    if sum(numbers.values()) > len(numbers):
        return None
    return None if any(kind == "sort" for kind, _ in numbers) else frozenset(numbers)


def _orders(product: ProductName) -> tuple[tuple[Decimal, ...], ...]:
    """The sizes whose order tells fittings apart: «22/500/600», «32х25х32»."""
    if product.goods is None or product.goods.code != _FITTING:
        return ()
    return tuple(one.values for one in product.amounts if len(one.values) > 1 and "-" not in one.signs)


def _is_rating(one: Amount, form: Form | None) -> bool:
    """«C16» of a circuit breaker."""
    return form in _DEVICES and one.code in _RATINGS and not one.signs


def _types(name: str, form: Form | None) -> frozenset[str]:
    """Capital letters by themselves, in one alphabet and small; none where all letters are capitals.

    Behind a device's number stand amperes, volts and poles.
    """
    if name.isupper():
        return _NO_TYPES
    found = _types_in(name)
    if found and form in _DEVICES:
        found = _types_in(_BEHIND_NUMBER.sub(" ", name))
    return frozenset(one_alphabet(one.lower()) for one in found) if found else _NO_TYPES


def _types_in(name: str) -> list[str]:
    return _TYPE.findall(name) + _SMALL_TYPE.findall(name)


class _Words:
    """The words of a name, read from left to right."""

    def __init__(self, product: ProductName, types: frozenset[str], written: Written, *, tap: bool) -> None:
        self._product = product
        self._types = types
        self._written = written
        self._tap = tap
        self._served = False
        self.makers: set[str] = set()
        self.words: dict[str, Weight] = {}
        self.cut: dict[str, str] = {}
        self.sides = ""
        self.counts: list[Number] = []
        self.head: str | None = None
        self._noun = _noun_at(product)

    def read(self) -> None:
        words = self._product.words
        at, count = 0, len(words)
        serving = False  # whether the word before is what the goods are for
        while at < count:
            word = words[at].word
            said = entry_of(word)
            was_served = self._served
            pair = said.maker_with.get(words[at + 1].word) if said.maker_with and at + 1 < count else None
            maker = pair or said.maker
            if maker:
                self.makers.add(maker)
            elif (said.serves and word not in self._types) or (word == _AND and serving):
                self._served = True
            elif said.side:
                self.sides += _alone(said.side, word, self._product, at, tap=self._tap)
            elif len(word) == 1:
                self._letter(word, at)
            elif word != _ANGLE or not _before_angle(self._product, at + 1):
                self._word(said, at)
            serving = self._served or was_served
            at += 2 if pair else 1

    def _letter(self, word: str, at: int) -> None:
        before = self._product.words[at - 1].word if at else ""
        if word in self._types and not (word == "r" and before == _POLYPROPYLENE):
            self.words[word] = Weight.NAMED

    def _word(self, said: Entry, at: int) -> None:
        word = said.word
        if said.number is not None:
            self.counts.append((f"{COUNTED} {stem(word)}", said.number))
        for term, known in said.terms:
            weight = Weight.MODEL if known is Weight.NOISE and self._is_model(word, at) else known
            if at == self._noun and self.head is None:
                self.head = term
            if weight is not Weight.NOISE:
                if weight is Weight.DETAIL and said.known and at != self._noun and self._written.is_name(word):
                    weight = Weight.PROPER
                elif weight is Weight.DETAIL and not said.known:
                    weight = self._unknown(word, at)
                elif weight is Weight.NAMED and self._written.is_ordinary(word):
                    weight = Weight.DETAIL
                if weight in _OF_PURPOSE and (self._served or said.number is not None):
                    weight = Weight.PURPOSE if self._served else Weight.GENERAL
                self.words[term] = weight
                if at in self._product.cut or len(word) < len(term):
                    self.cut[term] = word
        self._served = self._served and word.endswith(_ADJECTIVE)

    def _is_model(self, word: str, at: int) -> bool:
        """«CM 17» is no centimetre, «СТ 17» no steel."""
        return (
            self._written.is_model(word)
            and self._product.words[at].mark is None
            and any(one.place == at + 1 for one in self._product.amounts)
        )

    def _behind_amount(self, at: int) -> bool:
        """Whether a number stands right before: the «с» of «С16 1-полюсный» is no preposition."""
        return any(one.place == at for one in self._product.amounts)

    def _unknown(self, word: str, at: int) -> Weight:
        """What a word that no file knows may be by how and where it is written: «с креплением» is an accessory."""
        if at and self._product.words[at - 1].word in _WITH and not self._behind_amount(at):
            return Weight.ACCESSORY
        if at in self._product.cut and len(word) <= _LONGEST_CUT:
            return Weight.CUT
        return self._written.weight_of(word)


def _noun_at(product: ProductName) -> int | None:
    """The place of the noun: of «расширительный бак» the second word."""
    at = product.head
    if at is None or not product.words[at].word.endswith(_NOMINATIVE) or at + 1 == len(product.words):
        return at
    return at + 1


def _before_angle(product: ProductName, place: int) -> bool:
    """Whether degrees stand there: «угол 45°»."""
    return any(one.place == place and one.values[0] in FITTING_ANGLES for one in product.amounts)


def _alone(side: str, word: str, product: ProductName, at: int, *, tap: bool) -> str:
    """«вн» beside «нар» or a thread is the inside; alone it is a tap's «ВН»: one of each."""
    if word != "вн" or not tap:
        return side
    beside = (product.words[at - 1].word if at else "", *(said.word for said in product.words[at + 1 : at + 2]))
    if any(side_of(one) or one == "р" or one.startswith("резьб") for one in beside):
        return side
    return "io"


def candidate_keys(name: str, unit: str | None) -> tuple[str, ...]:
    """Under which a name is looked for: names that may mean one material share one at least.

    Each is a maker, or the beginning of the noun or of a word that tells goods apart, with one of the largest numbers;
    where there is no number, with another of them.
    """
    facts = facts_of(name, unit)
    anchors, more = _anchors(facts.wording)
    # The other name may say a rating or a load as a plain number.
    said_aside = () if facts.numbers else (value for values in facts.remarks.values() for value in values)
    sizes = sorted({*(value for _, value in facts.numbers), *said_aside}, reverse=True)[:_SIZES]
    if len(facts.numbers) > _MANY:  # the other name may leave out the largest: «ПБ 48.12-8 (4780х1197х220)»
        sizes += sorted({value for _, value in facts.numbers}, reverse=True)[_SIZES : _MANY + 1]
    if sizes:
        largest = sizes[0]
        if len(sizes) >= _PLANE and (facts.form is Form.ROLL or (facts.form is None and facts.makers)):
            sizes.append(largest * sizes[1] / _MILLIMETRES**2)  # the other name may say the area alone
        found = sorted({*map(digits, sizes), *_begun_articles(facts)})
        keys = tuple([f"{anchor}|{size}" for anchor in anchors for size in found])
        if len(found) > 1:  # the other name may say none of the words
            keys += ("|".join(sorted({digits(size) for size in sizes[:_PLANE]})),)
        if facts.numbers and not _are_counts(facts.numbers, max(sizes)):
            return keys
        return (*keys, *(f"{one}|{other}" for one, other in combinations(anchors, 2)))
    # Without numbers what most goods of a kind are, and colours, find them too.
    return tuple("|".join(sorted(pair)) for pair in combinations(more, 2)) or tuple(more)


def _begun_articles(facts: Facts) -> Iterator[str]:
    """How a maker's article begins, which is all that the other name may say: «33265» of «33265002»."""
    for value in facts.remarks.get(ARTICLE, ()) if facts.makers else ():
        if value < _LONGEST_ARTICLE:
            yield f"{value:.0f}"[:_BEGINNING].strip("0")


def _are_counts(numbers: Counter[Number], largest: float) -> bool:
    return largest < _SIZE and all(not kind or kind.startswith(COUNTED) for kind, _ in numbers)


@lru_cache(maxsize=16_384)
def _anchors(wording: Wording) -> tuple[Sequence[str], Sequence[str]]:
    """What a name is looked for by, and the same where it has no number."""
    words = wording.words
    said = sorted(word for word, weight in words.items() if weight in _FOUND_BY) or sorted(words)
    # The noun too: the other name may lack all that tells these goods from others.
    noun = {wording.head[:_BEGINNING]} if wording.head and wording.head in words else set()
    anchors = sorted({*wording.makers, *(word[:_BEGINNING] for word in said[:_ANCHORS]), *noun})
    more = sorted(word[:_BEGINNING] for word, weight in words.items() if weight in _FOUND_BY_TOO)
    return anchors, list(dict.fromkeys([*anchors, *more]))[:_MOST_ANCHORS]


@lru_cache(maxsize=4_096)
def digits(size: float) -> str:
    """The same of metres as of millimetres."""
    return f"{size:.10g}".replace(".", "").strip("0")
