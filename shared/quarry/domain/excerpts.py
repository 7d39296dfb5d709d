"""What ranking needs of a material: the excerpt that a point of the index carries, and the candidate read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import orjson

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, number_parts, stem
from quarry.domain.names.meanings import meaning
from quarry.domain.names.product import read
from quarry.domain.names.terms import maker_of, terms_of
from quarry.domain.query import MAKER
from quarry.domain.text import is_numeric, normalize_name, one_alphabet

# To be raised when names get other tokens, or the excerpt other fields.
EXCERPT_VERSION: Final = 3

# Stems with their places in a name.
Places = Mapping[str, int]
_Places = tuple[tuple[str, int], ...]
# What stands behind «для» has this added to its place.
SERVED: Final = 20
# Before the noun that says what the goods are, as it is written.
HEAD_SIGN: Final = "="
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
    """The words of a material's name, of suppliers' other names for it, and of its category."""

    own: Places
    called: Sequence[Places]
    category: Places


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
        normalize_name(name),
        normalize_name(document["category"] or ""),
        sorted({normalize_name(offer["name"]) for offer in offers} - {normalize_name(name)}),
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


def candidate_of(text: str | None) -> Candidate | None:
    """The candidate of an excerpt; None without one, or when it is of another version."""
    return _candidate(text) if text else None


@lru_cache(maxsize=16_384)
def _candidate(text: str) -> Candidate | None:
    if not text.startswith(f"[{EXCERPT_VERSION},"):
        return None
    _, key, name, category, unit, supplier_ids, articles, cheapest, compared, priced, updated_at, *names = orjson.loads(
        text
    )
    own, in_category, called = names
    words, numbers, size = _split(own)
    others = [_split(other) for other in called]
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
        wording=_wording(words, tuple(other for other, _, _ in others), _split(in_category)[0]),
        numbering=_numbering(numbers, tuple(other for _, other, _ in others)),
        size=size + len(set(numbers)),
        goods=_goods(name),
    )


@lru_cache(maxsize=16_384)
def _goods(name: str) -> str | None:
    goods = read(name).goods
    return goods.code if goods else None


# The words of a name with their places, and its numbers.
_Said = tuple[tuple[tuple[str, int], ...], tuple[str, ...], int]


@kept(4_096)
def _split(canonical: str) -> _Said:
    """The stems of canonical tokens with their places, the numbers, and how many words there are.

    The noun that says what the goods are is at place 0, what stands behind «для» far from it. A word is there under
    what it stands for as well, and under its maker; the letters of «osb3» are a word.
    """
    found = canonical.split()
    head, first = _head(found)
    places: dict[str, int] = {}
    numbers: list[str] = []
    served = 0
    for at, token in enumerate(found):
        if is_numeric(token):
            numbers.append(token)
            code = _code(token)
            if code:
                _put(places, code, max(1, at - head) + served)
        elif (meaning(token).purpose or token in STOP_WORDS) and not _is_type(found, at):
            served = SERVED if at and meaning(token).purpose else served
        else:
            _put(places, token, (at - head if at >= head else 1) + served)
            if at == head and first:
                places[HEAD_SIGN + token] = 0
    return tuple(places.items()), tuple(numbers), len(found) - len(numbers)


def _put(places: dict[str, int], token: str, place: int) -> None:
    same = one_alphabet(token)
    maker = maker_of(same)
    if maker:
        places.setdefault(MAKER + maker, place)
    for word in (stem(token), *(term for term, _ in terms_of(same))):
        places.setdefault(word, place)


def _head(found: Sequence[str]) -> tuple[int, bool]:
    """Where the first noun is that names goods, and whether no other noun stands before it.

    Where none is known, it is the first word that is no maker's.
    """
    first = None
    for at, token in enumerate(found):
        if is_numeric(token):
            continue
        said = meaning(token)
        if said.purpose and at:
            break
        if said.goods:
            return at, first is None
        if first is None and maker_of(said.word) is None and not token.endswith(_ADJECTIVE):
            first = at
    return first or 0, True


def _is_type(found: Sequence[str], at: int) -> bool:
    """«Изоспан В 70 м2»: a letter that a number follows, or nothing, is a type."""
    last = at + 1 == len(found) or is_numeric(found[at + 1])
    return last and at > 0 and len(found[at]) == 1


def _code(token: str) -> str:
    """The letters before a number, where they are more than one."""
    letters = token[: next(at for at, letter in enumerate(token) if not letter.isalpha())]
    return letters if len(letters) > 1 else ""


@lru_cache(maxsize=4_096)
def _wording(own: _Places, called: Sequence[_Places], category: _Places) -> Wording:
    return Wording(dict(own), tuple(map(dict, called)), dict(category))


@lru_cache(maxsize=4_096)
def _numbering(own: Sequence[str], called: Sequence[Sequence[str]]) -> Numbering:
    return Numbering(_numbers_of(own), tuple(map(_numbers_of, called)))


def _numbers_of(numbers: Sequence[str]) -> Numbers:
    parts = {part for number in numbers for part in (number_parts(number) or (number,))}
    return Numbers(frozenset(numbers), frozenset(parts))
