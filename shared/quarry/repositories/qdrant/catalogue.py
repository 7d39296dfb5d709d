"""The catalogue where there is no PostgreSQL: offers are points of their own, materials are made from them.

As :class:`quarry.repositories.postgresql.catalogue.CatalogueRepository`, with one difference: a chunk is no
transaction. Its offers are written first, its materials then, and all of it again when the message comes again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from quarry.adapters.interfaces import SparseVector
from quarry.adapters.qdrant.filters import Filter, all_of, among, equals
from quarry.domain.lexical import lexical_query
from quarry.domain.links import Candidate, MatchedRow, ResolvedMaterial, RowKey, WriteReceipt
from quarry.domain.materials import material_id
from quarry.domain.records import MatchType
from quarry.repositories.linked_rows import MATERIAL, OFFERS_OF_AN_ARTICLE, distinct_articles, material_row
from quarry.repositories.qdrant.documents import MATCH_KEYS, ORIGIN, MaterialStore, QdrantDocuments, keys_of
from quarry.repositories.qdrant.offer_states import Json, incoming_offers, next_state
from quarry.repositories.qdrant.offers import OfferStore, QdrantOfferRepository
from quarry.repositories.qdrant.replacement import ListReplacement

_COMPARED: Final = 30
# How many values one facet request counts: a chunk's keys, and the other keys of the materials found.
_MOST_KEYS: Final = 100_000
_AT_ONCE: Final = 8


class QdrantCatalogue:
    def __init__(
        self,
        vectors: MaterialStore,
        offers: OfferStore,
        documents: QdrantDocuments,
        replacement: ListReplacement,
        collection: str,
    ) -> None:
        self._vectors = vectors
        self._offers = offers
        self._documents = documents
        self._replacement = replacement
        self._collection = collection

    async def resolve(
        self, supplier_id: int | None, keys: Sequence[RowKey], pricelist_id: int | None = None
    ) -> dict[str, ResolvedMaterial]:
        """The rows whose material is beyond doubt: by the normalised name, else by the supplier's own article."""
        named = {key.row_id: material_id(key.normalized_name) for key in keys}
        origins = await self._origins(named.values())
        found = {row: ResolvedMaterial(known, origins[known]) for row, known in named.items() if known in origins}
        articles = distinct_articles(key for key in keys if key.row_id not in found)
        if supplier_id is None or not articles:
            return found
        return found | await self._by_article(supplier_id, articles, pricelist_id)

    async def _by_article(
        self, supplier_id: int, articles: Sequence[Mapping[str, str]], pricelist_id: int | None
    ) -> dict[str, ResolvedMaterial]:
        """An article counts when it means one material alone, and not by this list's own rows."""
        ours = [equals("supplier_id", supplier_id), equals("current", True)]
        tests = all_of(*ours, among("article", [one["sku"] for one in articles]))
        offers = await self._offers.counts("article", tests, len(articles))
        distinct = [article for article, count in offers.items() if count <= OFFERS_OF_AN_ARTICLE]
        fields = ("article", "number_key", "material_id", "pricelist_id")
        meant: dict[tuple[str, str], set[str]] = defaultdict(set)
        foreign = set()
        for offer in await self._offers.find(all_of(*ours, among("article", distinct)), fields):
            place = offer["article"], offer["number_key"]
            if offer["material_id"]:
                meant[place].add(offer["material_id"])
                if offer["pricelist_id"] != pricelist_id:
                    foreign.add(place)
        places = {one["row_id"]: (one["sku"], one["number_key"]) for one in articles}
        sure = {row: next(iter(meant[at])) for row, at in places.items() if at in foreign and len(meant[at]) == 1}
        origins = await self._origins(sure.values())
        return {row: ResolvedMaterial(known, origins[known]) for row, known in sure.items() if known in origins}

    async def _origins(self, material_ids: Any) -> dict[str, int | None]:
        """The lists that first named these materials, of those that are there."""
        ids = sorted(set(material_ids))
        found = await self._vectors.retrieve(self._collection, ids, with_payload=(ORIGIN,))
        return {key: payload.get(ORIGIN) for key, payload in found.items()}

    async def candidates(self, keys: Sequence[RowKey], pricelist_id: int | None) -> dict[str, list[Candidate]]:
        """Materials that unresolved rows may mean: of a key that the names share, first named by another list."""
        sought = {key.row_id: own for key in keys if (own := keys_of(key.name, key.unit))}
        if not sought:
            return {}
        others = [equals(ORIGIN, pricelist_id)] if pricelist_id is not None else []
        tests = all_of(among(MATCH_KEYS, sorted(set(chain(*sought.values())))), none_of=others)
        counts = dict(await self._vectors.facets(self._collection, MATCH_KEYS, tests, _MOST_KEYS))
        foreign = {row_id: {key: counts[key] for key in own if key in counts} for row_id, own in sought.items()}
        few = {row_id: met for row_id, met in foreign.items() if 0 < sum(met.values()) <= _COMPARED}
        likes = await self._of_keys({key: count for met in few.values() for key, count in met.items()}, others)
        found = {row_id: list(dict.fromkeys(chain(*(likes[key] for key in met)))) for row_id, met in few.items()}
        crowded = [key for key in keys if sum(foreign.get(key.row_id, {}).values()) > _COMPARED]
        return found | await self._of_crowds(crowded, foreign, others)

    async def _of_keys(self, counts: Mapping[str, int], others: Sequence[Filter]) -> dict[str, list[Candidate]]:
        """All materials of these keys, by key."""
        if not counts:
            return {}
        tests = all_of(among(MATCH_KEYS, sorted(counts)), none_of=others)
        fields = ("material", MATCH_KEYS)
        points, _ = await self._vectors.scroll(self._collection, tests, sum(counts.values()), with_payload=fields)
        found = defaultdict(list)
        for point in points:
            for key in point.payload[MATCH_KEYS]:
                found[key].append(_candidate(point.payload["material"]))
        return found

    async def _of_crowds(
        self, keys: Sequence[RowKey], foreign: Mapping[str, Mapping[str, int]], others: Sequence[Filter]
    ) -> dict[str, list[Candidate]]:
        """Of keys with very many materials those that share the row's rarest words."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def find(key: RowKey) -> list[Candidate]:
            words = SparseVector(*lexical_query(key.normalized_name))
            tests = all_of(among(MATCH_KEYS, list(foreign[key.row_id])), none_of=others)
            async with turn:
                points = await self._vectors.search(self._collection, (), _COMPARED, sparse=words, filters=tests)
            return [_candidate(point.payload["material"]) for point in points]

        found = await asyncio.gather(*(find(key) for key in keys))
        return {key.row_id: likes for key, likes in zip(keys, found, strict=True)}

    async def write(self, pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]) -> WriteReceipt:
        """Write offers and materials; done twice it leaves the same state. Nothing is left to index."""
        incoming = list(incoming_offers(pricelist_id, supplier_id, links))
        written = await self._write_next_states(incoming)
        inserted = unchanged = 0
        touched = set[str]()
        for before, after in written:
            inserted += before is None
            if before and _same_listing(before, after):
                unchanged += 1
                # Of this list already: an earlier run wrote it, and may have ended before the material was written.
                if before["pricelist_id"] < pricelist_id:
                    continue
            touched |= {state["material_id"] for state in (before, after) if state and state["material_id"]}
        created = await self._documents.write(sorted(touched), _new_materials(pricelist_id, links))
        return WriteReceipt(
            inserted=inserted,
            updated=len(written) - inserted - unchanged,
            unchanged=unchanged,
            outdated=len(incoming) - len(written),
            materials_created=created,
            to_index=(),
        )

    async def _write_next_states(self, incoming: Sequence[Json]) -> list[tuple[Json | None, Json]]:
        """Each offer as it was and as it is now; those of a newer list stay, and are left out.

        Nothing is written over an offer that another worker wrote in between: then its state is worked out anew.
        """
        done: list[tuple[Json | None, Json]] = []
        left = list(incoming)
        while left:
            known = await self._offers.read([offer["place"] for offer in left])
            steps = [(before := known.get(offer["place"]), next_state(before, offer), offer) for offer in left]
            tried = [(before, after, offer) for before, after, offer in steps if after is not None]
            over = [before["revision"] for before, _, _ in tried if before]
            await self._offers.write([after for _, after, _ in tried], over)
            now = await self._offers.read([offer["place"] for _, _, offer in tried], ("place", "revision"))
            written = [now[after["place"]]["revision"] == after["revision"] for _, after, _ in tried]
            done += [(before, after) for (before, after, _), ours in zip(tried, written, strict=True) if ours]
            left = [offer for (_, _, offer), ours in zip(tried, written, strict=True) if not ours]
        return done

    async def finish(self, pricelist_id: int) -> dict[str, int]:
        """Let the list take the place of the lists before it; returns what changed, by kind."""
        await self._documents.index(sorted(await self._replacement.replace(pricelist_id)))
        return await QdrantOfferRepository(self._offers).summary(pricelist_id)


def _candidate(material: Mapping[str, Any]) -> Candidate:
    return Candidate(material["id"], material["name"], material["unit"])


def _same_listing(before: Json, after: Json) -> bool:
    kept = ("content_hash", "material_id", "current")
    return all(before[name] == after[name] for name in kept)


def _new_materials(pricelist_id: int, links: Sequence[MatchedRow]) -> dict[str, Json]:
    """Rows of the materials that the links name for the first time, unless they are there by now."""
    return {
        link.material_id: {**dict(zip(MATERIAL, material_row(link), strict=True)), ORIGIN: pricelist_id}
        for link in links
        if link.match_type is MatchType.CREATED and link.material_id
    }
