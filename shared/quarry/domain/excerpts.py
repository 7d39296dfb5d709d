"""What ranking needs of a material: the excerpt that a point of the index carries, and the candidate read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import orjson

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, number_parts, stem
from quarry.domain.text import is_numeric, normalize_name

# To be raised when names get other tokens, or the excerpt other fields.
EXCERPT_VERSION: Final = 2

# Stems with their places in a name.
Places = Mapping[str, int]


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
    words, numbers = _split(own)
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
        wording=_wording(words, tuple(other for other, _ in others), _split(in_category)[0]),
        numbering=_numbering(numbers, tuple(other for _, other in others)),
        size=len(words) + len(set(numbers)),
    )


@kept(4_096)
def _split(canonical: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The distinct stems and the numbers of canonical tokens with blanks between them, in their order."""
    stems: dict[str, None] = {}
    numbers: list[str] = []
    for token in canonical.split():
        if is_numeric(token):
            numbers.append(token)
        elif token not in STOP_WORDS:
            stems[stem(token)] = None
    return tuple(stems), tuple(numbers)


@lru_cache(maxsize=4_096)
def _wording(own: Sequence[str], called: Sequence[Sequence[str]], category: Sequence[str]) -> Wording:
    return Wording(_places(own), tuple(map(_places, called)), _places(category))


def _places(stems: Sequence[str]) -> Places:
    return {word: place for place, word in enumerate(stems)}


@lru_cache(maxsize=4_096)
def _numbering(own: Sequence[str], called: Sequence[Sequence[str]]) -> Numbering:
    return Numbering(_numbers_of(own), tuple(map(_numbers_of, called)))


def _numbers_of(numbers: Sequence[str]) -> Numbers:
    parts = {part for number in numbers for part in (number_parts(number) or (number,))}
    return Numbers(frozenset(numbers), frozenset(parts))
