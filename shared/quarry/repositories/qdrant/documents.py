"""Materials' documents made from the offers that Qdrant holds, where there is no PostgreSQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from quarry.adapters.qdrant.filters import all_of, among, equals, none_of, without_vector
from quarry.domain.documents import to_document
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.matching import match_keys
from quarry.repositories.documents import Stored
from quarry.repositories.material_vectors import MaterialVectors
from quarry.repositories.qdrant.material_points import MaterialIndex, MaterialPoints
from quarry.repositories.qdrant.offer_states import Json, offer_row
from quarry.repositories.qdrant.offers import OfferStore

_MATERIALS_AT_ONCE: Final = 1000
# Beside the document: the list that first named the material, and where rows that may mean it look for it.
ORIGIN: Final = "origin_pricelist_id"
MATCH_KEYS: Final = "match_keys"
MATCHED_BY: Final = "match_version"
_LASTING: Final = ("material", ORIGIN)


class MaterialStore(MaterialIndex, MaterialVectors, Protocol):
    """What the catalogue asks of the vector store."""

    async def facets(
        self, collection_name: str, key: str, filters: Mapping[str, Any] | None = None, limit: int = 20
    ) -> list[tuple[Any, int]]: ...


class QdrantDocuments:
    """The offers are the truth, the documents are made from them; every call may be repeated."""

    def __init__(self, vectors: MaterialStore, offers: OfferStore, points: MaterialPoints, collection: str) -> None:
        self._vectors = vectors
        self._offers = offers
        self._points = points
        self._collection = collection

    async def index(self, material_ids: Sequence[str]) -> int:
        """Bring these materials' documents in step with their offers; returns how many are, with a vector."""
        return await self._refresh(material_ids, {}, self._points.model)

    async def index_pending(self, limit: int) -> int:
        """Give at most ``limit`` materials the vector that they lack; returns how many have it now."""
        lacking = without_vector(self._points.model)
        points, _ = await self._vectors.scroll(self._collection, lacking, limit, with_payload=False)
        return await self._refresh([point.id for point in points], {}, None)

    async def renew_keys(self, limit: int) -> int:
        """Give at most ``limit`` materials the keys of the rules of today; returns how many had others."""
        outdated = none_of(equals(MATCHED_BY, MATCH_VERSION))
        points, _ = await self._vectors.scroll(self._collection, outdated, limit, with_payload=False)
        ids = [point.id for point in points]
        await self._refresh(ids, {}, self._points.model)
        return len(ids)

    async def write(self, material_ids: Sequence[str], new: Mapping[str, Json]) -> int:
        """As ``index``, with the rows of materials that may be ``new``; returns how many were."""
        known = await self._vectors.retrieve(self._collection, list(new), with_payload=False)
        await self._refresh(material_ids, new, self._points.model)
        return len(new.keys() - known.keys())

    async def _refresh(self, material_ids: Sequence[str], new: Mapping[str, Json], model: str | None) -> int:
        """``model``: the embedding model whose vectors the existing points have."""
        indexed = set[str]()
        for start in range(0, len(material_ids), _MATERIALS_AT_ONCE):
            block = list(material_ids[start : start + _MATERIALS_AT_ONCE])
            while block:
                offers = await self._current(block)
                written = await self._points.write(await self._documents(block, offers, new, model))
                indexed |= {item.id for item in written}
                # Another worker may have written an offer meanwhile, and an older or newer document than ours.
                now = await self._current(block, fields=("material_id", "revision"))
                block = [key for key in block if _revisions(now[key]) != _revisions(offers[key])]
        return len(indexed)

    async def _current(self, material_ids: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, list[Json]]:
        tests = all_of(among("material_id", material_ids), equals("current", True))
        offers = defaultdict(list)
        for offer in await self._offers.find(tests, fields):
            offers[offer["material_id"]].append(offer)
        return offers

    async def _documents(
        self, material_ids: Sequence[str], offers: Mapping[str, list[Json]], new: Mapping[str, Json], model: str | None
    ) -> list[Stored]:
        known = await self._vectors.retrieve(self._collection, material_ids, with_payload=_LASTING)
        now = datetime.now(UTC)
        documents = []
        for key in material_ids:
            row = _row(known[key]) if key in known else new.get(key)
            if row is not None:
                document = to_document({**row, "updated_at": now}, [offer_row(offer) for offer in offers[key]])
                document |= {
                    ORIGIN: row[ORIGIN],
                    MATCH_KEYS: keys_of(row["name"], row["unit"]),
                    MATCHED_BY: MATCH_VERSION,
                }
                documents.append(Stored(key, document, now, model if key in known else None))
        return documents


def keys_of(name: str, unit: str | None) -> list[str]:
    return [str(key) for key in match_keys(name, unit).keys]


def _row(document: Mapping[str, Any]) -> Json:
    """The material's row that its document was made from."""
    material = document["material"]
    return {**material, "use_category": material["category"], ORIGIN: document.get(ORIGIN)}


def _revisions(offers: Sequence[Json]) -> set[int]:
    return {offer["revision"] for offer in offers}
