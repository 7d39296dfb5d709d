"""What ranking needs of a material: the excerpt that a point of the index carries, and the candidate read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, number_parts, stem
from quarry.domain.names.goods import goods_of
from quarry.domain.names.meanings import is_purpose
from quarry.domain.names.product import read
from quarry.domain.names.terms import maker_of, stems_of
from quarry.domain.query import MAKER
from quarry.domain.text import is_numeric, normalize_name, one_alphabet

# Raise it when the tokens or classes of names change, or the fields of the excerpt.
EXCERPT_VERSION: Final = 7

# Stems with their places in a name.
Places = Mapping[str, int]
_Places = tuple[tuple[str, int], ...]
# Added to the place of words that follow «для».
SERVED: Final = 20
# The mark of the noun that says what the goods are, before its stem.
HEAD_SIGN: Final = "="
_SHORTEST_BARE: Final = 4
_BETWEEN: Final = str.maketrans("", "", " -_./")
_ADJECTIVE: Final = ("ая", "яя", "ый", "ий", "ой", "ое", "ее", "ые", "ие")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of a name: as they are written, and in parts."""

    whole: frozenset[str]
    parts: frozenset[str]


# What candidates have alike is one object, by which a query keeps how well it is met: goods of one kind have the same
# words, and differ in numbers.
@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """The words of a material's name, of suppliers' other names for it, and its category in canonical tokens."""

    own: Places
    called: Sequence[Places]
    category: str


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """The numbers of a material's name, and of suppliers' other names for it."""

    own: Numbers
    called: Sequence[Numbers]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What ranking needs of a document, which stands beside it where it was read as well."""

    id: str
    name: str
    category: str | None
    unit: str | None
    supplier_ids: Sequence[int]
    articles: frozenset[str]
    cheapest: Mapping[str, float]
    compared_unit: str | None
    priced: bool
    updated_at: str | None
    wording: Wording
    numbering: Numbering
    size: int
    goods: str | None = None
    document: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Candidate":
        found = _candidate(excerpt(document))
        assert found
        return replace(found, document=document)


def excerpt(document: Mapping[str, Any]) -> str:
    """What ranking needs of a document, as one JSON text: names are in it as their canonical tokens."""
    material, offers = document["material"], document["offers"]
    name, sku = material["name"], material["sku"]
    normalized = normalize_name(name)
    # Mostly the supplier's name for it is the material's own name.
    called = {normalize_name(offer["name"]) for offer in offers if offer["name"] != name} - {normalized}
    fields = (
        EXCERPT_VERSION,
        str(material["id"]),
        name,
        document["category"],
        document.get("unit"),
        document.get("supplier_ids", ()),
        (*document["skus"], *([sku.casefold()] if sku else ())),
        *_cheapest(document),
        bool(document["prices"]),
        document.get("updated_at"),
        _goods(name),
        normalized,
        normalize_name(document["category"] or ""),
        sorted(called),
    )
    return orjson.dumps(fields).decode()


def _cheapest(document: Mapping[str, Any]) -> tuple[Mapping[str, float], str | None]:
    """The lowest prices by currency, and for one of which unit; also of a document of the previous version."""
    if "cheapest" in document:
        return document["cheapest"], document["compared_unit"]
    offers, price = document["offers"], document.get("price_per_base_unit")
    return ({offers[0]["currency"]: price} if offers and price is not None else {}), None


@lru_cache(maxsize=16_384)
def article_key(text: str) -> str:
    """An article without what people leave out: «545-025», «545 025» and «545025» are one."""
    return text.casefold().translate(_BETWEEN)


def without_zeros(key: str) -> str:
    """A number as a spreadsheet shows it that was «00545025»; fewer than four digits are too little to be known by."""
    bare = key.lstrip("0")
    return bare if bare.isdigit() and len(bare) >= _SHORTEST_BARE else key


def candidate_of(text: str | None) -> Candidate | None:
    """The candidate of an excerpt; None without one, or when it is of another version."""
    return _candidate(text) if text else None


@lru_cache(maxsize=16_384)
def _candidate(text: str) -> Candidate | None:
    if not text.startswith(f"[{EXCERPT_VERSION},"):
        return None
    _, key, name, category, unit, supplier_ids, articles, cheapest, compared, priced, *others = orjson.loads(text)
    updated_at, goods, own, in_category, called = others
    words, numbers, size = _split(own)
    said = list(map(_split, called))
    return Candidate(
        id=key,
        name=name,
        category=category,
        unit=unit,
        supplier_ids=supplier_ids,
        articles=frozenset(articles),
        cheapest=cheapest,
        compared_unit=compared,
        priced=priced,
        updated_at=updated_at,
        wording=_wording(words, tuple(other for other, _, _ in said), in_category),
        numbering=_numbering(numbers, tuple(other for _, other, _ in said)),
        size=size + len(set(numbers)),
        goods=goods,
    )


def _goods(name: str) -> str | None:
    goods = read(name).goods
    return goods.code if goods else None


# The words of a name with their places, and its numbers.
_Said = tuple[tuple[tuple[str, int], ...], tuple[str, ...], int]


class _Token(NamedTuple):
    """What a token says wherever it stands.

    ``words``: what it is found by; of a number its letters. ``noun``: it names goods; ``leads``: where no noun does.
    """

    numeric: bool
    words: tuple[str, ...]
    stop: bool = False
    purpose: bool = False
    noun: bool = False
    leads: bool = False


@lru_cache(maxsize=65_536)
def _token(token: str) -> _Token:
    if is_numeric(token):
        code = _code(token)
        return _Token(numeric=True, words=_words_of(code) if code else ())
    word = one_alphabet(token)
    purpose = is_purpose(word)
    return _Token(
        numeric=False,
        words=_words_of(token),
        stop=purpose or token in STOP_WORDS,
        purpose=purpose,
        noun=goods_of(word) is not None,
        leads=maker_of(word) is None and not token.endswith(_ADJECTIVE),
    )


def _words_of(token: str) -> tuple[str, ...]:
    """A token's stem, what it stands for, and its maker."""
    same = one_alphabet(token)
    maker = maker_of(same)
    return (*([MAKER + maker] if maker else ()), stem(token), *stems_of(same))


