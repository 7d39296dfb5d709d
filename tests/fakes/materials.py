"""Materials in a dictionary: every one that has a word of the query is found, in the order of their names."""

from collections.abc import Mapping, Sequence
from typing import Any

from quarry.domain.excerpts import Candidate
from quarry.domain.query import SearchRequest, Source
from quarry.domain.ranking import Ranked
from quarry.domain.rates import Rates
from quarry.errors import AllDatabasesUnavailableError
from quarry.repositories.materials import HybridMaterialsRepository, MaterialQuery, SearchResult


def document(name: str, supplier_id: int = 7) -> dict[str, Any]:
    """Of a material whose id is its name, with one offer."""
    offer = {
        "id": 1,
        "name": name,
        "supplier_id": supplier_id,
        "price": "450.00",
        "currency": "RUB",
        "price_per_base_unit": "9.00",
        "base_unit": "кг",
    }
    return {
        "material": {"id": name, "name": name, "sku": None},
        "category": None,
        "skus": [],
        "supplier_ids": [supplier_id],
        "offers": [offer],
        "offers_total": 1,
        "prices": [{"amount": 450.0}],
        "cheapest": {"RUB": 450.0},
        "compared_unit": "кг",
    }


class MemoryMaterials(HybridMaterialsRepository):
    """``unavailable``: no database answers. ``degraded``: one of them does not. ``asked`` are the searches so far."""

    def __init__(self, *names: str) -> None:
        self.collection = "materials"
        self.known = {name: document(name) for name in sorted(names)}
        self.unavailable = False
        self.degraded = False
        self.asked: list[MaterialQuery] = []
        self.browsed = 0

    async def search_materials(self, query: MaterialQuery) -> SearchResult:
        self._reach()
        self.asked.append(query)
        words = query.parsed.text.split()
        found = [one for name, one in self.known.items() if any(word in name.lower() for word in words)]
        ranked = [Ranked(Candidate.of(one), 1.0, 1.0, exact=True) for one in found]
        return SearchResult(ranked, Source.VECTOR, degraded=self.degraded, total=len(ranked))

    async def documents(self, material_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        self._reach()
        return {key: self.known[key] for key in material_ids if key in self.known}

    async def browse(self, request: SearchRequest, limit: int, offset: int, rates: Rates) -> SearchResult:
        self._reach()
        self.browsed += 1
        ranked = [Ranked(Candidate.of(one), 0.0, 0.0) for one in self.known.values()]
        return SearchResult(ranked[offset : offset + limit], Source.VECTOR, total=len(ranked))

    def _reach(self) -> None:
        if self.unavailable:
            raise AllDatabasesUnavailableError
