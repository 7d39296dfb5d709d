"""What a buyer asks for, as values."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import orjson

# Before a maker's code, which all its spellings share.
MAKER: Final = "@"


class SearchType(StrEnum):
    AUTO = "auto"
    VECTOR = "vector"
    SQL = "sql"
    FUZZY = "fuzzy"
    HYBRID = "hybrid"


class SortBy(StrEnum):
    RELEVANCE = "relevance"
    PRICE = "price_per_base_unit"
    NAME = "name"
    UPDATED = "updated_at"


class Source(StrEnum):
    VECTOR = "vector"
    SQL = "sql"
    HYBRID = "hybrid"
    STALE = "stale"
    MOCK = "mock"


@dataclass(frozen=True, slots=True)
class PriceRange:
    currency: str
    min: Decimal | None = None
    max: Decimal | None = None
    others: Sequence["PriceRange"] = ()

    @property
    def all(self) -> Sequence["PriceRange"]:
        """The range in each currency in which an offer may meet it."""
        return self, *self.others


@dataclass(frozen=True, slots=True)
class Filters:
    """Values of one filter are alternatives; all filters hold together."""

    category: Sequence[str] = ()
    unit: Sequence[str] = ()
    supplier_id: Sequence[int] = ()
    in_stock: bool | None = None
    price: PriceRange | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """``descending`` None: the order that is natural for what is sorted by."""

    by: SortBy = SortBy.RELEVANCE
    descending: bool | None = None

    @property
    def reverse(self) -> bool:
        return self.by is SortBy.UPDATED if self.descending is None else self.descending


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search, but for the page of it. Words ``as_written`` are not read as others."""

    query: str
    search_type: SearchType = SearchType.AUTO
    filters: Filters = field(default_factory=Filters)
    sort: Sort = field(default_factory=Sort)
    facets: Sequence[str] = ()
    as_written: Sequence[str] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for equal questions."""
        content = orjson.dumps(self, default=str, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A word of the query that was read as another; ``to`` is empty where it became a wish and no word."""

    source: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word or number to look for.

    ``alternatives`` are other stems that are as good, ``synonyms`` sets of stems, each as a whole nearly as good.
    ``spelled``: words of the catalogue that it may be found by. ``prefix``: words may begin so; ``begun``: none is
    whole. What is ``optional`` is preferred. ``heads``: it says what the goods are.
    """

    token: str
    stem: str
    numeric: bool
    alternatives: frozenset[str] = frozenset()
    synonyms: tuple[frozenset[str], ...] = ()
    spelled: tuple[str, ...] = ()
    prefix: str = ""
    begun: bool = False
    optional: bool = False
    heads: bool = False


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query's meaning: ``text`` is what is searched for. ``goods`` is the class of goods that it names."""

    text: str
    terms: Sequence[Term]
    rewrites: Sequence[Rewrite] = ()
    cheapest_first: bool = False
    article: str | None = None
    goods: str | None = None

    @property
    def expansions(self) -> list[str]:
        """Other words to look for, without the sign of makers."""
        words = {word for term in self.terms for word in (*term.alternatives, *term.spelled)}
        return sorted(word for word in words if not word.startswith(MAKER))


def matches(filters: Filters, document: Mapping[str, Any]) -> bool:
    """Whether a document passes the filters."""
    return (
        (not filters.category or document["category"] in filters.category)
        and (not filters.unit or document["unit"] in filters.unit)
        and (filters.in_stock is None or document["in_stock"] is filters.in_stock)
        and (not filters.supplier_id or not set(filters.supplier_id).isdisjoint(document["supplier_ids"]))
        and (
            filters.price is None
            or any(_meets(filters, price, offer) for price in filters.price.all for offer in document["prices"])
        )
    )


def _meets(filters: Filters, price: PriceRange, offer: Mapping[str, Any]) -> bool:
    return (
        offer["currency"] == price.currency
        and (price.min is None or offer["amount"] >= float(price.min))
        and (price.max is None or offer["amount"] <= float(price.max))
        and (not filters.supplier_id or offer["supplier_id"] in filters.supplier_id)
    )
