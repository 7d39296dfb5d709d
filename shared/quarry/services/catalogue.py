"""One material, its offers, its prices over time, and the reference lists; cache-aside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from quarry.cache.catalogue_cache import Cached, CatalogueCache, Computed
from quarry.domain.comparing import cheapest_first, compared_unit, judge
from quarry.domain.documents import moment, offer_json
from quarry.domain.materials import Offer
from quarry.domain.money import money
from quarry.domain.showing import Showing, suppliers_of
from quarry.errors import NotFound, StoreUnavailable
from quarry.repositories.materials import HybridMaterialsRepository
from quarry.repositories.offers import OfferHistory, Origin
from quarry.repositories.reference import ReferenceLists
from quarry.services.pages import Cursors
from quarry.services.trade import TradeReader

_OFFERS: Final = Cursors("offers", after=int)
_HISTORY: Final = Cursors("price-history", after=int)
_CATEGORIES: Final = Cursors("categories", after=str)
_UNITS: Final = Cursors("units", after=str)


class CatalogueService:
    """Ages are in seconds. Offers come from the index, at most five, while PostgreSQL is unavailable."""

    def __init__(
        self,
        materials: HybridMaterialsRepository,
        offers: OfferHistory,
        reference: ReferenceLists,
        cache: CatalogueCache,
        trade: TradeReader,
        *,
        material_ttl: int,
        reference_ttl: int,
    ) -> None:
        self._materials = materials
        self._offers = offers
        self._reference = reference
        self._cache = cache
        self._trade = trade
        self._material_ttl = material_ttl
        self._reference_ttl = reference_ttl

    async def material(self, material_id: str) -> Cached:
        async def compute(_: int) -> Computed:
            document = await self._document(material_id)
            return Computed({**document["material"], "offers_total": document["offers_total"]})

        return await self._cache.fetch(f"material:{material_id}", self._material_ttl, compute)

    async def offers(self, material_id: str, limit: int, cursor: str | None) -> Cached:
        after = _after(_OFFERS, cursor)

        async def compute(_: int) -> Computed:
            # The material is needed too: a missing one is 404, and its name decides how offers are compared.
            document = await self._document(material_id)
            try:
                found = await self._offers.offers_of(material_id, after)
                showing = await self._trade.showing(offer.supplier_id for offer in found)
                page = _offers(document["material"]["name"], found, after, limit, showing)
                origins = await self._offers.origins([one["id"] for one in page["items"]])
            except StoreUnavailable:
                showing = await self._trade.showing(suppliers_of(document))
                items = [{**one, "source": None} for one in showing.offers(document)[:limit]]
                # The index has five at most: the cache must not keep such an answer beyond the outage.
                return Computed({"items": items, "next_cursor": None}, keep=False)
            items = [{**one, "source": _origin(origins.get(one["id"]))} for one in page["items"]]
            return Computed({**page, "items": items}, showing.complete)

        return await self._cache.fetch(f"offers:{material_id}:{limit}:{after}", self._material_ttl, compute)

    async def price_history(self, material_id: str, supplier_id: int | None, limit: int, cursor: str | None) -> Cached:
        after = _after(_HISTORY, cursor)

        async def compute(_: int) -> Computed:
            # A material without history is an empty page, a material that does not exist is 404.
            await self._document(material_id)
            found = await self._offers.price_history(material_id, supplier_id, after, limit + 1)
            showing = await self._trade.showing(offer.supplier_id for offer in found)
            return Computed(_page(_HISTORY, found, limit, partial(_past_price, showing), "id"), showing.complete)

        key = f"history:{material_id}:{supplier_id}:{limit}:{after}"
        return await self._cache.fetch(key, self._material_ttl, compute)

    async def categories(self, limit: int, cursor: str | None) -> Cached:
        def shape(item: Any) -> dict[str, Any]:
            return {"id": str(item.id), "name": item.name, "description": item.description}

        return await self._listed("categories", _CATEGORIES, self._reference.categories, shape, limit, cursor)

    async def units(self, limit: int, cursor: str | None) -> Cached:
        def shape(item: Any) -> dict[str, Any]:
            return {
                "id": str(item.id),
                "code": item.code,
                "name": item.name,
                "symbol": item.symbol,
                "dimension": item.dimension,
                "factor": None if item.factor is None else f"{item.factor.normalize():f}",
                "synonyms": list(item.synonyms),
            }

        return await self._listed("units", _UNITS, self._reference.units, shape, limit, cursor)

    async def _listed(
        self,
        name: str,
        cursors: Cursors,
        read: Callable[[str | None, int], Awaitable[Sequence[Any]]],
        shape: Callable[[Any], dict[str, Any]],
        limit: int,
        cursor: str | None,
    ) -> Cached:
        after = _after(cursors, cursor)

        async def compute(_: int) -> Computed:
            return Computed(_page(cursors, await read(after, limit + 1), limit, shape, "name"))

        return await self._cache.fetch(f"{name}:{limit}:{after}", self._reference_ttl, compute)

    async def _document(self, material_id: str) -> Any:
        documents = await self._materials.documents([material_id])
        if material_id not in documents:
            raise NotFound(f"There is no material {material_id}.")
        return documents[material_id]


def _after(cursors: Cursors, cursor: str | None) -> Any:
    """Where the page before ended; None for the first."""
    return cursors.read(cursor)["after"] if cursor else None


def _page(
    cursors: Cursors, found: Sequence[Any], limit: int, shape: Callable[[Any], dict[str, Any]], key: str
) -> dict[str, Any]:
    """The page as the API shows it; items follow each other by their ``key``."""
    page = cursors.page(found, limit, lambda item: {"after": getattr(item, key)})
    return {"items": [shape(item) for item in page.items], "next_cursor": page.next_cursor}


def _offers(name: str, found: Sequence[Offer], after: int | None, limit: int, showing: Showing) -> dict[str, Any]:
    """A page of them, the cheapest first."""
    ended = {offer.id for offer in found if offer.superseded_at is not None}
    shown = list(map(_offer, found))
    current = [one for one in shown if one["id"] not in ended]
    unit = compared_unit(name, current)
    judge(current, unit)
    # The last offer of the page before keeps its place in the order, also when it has ended by now.
    ranked = cheapest_first(shown, unit, showing.rates)
    begin = next((place + 1 for place, one in enumerate(ranked) if one["id"] == after), 0)
    page = _OFFERS.page([one for one in ranked[begin:] if one["id"] not in ended], limit, _after_id)
    return {"items": list(map(showing.offer, page.items)), "next_cursor": page.next_cursor}


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    if origin is None:
        return None
    named = {name: getattr(origin, name) for name in ("request_id", "file_name", "sheet", "row")}
    return {**named, "listed_at": moment(origin.listed_at)}


def _after_id(offer: Mapping[str, Any]) -> dict[str, Any]:
    return {"after": offer["id"]}


def _offer(offer: Offer) -> dict[str, Any]:
    prices = [
        {
            "label": price.label,
            "kind": price.kind,
            "price": money(price.price),
            "currency": price.currency,
            "vat": price.vat,
        }
        for price in offer.prices
    ]
    return offer_json({**{name: getattr(offer, name) for name in offer.__slots__}, "prices": prices})


def _past_price(showing: Showing, offer: Offer) -> dict[str, Any]:
    return {
        "supplier_id": offer.supplier_id,
        "supplier_name": showing.supplier(offer.supplier_id),
        "price": money(offer.price),
        "currency": offer.currency,
        "price_per_base_unit": money(offer.price_per_base_unit),
        "valid_from": moment(offer.valid_from),
        "superseded_at": moment(offer.superseded_at),
        "pricelist_id": offer.pricelist_id,
    }
