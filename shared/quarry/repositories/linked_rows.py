"""What a linked row says, as the rows that are stored of it: those of PostgreSQL's tables, and in Qdrant the same."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from quarry.adapters.postgresql.copying import json_text
from quarry.domain.links import MatchedRow, RowKey
from quarry.domain.matching import match_keys
from quarry.domain.materials import material_id
from quarry.domain.money import money, storable
from quarry.repositories.column_limits import NAME, OFFER_NAME, SKU, UNIT, bounded_key, category, truncate

DETAILS: Final = (
    "name",
    "unit_price",
    "sku",
    "category",
    "unit",
    "currency",
    "vat",
    "price_per_base_unit",
    "base_unit",
    "comparable",
    "material_id",
    "match_type",
    "similarity_score",
    "row_number",
    "sheet",
    "prices",
    "stock",
    "in_stock",
    "content_hash",
    "record_sequence",
    "name_id",
)
INCOMING: Final = ("offer_key", *DETAILS)
MATERIAL: Final = (
    "id",
    "name",
    "use_category",
    "unit",
    "description",
    "sku",
    "normalized_name",
    "number_key",
    "base_unit",
)
KEYS: Final = ("key", "place", "material_id", "origin_pricelist_id")


def material_row(link: MatchedRow) -> tuple[Any, ...]:
    """The values of :data:`MATERIAL`."""
    row = link.row
    return (
        link.material_id,
        truncate(row.name, NAME),
        category(row.category),
        truncate(link.basis.normalized_unit or row.unit, UNIT),
        _description(link),
        truncate(row.sku, SKU),
        link.normalized_name,
        bounded_key(link.number_key),
        link.basis.base_unit,
    )


def key_rows(
    known: str, name: str, unit: str | None, origin_pricelist_id: int | None
) -> Iterator[tuple[int, int, str, int | None]]:
    """The values of :data:`KEYS`: where a material of that name is looked up."""
    found = match_keys(name, unit)
    return ((key, found.place, known, origin_pricelist_id) for key in found.keys)


def _description(link: MatchedRow) -> str | None:
    whole = link.row.name if len(link.row.name) > NAME else None
    return "\n".join(part for part in (whole, link.row.description) if part) or None


def offer_rows(links: Iterable[MatchedRow]) -> Iterator[tuple[Any, ...]]:
    """The values of :data:`INCOMING`, one row a key: in a chunk the last one counts."""
    for key, link in {bounded_key(link.offer_key): link for link in links}.items():
        yield key, *_details(link)


def _details(link: MatchedRow) -> tuple[Any, ...]:
    row = link.row
    prices = json_text([_price(price) for price in row.prices]) if row.prices else None
    content = (
        truncate(row.name, OFFER_NAME),
        storable(row.price),
        truncate(row.sku, SKU),
        category(row.category),
        truncate(row.unit, UNIT),
        row.currency,
        str(row.vat),
        storable(link.basis.price_per_base_unit),
        link.basis.base_unit,
    )
    compared = json_text(_comparable(link)) if len(link.basis.comparable) > 1 else None
    state = (prices, storable(row.stock), row.in_stock)
    # Left out where it is empty, so that offers without it keep their digests.
    whole = (content, state, compared) if compared else (content, state)
    digest = hashlib.blake2b(repr(whole).encode(errors="replace"), digest_size=16).hexdigest()
    own = material_id(link.normalized_name)
    linked = (link.material_id, str(link.match_type), link.score, row.row, row.sheet)
    moved = None if own == link.material_id else own
    return *content, compared, *linked, *state, digest, link.record_sequence, moved


def _comparable(link: MatchedRow) -> list[dict[str, Any]]:
    return [{"unit": unit, "price": money(storable(price))} for unit, price in link.basis.comparable]


def _price(price: Any) -> dict[str, Any]:
    return {
        "label": price.label,
        "kind": price.kind,
        "price": money(storable(price.price)),
        "currency": price.currency,
        "vat": price.vat,
    }


# A value that a supplier gives to more offers than this is not an article, but a maker's name, «new» or a dash.
OFFERS_OF_AN_ARTICLE: Final = 100


def distinct_articles(keys: Iterable[RowKey]) -> list[dict[str, str]]:
    """Rows whose article, with its numbers, no other of them has: ``row_id``, ``sku`` in lower case, ``number_key``."""
    articles = [
        {"row_id": key.row_id, "sku": article(key.sku) or "", "number_key": bounded_key(key.number_key)}
        for key in keys
        if key.sku
    ]
    times = Counter((one["sku"], one["number_key"]) for one in articles)
    return [one for one in articles if times[one["sku"], one["number_key"]] == 1]


def article(sku: str | None) -> str | None:
    """The article by which offers are looked up."""
    return (truncate(sku, SKU) or "").lower() or None
