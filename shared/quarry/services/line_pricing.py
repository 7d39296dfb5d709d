"""Lines of an estimate priced: searched for in bulk, compared with what was found, and answered by the offers."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from quarry.adapters.interfaces import Embedder, Vector
from quarry.cache.catalogue_cache import CatalogueCache
from quarry.domain.estimates.choosing import MOST_SILENT, answer
from quarry.domain.estimates.fitting import Waiting, fitting
from quarry.domain.estimates.lines import AskedLine, Found, Terms
from quarry.domain.names.asked import wares_of
from quarry.domain.query import SearchRequest
from quarry.errors import StoreError, StoreUnavailable
from quarry.repositories.material_finder import MaterialFinder
from quarry.repositories.materials import MaterialQuery
from quarry.services.understanding import QueryReader, sparse_query

log = logging.getLogger(__name__)
_LINES_AT_ONCE: Final = 100
# By line, a material that a person chose for it; None: nothing of the catalogue.
Choices = Mapping[int, str | None]


@dataclass(frozen=True, slots=True)
class PricedLines:
    """``degraded``: a store was unavailable, so that offers or materials may be missing."""

    lines: Sequence[dict[str, Any]]
    degraded: bool = False


class LinePricer:
    def __init__(self, finder: MaterialFinder, reader: QueryReader, embedder: Embedder, cache: CatalogueCache) -> None:
        self._finder = finder
        self._reader = reader
        self._embedder = embedder
        self._cache = cache

    async def price(self, lines: Sequence[AskedLine], terms: Terms, choices: Choices) -> PricedLines:
        # Once for the whole bill: all of its lines are read by the same words.
        changed = await self._cache.changed()
        waiting = Waiting(await self._finder.waiting())
        answers: list[dict[str, Any]] = []
        degraded = False
        for start in range(0, len(lines), _LINES_AT_ONCE):
            part = await self._price(lines[start : start + _LINES_AT_ONCE], terms, choices, changed, waiting)
            answers += part.lines
            degraded = degraded or part.degraded
        return PricedLines(answers, degraded)

    async def rehearse(self, name: str = "Цемент М500 Д0, мешок 50 кг") -> None:
        """Go once through all that pricing does, so that nobody's line is the first."""
        await self.price([AskedLine(line=1, name=name, quantity=Decimal(1))], Terms(currency="RUB"), {})

    async def knows(self, material_id: str) -> bool:
        return bool(await self._finder.names([material_id]))

    async def _price(
        self, lines: Sequence[AskedLine], terms: Terms, choices: Choices, changed: int, waiting: Waiting
    ) -> PricedLines:
        found, fewer = await self._found(lines, changed, waiting)
        chosen = await self._named([key for line in lines if (key := choices.get(line.line))])
        for line, materials in zip(lines, found, strict=True):
            if line.line in choices:
                _choose(materials, choices[line.line], chosen)
        # Most candidates conflict with their line, so only the offers of the others are read.
        wanted = {one.id: None for materials in found for one in materials if _may_count(one)}
        offers, few = await self._finder.offers(list(wanted))
        answers = [
            answer(
                line,
                [one if one.waits else replace(one, offers=offers.get(one.id, ())) for one in materials],
                terms,
                decided=line.line in choices and choices[line.line] in {None, *chosen},
            )
            for line, materials in zip(lines, found, strict=True)
        ]
        return PricedLines(answers, fewer or few)

    async def _found(
        self, lines: Sequence[AskedLine], changed: int, waiting: Waiting
    ) -> tuple[list[list[Found]], bool]:
        read = [await self._reader.understand(line.goods, changed) for line in lines]
        vectors = await self._embed([parsed.text for parsed, _ in read])
        queries = [
            MaterialQuery(
                request=SearchRequest(line.goods),
                parsed=parsed,
                vector=vector,
                sparse=sparse_query(parsed, wares_of(line.goods)),
                document_frequency=vocabulary.count,
            )
            for line, (parsed, vocabulary), vector in zip(lines, read, vectors, strict=True)
        ]
        ranked, degraded = await self._finder.find(queries)
        found = [
            fitting(line, query.parsed, candidates, waiting)
            for line, query, candidates in zip(lines, queries, ranked, strict=True)
        ]
        return found, degraded

    async def _embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        try:
            return await self._embedder.embed(texts)
        # Words find most goods too: a bill by words alone is better than none.
        except (StoreUnavailable, StoreError) as error:
            log.warning("the lines have no vectors", extra={"reason": str(error)})
            return [()] * len(texts)

    async def _named(self, material_ids: Sequence[str]) -> dict[str, str]:
        return await self._finder.names(list(dict.fromkeys(material_ids))) if material_ids else {}


def _may_count(one: Found) -> bool:
    return one.conflict is None and one.cost <= MOST_SILENT and not one.waits


def _choose(materials: list[Found], chosen: str | None, names: Mapping[str, str]) -> None:
    """Only the material that a person chose fits, unless it is no longer in the catalogue."""
    if chosen is not None and chosen not in names:
        return
    others = [replace(one, conflict="a person chose otherwise") for one in materials if one.id != chosen]
    mine = [Found(id=chosen, name=names[chosen], chosen=True)] if chosen else []
    materials[:] = [*mine, *others]
