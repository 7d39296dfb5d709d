"""Routes of the search function."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from quarry.cache.catalogue_cache import Cached
from quarry.dependencies.composition import composition
from quarry.domain.query import SearchRequest
from quarry.http import search_models as models
from quarry.http.answers import answer, json_answer
from quarry.http.callers import CallerDep, subject_of
from quarry.http.field_types import Cursor, Limit, SupplierId, SupplierLimit
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.http.trade_models import RatesAnswer, Suppliers
from quarry.services.catalogue import CatalogueService
from quarry.services.search import SearchService
from quarry.services.trade import TradeService

router = Routes(JsonRoute)


# Not composed of the stores' dependencies: FastAPI takes as long to resolve those four as Redis takes to answer.
async def get_search_service() -> SearchService:
    return composition().search.service


async def get_catalogue_service() -> CatalogueService:
    return composition().search.catalogue


async def get_trade_service() -> TradeService:
    return composition().trade


Trade = Annotated[TradeService, Depends(get_trade_service)]
Search = Annotated[SearchService, Depends(get_search_service)]
Catalogue = Annotated[CatalogueService, Depends(get_catalogue_service)]
RETRY_AFTER_SECONDS = 5


@router.post("/search", response_model=models.SearchAnswer)
async def search(body: models.SearchBody, service: Search, request: Request) -> Response:
    """Find materials by name, meaning, article, grade or size, with the cheapest offers of each."""
    return _found(await service.search(body.request(), body.limit, body.cursor, _asker(request)))


@router.get("/search", response_model=models.SearchAnswer)
async def search_by_text(
    service: Search, request: Request, q: models.Words = "", limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """The short form of ``POST /search``."""
    return _found(await service.search(SearchRequest(q), limit, cursor, _asker(request)))


@router.get("/search/suggestions", response_model=models.Suggestions)
async def suggestions(service: Search, q: models.Words, limit: Limit = 5) -> Response:
    """How a query that is being typed may go on."""
    return json_answer({"items": await service.suggest(q, limit)})


@router.get("/materials/{material_id}", response_model=models.MaterialAnswer)
async def material(material_id: UUID, service: Catalogue) -> Response:
    return answer(await service.material(str(material_id)))


@router.get("/materials/{material_id}/offers", response_model=models.OfferPage)
async def offers(material_id: UUID, service: Catalogue, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Every current offer, the cheapest per base unit first."""
    return answer(await service.offers(str(material_id), limit, cursor))


@router.get("/materials/{material_id}/price-history", response_model=models.PriceHistory, for_suppliers=True)
async def price_history(
    material_id: UUID,
    service: Catalogue,
    caller: CallerDep,
    supplier_id: SupplierId | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Current and former prices, the newest first."""
    supplier_id = caller.one_of(supplier_id)
    return answer(await service.price_history(str(material_id), supplier_id, limit, cursor))


@router.get("/reference/categories", response_model=models.CategoryPage, for_suppliers=True)
async def categories(service: Catalogue, limit: Limit = 20, cursor: Cursor = None) -> Response:
    return answer(await service.categories(limit, cursor))


@router.get("/reference/units", response_model=models.UnitPage, for_suppliers=True)
async def units(service: Catalogue, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Units of measure with what suppliers write for them."""
    return answer(await service.units(limit, cursor))


@router.get("/reference/exchange-rates", response_model=RatesAnswer, for_suppliers=True)
async def exchange_rates(trade: Trade) -> Response:
    """The latest rate of each currency, in the base currency."""
    return json_answer(await trade.rates())


@router.get("/suppliers", response_model=Suppliers)
async def suppliers(trade: Trade, limit: SupplierLimit = 1000, cursor: Cursor = None) -> Response:
    """The suppliers' numbers that are in use, with their names."""
    return json_answer(await trade.suppliers(limit, cursor))


def _asker(request: Request) -> str | None:
    return subject_of(request.scope.get("aws.event") or {})


def _found(cached: Cached) -> Response:
    return answer(cached, {"Retry-After": str(RETRY_AFTER_SECONDS)} if cached.mock else None)
