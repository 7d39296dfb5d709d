"""The composition: what is made of the adapters that the settings select. Each part is made at its first use.

What only one function uses is imported where it is made: processing reads no files, a search has no transactions.
"""

from functools import cache, cached_property
from typing import TYPE_CHECKING

from quarry.cache.change_log import ChangeLog
from quarry.dependencies.adapters import Adapters
from quarry.dependencies.settings import read_settings

if TYPE_CHECKING:
    from quarry.adapters.batch_store import IBatchStore
    from quarry.cache.catalogue_cache import CatalogueCache
    from quarry.dependencies.estimates import EstimateParts
    from quarry.dependencies.ingestion import Ingestion
    from quarry.dependencies.qdrant_only import QdrantOnly
    from quarry.dependencies.search import Search
    from quarry.dependencies.webhooks import Webhooks
    from quarry.repositories.offers import OfferHistory
    from quarry.repositories.trade import Trade
    from quarry.services.batches import BatchProcessingService
    from quarry.services.changes import ChangeService
    from quarry.services.readings import Readings
    from quarry.services.reviews import ReviewService
    from quarry.services.trade import TradeReader, TradeService
    from quarry.services.waits import BatchWaits


class Composition(Adapters):
    """Parts by subject are modules of their own beside this one; they are made here, so that each is there once."""

    @cached_property
    def readings(self) -> "Readings":
        from quarry.services.readings import Readings

        return Readings(self.readings_bucket)

    @cached_property
    def batches(self) -> "IBatchStore":
        """The specification's fallback manager; without PostgreSQL the one store that there is."""
        from quarry.adapters import codec

        codec.prepare()  # building pydantic's adapters takes longer than a request should
        if self.settings.qdrant_only_mode:
            # With one store there is nothing to fall back to, and nothing to reconcile.
            return self.qdrant.batches()
        from quarry.fallback.manager import DatabaseFallbackManager
        from quarry.repositories.postgresql.processing import ProcessingRepository

        sql = ProcessingRepository(self.postgresql)
        return DatabaseFallbackManager(sql, self.qdrant, fallback=self.settings.enable_fallback_databases)

    @cached_property
    def batch_waits(self) -> "BatchWaits":
        from quarry.services.waits import BatchWaits

        return BatchWaits(self.batches)

    @cached_property
    def change_log(self) -> ChangeLog:
        return ChangeLog(self.redis)

    @cached_property
    def catalogue_cache(self) -> "CatalogueCache":
        from quarry.cache.catalogue_cache import CatalogueCache

        # One for all services: equal questions wait for one computation, and one reading of the changes serves all.
        return CatalogueCache(self.redis, stale_ttl=self.settings.stale_ttl)

    @cached_property
    def offers(self) -> "OfferHistory":
        if self.settings.qdrant_only_mode:
            return self.qdrant_only.offers
        from quarry.repositories.postgresql.offers import OfferRepository

        return OfferRepository(self.postgresql)

    @cached_property
    def changes(self) -> "ChangeService":
        from quarry.repositories.postgresql.price_changes import PriceChanges
        from quarry.services.changes import ChangeService

        return ChangeService(PriceChanges(self.relational) if self.relational else None)

    @cached_property
    def trade(self) -> "TradeService":
        from quarry.services.trade import TradeService

        settings = self.settings
        source = None
        if settings.exchange_rates_url:
            from quarry.adapters.exchange_rates import BankRates

            source = BankRates(settings.exchange_rates_url)
        return TradeService(self._kept_trade, self.catalogue_cache, settings.base_currency, source)

    @cached_property
    def trade_reader(self) -> "TradeReader":
        from quarry.services.trade import TradeReader

        settings = self.settings
        return TradeReader(self._kept_trade, self.catalogue_cache, settings.base_currency, settings.reference_ttl)

    @cached_property
    def _kept_trade(self) -> "Trade":
        if self.settings.qdrant_only_mode:
            return self.qdrant_only.trade
        from quarry.repositories.postgresql.trade import TradeRepository

        return TradeRepository(self.postgresql)

    @cached_property
    def batch_service(self) -> "BatchProcessingService":
        from quarry.cache.progress import ShownProgress
        from quarry.services.batches import BatchProcessingService

        # Shown progress is kept in Redis, since the next request may meet another environment.
        return BatchProcessingService(self.batches, self.chunks_queue, self.offers, ShownProgress(self.redis))

    @cached_property
    def ingestion(self) -> "Ingestion":
        from quarry.dependencies.ingestion import Ingestion

        return Ingestion(self)

    @cached_property
    def estimates(self) -> "EstimateParts":
        from quarry.dependencies.estimates import EstimateParts

        return EstimateParts(self)

    @cached_property
    def reviews(self) -> "ReviewService":
        from quarry.dependencies.reviews import review_service

        return review_service(self)

    @cached_property
    def webhooks(self) -> "Webhooks":
        from quarry.dependencies.webhooks import Webhooks

        return Webhooks(self)

    @cached_property
    def qdrant_only(self) -> "QdrantOnly":
        from quarry.dependencies.qdrant_only import QdrantOnly

        return QdrantOnly(self)

    @cached_property
    def search(self) -> "Search":
        from quarry.dependencies.search import Search

        return Search(self)


@cache
def composition() -> Composition:
    """The execution environment's own."""
    return Composition(read_settings())
