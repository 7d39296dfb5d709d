"""Routes by which people decide what is one material: of the ingest function, which writes the catalogue."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, Field

from quarry.dependencies.reviews import get_review_service
from quarry.domain.money import money
from quarry.http.app import RequestModel
from quarry.http.field_types import Cursor, Limit
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.repositories.postgresql.decisions import Decided
from quarry.services.reviews import Asked, ReviewService

router = Routes(JsonRoute)
Service = Annotated[ReviewService, Depends(get_review_service)]
_MOST_OFFERS = 10_000


class ReviewOffer(BaseModel):
    id: int
    supplier_id: int | None
    name: str
    unit: str | None
    price: str | None
    currency: str
    price_per_base_unit: str | None
    base_unit: str | None


class ReviewSide(BaseModel):
    """``material_id`` null: these rows wait for the decision, and belong to no material yet."""

    material_id: str | None
    name: str
    unit: str | None
    offers: list[ReviewOffer]


class ReviewItem(BaseModel):
    id: str
    score: float
    why: list[str]
    missing: dict[str, int] = Field(description="details that only one of the names has, by kind")
    offers_total: int = Field(description="current offers that the decision concerns")
    row: ReviewSide
    material: ReviewSide
    created_at: datetime
    decision: Literal["same", "different"] | None
    decided_at: datetime | None

    @classmethod
    def of(cls, asked: Asked) -> "ReviewItem":
        one = asked.review
        return cls(
            id=one.id,
            score=one.score,
            why=list(asked.why),
            missing=one.missing,
            offers_total=one.offers,
            row=ReviewSide(
                material_id=one.name_id if one.is_material else None,
                name=one.name,
                unit=one.unit,
                offers=[_offer(offer) for offer in asked.offers],
            ),
            material=ReviewSide(
                material_id=one.material_id,
                name=one.other_name,
                unit=one.other_unit,
                offers=[_offer(offer) for offer in asked.other_offers],
            ),
            created_at=one.created_at,
            decision="same" if one.decision == "same" else "different" if one.decision else None,
            decided_at=one.decided_at,
        )


class ReviewPage(BaseModel):
    items: list[ReviewItem]
    next_cursor: str | None


class PairRequest(RequestModel):
    """Whether both names mean one material."""

    decision: Literal["same", "different"]


class OtherRequest(RequestModel):
    """The row means another material than the one asked about."""

    decision: Literal["other"]
    material_id: UUID


DecisionRequest = Annotated[PairRequest | OtherRequest, Field(discriminator="decision")]


class MergeRequest(RequestModel):
    material_id: Annotated[UUID, Field(description="the material that ends")]


class SplitRequest(RequestModel):
    offers: Annotated[
        list[Annotated[int, Field(ge=1, lt=2**31)]],
        Field(min_length=1, max_length=_MOST_OFFERS, description="offers that become another material's"),
    ]


class DecidedAnswer(BaseModel):
    """``material_id`` is the material that has the offers ``moved`` now; null when none moved."""

    material_id: str | None
    moved: list[int]


@router.get("/reviews")
async def reviews(
    service: Service, status: Literal["open", "decided"] = "open", limit: Limit = 20, cursor: Cursor = None
) -> ReviewPage:
    """Pairs of names that may mean one material: those with the most offers first, or what was decided last."""
    page = await service.page(decided=status == "decided", limit=limit, cursor=cursor)
    return ReviewPage(items=[ReviewItem.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.post("/reviews/{review_id}")
async def decide(review_id: UUID, body: DecisionRequest, service: Service) -> DecidedAnswer:
    """Say whether both names mean one material; it holds for the rows that wait and for all later ones."""
    other = str(body.material_id) if isinstance(body, OtherRequest) else None
    return _answer(await service.decide(str(review_id), body.decision, other))


@router.post("/materials/{material_id}/merge")
async def merge(material_id: UUID, body: MergeRequest, service: Service) -> DecidedAnswer:
    """Let another material become part of this one, with its offers, prices over time and names."""
    return _answer(await service.merge(str(material_id), str(body.material_id)))


@router.post("/materials/{material_id}/split")
async def split(material_id: UUID, body: SplitRequest, service: Service) -> DecidedAnswer:
    """Let some of the offers become another material, with their history; so do later rows of their names."""
    return _answer(await service.split(str(material_id), body.offers))


def _answer(decided: Decided) -> DecidedAnswer:
    return DecidedAnswer(material_id=decided.material_id, moved=list(decided.moved))


def _offer(row: Mapping[str, Any]) -> ReviewOffer:
    amounts: dict[str, Decimal | None] = {name: row[name] for name in ("price", "price_per_base_unit")}
    return ReviewOffer(**{**row, **{name: money(value) for name, value in amounts.items()}})
