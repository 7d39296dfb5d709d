"""Composition of estimates: of the ingest functions, which write."""

from functools import cached_property
from typing import TYPE_CHECKING

from quarry.dependencies.composition import Composition, composition

if TYPE_CHECKING:
    from quarry.repositories.postgresql.estimates import EstimateRepository
    from quarry.services.estimates import EstimateChunks, EstimateService
    from quarry.services.line_pricing import LinePricer


class EstimateParts:
    def __init__(self, made: Composition) -> None:
        self._made = made

    @cached_property
    def service(self) -> "EstimateService":
        from quarry.services.estimates import EstimateService

        return EstimateService(self._kept, self._pricer, self._made.chunks_queue, self._made.trade_reader)

    @cached_property
    def chunks(self) -> "EstimateChunks | None":
        """None in Qdrant-only mode, which keeps no estimates."""
        from quarry.services.estimates import EstimateChunks

        return EstimateChunks(self._kept, self._pricer, self.service) if self._kept else None

    @cached_property
    def _kept(self) -> "EstimateRepository | None":
        from quarry.repositories.postgresql.estimates import EstimateRepository

        relational = self._made.relational
        return EstimateRepository(relational) if relational else None

    @cached_property
    def _pricer(self) -> "LinePricer":
        from quarry.services.line_pricing import LinePricer

        search = self._made.search
        return LinePricer(search.finder, search.query_reader, search.embedder, self._made.catalogue_cache)


async def get_estimate_service() -> "EstimateService":
    return composition().estimates.service
