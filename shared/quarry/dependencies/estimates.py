"""Composition of estimates: of the ingest functions, which write."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from quarry.dependencies.composition import Composition, composition

if TYPE_CHECKING:
    from quarry.repositories.postgresql.estimates import EstimateRepository
    from quarry.services.estimate_bills import EstimateBills
    from quarry.services.estimates import EstimateChunks, EstimateService, StalledEstimates
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

    @property
    def stalled(self) -> "StalledEstimates | None":
        from quarry.services.estimates import StalledEstimates

        made, settings = self._made, self._made.settings
        after = timedelta(seconds=settings.stalled_after_seconds)
        kept_for = timedelta(days=settings.estimate_retention_days)
        return StalledEstimates(self._kept, self.service, made.chunks_queue, after, kept_for) if self._kept else None

    @cached_property
    def bills(self) -> "EstimateBills":
        from quarry.services.estimate_bills import EstimateBills

        return EstimateBills(self._kept, self.service, self._made.settings.default_currency)

    @cached_property
    def _kept(self) -> "EstimateRepository | None":
        from quarry.repositories.postgresql.estimates import EstimateRepository

        # Estimates are kept in PostgreSQL alone.
        relational = self._made.relational
        return EstimateRepository(relational) if relational else None

    @cached_property
    def _pricer(self) -> "LinePricer":
        from quarry.services.line_pricing import LinePricer

        # Lines are searched like queries: with the same vocabulary and the same candidates.
        search = self._made.search
        return LinePricer(search.finder, search.query_reader, search.embedder, self._made.catalogue_cache)


async def get_estimate_service() -> "EstimateService":
    return composition().estimates.service
