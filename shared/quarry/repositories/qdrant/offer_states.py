"""An offer over time, where there is no PostgreSQL: one state in force and the former ones it keeps.

An offer's ``place`` is its supplier and key. ``pricelist_id`` is the last list that has it, ``first_pricelist_id`` the
one that brought its price, ``ended_by`` the one that replaced it; ``former`` are the earlier states, the oldest first.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from quarry.domain.changes import Priced
from quarry.domain.clock import clock
from quarry.domain.links import MatchedRow
from quarry.domain.money import money
from quarry.repositories.column_limits import bounded_key
from quarry.repositories.linked_rows import INCOMING, article, offer_rows

Json = dict[str, Any]
MOST_FORMER: Final = 100
_PRICED: Final = ("price", "currency", "vat", "unit", "price_per_base_unit", "prices")
_FORMER: Final = (
    *_PRICED,
    "id",
    "name",
    "sku",
    "base_unit",
    "stock",
    "in_stock",
    "valid_from",
    "pricelist_id",
    "first_pricelist_id",
)
_SHOWN: Final = (
    "id",
    "material_id",
    "supplier_id",
    "pricelist_id",
    "name",
    "sku",
    "unit",
    "currency",
    "vat",
    "base_unit",
    "prices",
    "in_stock",
)
_OF_STATE: Final = ("id", "first_pricelist_id", "valid_from", "former")
# JSON's numbers are exact up to here.
_NUMBER_BITS: Final = 53


def incoming_offers(pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]) -> Iterator[Json]:
    """The rows' offers as a list brings them, each of the first time."""
    number_keys = {bounded_key(link.offer_key): bounded_key(link.number_key) for link in links}
    now = datetime.now(UTC).isoformat()
    for values in offer_rows(links):
        row = dict(zip(INCOMING, values, strict=True))
        del row["record_sequence"], row["name_id"]
        place = f"{supplier_id}|{row['offer_key']}"
        price, stock = row.pop("unit_price"), row["stock"]
        yield {
            **row,
            "place": place,
            "id": _number(place, pricelist_id),
            "supplier_id": supplier_id,
            "number_key": number_keys[row["offer_key"]],
            "article": article(row["sku"]),
            "price": money(price),
            "price_per_base_unit": money(row["price_per_base_unit"]),
            "prices": orjson.loads(row["prices"] or "[]"),
            "comparable": orjson.loads(row["comparable"] or "[]"),
            "stock": None if stock is None else str(stock),
            "pricelist_id": pricelist_id,
            "first_pricelist_id": pricelist_id,
            "previous_pricelist_id": None,
            "current": True,
            "valid_from": now,
            "superseded_at": None,
            "ended_by": None,
            "former": [],
        }


def next_state(known: Json | None, offer: Json) -> Json | None:
    """The current state after a list brought ``offer``; None when that is of an older list than the current one."""
    fresh = {**offer, "revision": clock.next()}
    if known is None:
        return fresh
    ours = offer["pricelist_id"]
    # Also not when it is this list's own, and a newer one has ended it: a slow worker must not bring it back.
    ended = known["pricelist_id"] == ours and (known["ended_by"] or 0) > ours
    if known["pricelist_id"] > ours or ended:
        return None
    moved_on = known["pricelist_id"] < ours
    fresh["previous_pricelist_id"] = known["pricelist_id"] if moved_on else known["previous_pricelist_id"]
    same_price = all(known[name] == offer[name] for name in _PRICED)
    if known["current"] and (same_price or known["first_pricelist_id"] == ours):
        return {**fresh, **{name: known[name] for name in _OF_STATE}}
    return {**fresh, "former": [*known["former"], _ended(known, offer)][-MOST_FORMER:]}


def _ended(known: Json, offer: Json) -> Json:
    return {
        **{name: known[name] for name in _FORMER},
        "ended_by": known["ended_by"] or offer["pricelist_id"],
        "superseded_at": known["superseded_at"] or offer["valid_from"],
    }


def states(offer: Json) -> list[Json]:
    """Every state of the offer, the oldest first."""
    known = {name: offer.get(name) for name in ("supplier_id", "material_id", "place", "category")}
    return [*({**known, **state} for state in offer["former"]), offer]


def priced(state: Json) -> Priced:
    return Priced(
        price=_decimal(state["price"]),
        currency=state["currency"],
        unit=state["unit"],
        base_unit=state["base_unit"],
        price_per_base_unit=_decimal(state["price_per_base_unit"]),
    )


def offer_row(state: Json) -> dict[str, Any]:
    """The state as PostgreSQL would give it: decimals and moments."""
    return {
        **{name: state[name] for name in _SHOWN},
        "comparable": state.get("comparable", ()),
        "price": _decimal(state["price"]),
        "price_per_base_unit": _decimal(state["price_per_base_unit"]),
        "stock": _decimal(state["stock"]),
        "valid_from": datetime.fromisoformat(state["valid_from"]),
        "superseded_at": datetime.fromisoformat(state["superseded_at"]) if state["superseded_at"] else None,
    }


def _decimal(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _number(place: str, pricelist_id: int) -> int:
    """The number of an offer's state, which no other one has (by 53 bits of a digest)."""
    digest = hashlib.blake2b(f"{place}|{pricelist_id}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest) >> (64 - _NUMBER_BITS)
