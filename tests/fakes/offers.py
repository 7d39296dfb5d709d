"""What price lists changed, by the number of the list."""

from collections.abc import Sequence

from quarry.domain.changes import Change
from quarry.domain.materials import Offer
from quarry.repositories.offers import OfferHistory, Origin


class MemoryOffers(OfferHistory):
    def __init__(self) -> None:
        self.changed: dict[int, list[Change]] = {}

    async def offers_of(self, material_id: str, after: int | None = None) -> list[Offer]:
        return []

    async def price_history(
        self, material_id: str, supplier_id: int | None = None, after: int | None = None, limit: int = 20
    ) -> list[Offer]:
        return []

    async def origins(self, offers: Sequence[int]) -> dict[int, Origin]:
        return {}

    async def changes(self, pricelist_id: int, after: int | None = None, limit: int = 20) -> list[Change]:
        return [one for one in self.changed.get(pricelist_id, []) if one.id > (after or 0)][:limit]
