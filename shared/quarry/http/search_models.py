"""What the search function takes and gives."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, FailFast, Field, Strict, model_validator

from quarry.domain.money import MONEY_DIGITS, MONEY_PLACES
from quarry.domain.query import Filters, PriceRange, SearchRequest, SearchType, Sort, SortBy, Source
from quarry.domain.rows import PriceKind, Vat
from quarry.http.app import Described, RequestModel
from quarry.http.field_types import WITHOUT_NUL, Cursor, Limit, SupplierId, decimal

MAX_QUERY = 500
MAX_VALUES = 50


def _printable(text: str) -> str:
    """With spaces for control characters and halves of surrogate pairs, which belong to no name."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


Words = Annotated[str, Field(max_length=MAX_QUERY), AfterValidator(_printable)]
# Not trimmed: a facet's value is compared as it is, with spaces and marks of any kind.
Value = Annotated[str, Field(max_length=MAX_QUERY, pattern=WITHOUT_NUL)]
Amount = Annotated[Decimal, *decimal(MONEY_DIGITS, MONEY_PLACES)]
Facet = Literal["category", "supplier_id", "unit"]


class PriceFilter(RequestModel):
    min: Amount | None = None
    max: Amount | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "RUB"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min must not be above max")
        return self


class FilterModel(RequestModel):
    category: Annotated[tuple[Value, ...], Field(max_length=MAX_VALUES), FailFast()] = ()
    unit: Annotated[tuple[Value, ...], Field(max_length=MAX_VALUES), FailFast()] = ()
    supplier_id: Annotated[tuple[Annotated[SupplierId, Strict()], ...], Field(max_length=MAX_VALUES), FailFast()] = ()
    in_stock: Annotated[bool, Strict()] | None = None
    price: PriceFilter | None = None


class SortModel(RequestModel):
    by: SortBy = SortBy.RELEVANCE
    order: Literal["asc", "desc"] | None = Field(None, description="default: what is natural for what is sorted by")

    def sort(self) -> Sort:
        """By relevance there is one order: the best first."""
        natural = self.order is None or self.by is SortBy.RELEVANCE
        return Sort(self.by, None if natural else self.order == "desc")


class SearchBody(RequestModel):
    query: Words
    limit: Annotated[Limit, Strict()] = 20
    cursor: Cursor = None
    search_type: SearchType = SearchType.AUTO
    filters: FilterModel = FilterModel()
    sort: SortModel = SortModel()
    facets: Annotated[tuple[Facet, ...], Field(max_length=3), FailFast()] = ()
    as_written: Annotated[
        tuple[Words, ...],
        Field(
            max_length=MAX_VALUES, description="«from» of rewrites that are not wanted: those words stay as they are"
        ),
        FailFast(),
    ] = ()

    def request(self) -> SearchRequest:
        price = self.filters.price
        return SearchRequest(
            query=self.query,
            search_type=self.search_type,
            filters=Filters(
                category=self.filters.category,
                unit=self.filters.unit,
                supplier_id=self.filters.supplier_id,
                in_stock=self.filters.in_stock,
                price=PriceRange(price.currency, price.min, price.max) if price else None,
            ),
            sort=self.sort.sort(),
            facets=tuple(dict.fromkeys(self.facets)),
            as_written=self.as_written,
        )


class MaterialModel(Described):
    id: UUID
    name: str
    category: str | None
    unit: str | None
    base_unit: str | None
    sku: str | None
    description: str | None
    updated_at: datetime


class MaterialAnswer(MaterialModel):
    offers_total: int


class ListedPriceModel(Described):
    label: str
    kind: PriceKind
    price: str | None
    currency: str
    vat: Vat


class ComparablePrice(Described):
    unit: str
    price: str = Field(examples=["250.00"])


class ConvertedPrice(Described):
    """In the base currency; ``rate_date`` is None for an offer that is in it already."""

    currency: str
    price: str
    price_per_base_unit: str | None
    rate_date: date | None


class OfferModel(Described):
    """A supplier's price; ``price_per_base_unit`` is for one ``base_unit``."""

    id: int
    supplier_id: int | None
    supplier_name: str | None
    pricelist_id: int | None
    name: str
    sku: str | None
    unit: str | None
    price: str | None = Field(examples=["450.00"])
    currency: str
    vat: Vat
    price_per_base_unit: str | None = Field(examples=["9.00"])
    base_unit: str | None
    comparable: list[ComparablePrice] = Field(
        description="prices in every unit that follows from the name, that of base_unit first"
    )
    not_comparable: str | None = Field(description="why it stands behind the offers that can be compared")
    price_in: ConvertedPrice | None = Field(description="None without a price, and without a rate of its currency")
    suspect: bool = Field(description="beyond five times the median of the same goods' offers, or below a fifth of it")
    suspect_reason: str | None
    prices: list[ListedPriceModel]
    stock: float | None
    in_stock: bool | None
    valid_from: datetime | None


class OriginModel(Described):
    """``listed_at`` is when the list came; ``row`` counts as the spreadsheet program shows it."""

    request_id: str
    file_name: str | None
    sheet: str | None
    row: int | None
    listed_at: datetime


class SourcedOffer(OfferModel):
    source: OriginModel | None = Field(description="where the last list has it; None where that is not known")


class OfferPage(Described):
    items: list[SourcedOffer]
    next_cursor: str | None


class Hit(Described):
    material: MaterialModel
    score: float = Field(description="1.00 is an exact answer")
    match: Literal["exact", "near"] = Field(description="near: a size, grade or word is another")
    highlights: list[str] = Field(description="HTML with <mark> around what matched")
    offers: list[OfferModel] = Field(description="the five cheapest per compared_unit")
    compared_unit: str | None = Field(description="the unit in which the material's offers are compared")
    offers_total: int


class RewriteModel(Described):
    source: str = Field(serialization_alias="from", validation_alias="from")
    to: str
    reason: str


class UnderstoodModel(Described):
    text: str
    rewrites: list[RewriteModel]


class Total(Described):
    value: int
    relation: Literal["eq", "gte"]


class FacetValue(Described):
    value: str | int
    count: int
    name: str | None = Field(None, description="of a supplier that has one")


class SearchAnswer(Described):
    query: str
    source: Source
    degraded: bool
    took_ms: float
    understood: UnderstoodModel
    near_only: bool = Field(description="no hit answers all that was asked")
    did_you_mean: str | None
    total: Total
    hits: list[Hit]
    facets: dict[Facet, list[FacetValue]]
    next_cursor: str | None


class Suggestion(Described):
    text: str
    count: int


class Suggestions(Described):
    items: list[Suggestion]


class PastPrice(Described):
    supplier_id: int | None
    supplier_name: str | None
    price: str | None
    currency: str
    price_per_base_unit: str | None
    valid_from: datetime
    superseded_at: datetime | None
    pricelist_id: int | None


class PriceHistory(Described):
    items: list[PastPrice]
    next_cursor: str | None


class CategoryModel(Described):
    id: UUID
    name: str
    description: str | None


class CategoryPage(Described):
    items: list[CategoryModel]
    next_cursor: str | None


class UnitModel(Described):
    id: UUID
    code: str
    name: str
    symbol: str | None
    dimension: str
    factor: str | None = Field(description="how many of the dimension's base unit one of it is")
    synonyms: list[str]


class UnitPage(Described):
    items: list[UnitModel]
    next_cursor: str | None