@kept(4_096)
def _split(canonical: str) -> _Said:
    """The stems of canonical tokens with their places, the numbers, and how many words there are.

    The noun that says what the goods are is at place 0, what stands behind «для» far from it. A word is there under
    what it stands for as well, and under its maker; the letters of «osb3» are a word.
    """
    found = canonical.split()
    known = list(map(_token, found))
    head, first = _head(known)
    places: dict[str, int] = {}
    numbers: list[str] = []
    served = 0
    for at, (token, said) in enumerate(zip(found, known, strict=True)):
        place = at - head if at >= head else 1
        if said.numeric:
            numbers.append(token)
            place = place or 1
        elif said.stop and not _is_type(known, at, token):
            served = SERVED if at and said.purpose else served
            continue
        for word in said.words:
            places.setdefault(word, place + served)
        if at == head and first and not said.numeric:
            places[HEAD_SIGN + token] = 0
    return tuple(places.items()), tuple(numbers), len(found) - len(numbers)


def _head(known: Sequence[_Token]) -> tuple[int, bool]:
    """Where the first noun is that names goods, and whether no other noun stands before it.

    Where none is known, it is the first word that is no maker's.
    """
    first = None
    for at, said in enumerate(known):
        if said.numeric:
            continue
        if said.purpose and at:
            break
        if said.noun:
            return at, first is None
        if first is None and said.leads:
            first = at
    return first or 0, True


def _is_type(known: Sequence[_Token], at: int, token: str) -> bool:
    """«Изоспан В 70 м2»: a letter that a number follows, or nothing, is a type."""
    return len(token) == 1 and at > 0 and (at + 1 == len(known) or known[at + 1].numeric)


def _code(token: str) -> str:
    """The letters before a number, where they are more than one."""
    letters = token[: next(at for at, letter in enumerate(token) if not letter.isalpha())]
    return letters if len(letters) > 1 else ""


@lru_cache(maxsize=4_096)
def _wording(own: _Places, called: Sequence[_Places], category: str) -> Wording:
    return Wording(dict(own), tuple(map(dict, called)), category)


def places_of(canonical: str) -> Places:
    """Of the words of canonical tokens."""
    return dict(_split(canonical)[0])


@lru_cache(maxsize=4_096)
def _numbering(own: Sequence[str], called: Sequence[Sequence[str]]) -> Numbering:
    return Numbering(_numbers_of(own), tuple(map(_numbers_of, called)))


def _numbers_of(numbers: Sequence[str]) -> Numbers:
    parts = {part for number in numbers for part in (number_parts(number) or (number,))}
    return Numbers(frozenset(numbers), frozenset(parts))
