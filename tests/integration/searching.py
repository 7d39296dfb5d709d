"""A small catalogue in real stores, and the search services on it."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from quarry.adapters.local_embeddings import LocalEmbedder
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.adapters.redis import NullCache, RedisCache
from quarry.cache.catalogue_cache import CatalogueCache
from quarry.cache.sessions import Sessions
from quarry.cache.warming import PopularQueries
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name, number_key, tokens
from quarry.repositories.materials import HybridMaterialsRepository
from quarry.repositories.postgresql.offers import OfferRepository
from quarry.repositories.postgresql.reference import ReferenceRepository
from quarry.repositories.postgresql.trade import TradeRepository
from quarry.repositories.qdrant.index_words import IndexWords
from quarry.runtime import run
from quarry.services.catalogue import CatalogueService
from quarry.services.indexing import IndexingService
from quarry.services.search import SearchPolicy, SearchService
from quarry.services.trade import TradeReader
from quarry.services.understanding import QueryReader

EMBEDDER = LocalEmbedder()
NOWHERE = "127.0.0.1:9"


@dataclass(frozen=True)
class Sold:
    name: str
    price: str | None = None
    per_unit: str | None = None
    supplier: int = 101
    category: str = "Сухие смеси"
    unit: str = "мешок"
    base_unit: str = "кг"
    sku: str | None = None
    in_stock: bool | None = None
    currency: str = "RUB"
    called: str | None = None  # the offer's own name


CATALOGUE = (
    Sold("Портландцемент М500 Д0, мешок 50 кг", "450", "9", sku="CEM-500", in_stock=True),
    Sold("Портландцемент М500 Д0, мешок 50 кг", "430", "8.6", supplier=102, called="Цемент М-500 Д0 50кг"),
    Sold("Портландцемент М400, мешок 50 кг", "400", "8", in_stock=False),
    Sold("Штукатурка цементная фасадная 25 кг", "300", "12"),
    Sold("Клей для плитки Ключ 25 кг", "350", "14", sku="7724601304"),
    Sold("Клей для обоев Лист 0,5 кг", "150", "300"),
    Sold("Плитка керамическая белая 20х30", "700", "700", unit="м2", base_unit="м2", category="Плитка"),
    Sold("Гипсокартон влагостойкий 2500х1200х12,5", "420", "140", unit="лист", base_unit="м2", category="Листы"),
    Sold("Гипсокартон влагостойкий 2500х1200х9,5", "400", "133", unit="лист", base_unit="м2", category="Листы"),
    Sold("Гипсокартон 2500х1200х12,5", "360", "120", unit="лист", base_unit="м2", category="Листы"),
    Sold("Труба PN 20 20х3,4", "60", "60", unit="м", base_unit="м", category="Трубы", sku="0018352"),
    Sold("Труба PN 20 25х4,2", "90", "90", unit="м", base_unit="м", category="Трубы"),
    Sold("Труба металлопластиковая 20х2,0", "80", "80", unit="м", base_unit="м", category="Трубы"),
    Sold("Kiilto Pro шпаклевка 20 кг", "1500", "75"),
    Sold("Kiilto Start ровнитель 20 кг", "1000", "50"),
    Sold("Kiilto Wall клей 5 кг", "900", "180"),
    Sold("Радиатор панельный 22/500/1000", "99", "99", unit="шт", base_unit="шт", category="Отопление", currency="EUR"),
)


@dataclass(frozen=True)
class Stack:
    postgresql_url: str
    postgresql: PostgreSQLDatabase
    qdrant: QdrantVectorDatabase
    redis: RedisCache | NullCache
    collection: str

    def close(self) -> None:
        self.postgresql.close()
        run(self.qdrant.close())
        if isinstance(self.redis, RedisCache):
            run(self.redis.close())

    def indexing(self, embedder=EMBEDDER) -> IndexingService:
        return IndexingService(self.postgresql, self.qdrant, embedder, self.collection)

    def materials(self, *, fallback=True, without_sql=False) -> HybridMaterialsRepository:
        return HybridMaterialsRepository(
            self.qdrant,
            None if without_sql else self.postgresql,
            self.redis,
            collection=self.collection,
            fallback=fallback,
        )

    def search(self, *, mock=False, embedder=EMBEDDER, **options) -> SearchService:
        cache = CatalogueCache(self.redis, stale_ttl=3600)
        return SearchService(
            self.materials(**options),
            embedder,
            self.reader(without_sql=options.get("without_sql", False)),
            cache,
            Sessions(self.redis, 600),
            PopularQueries(self.redis),
            SearchPolicy(ttl=300, mock=mock),
            self.trade(cache),
        )

    def trade(self, cache, base="RUB") -> TradeReader:
        return TradeReader(TradeRepository(self.postgresql), cache, base, 86_400)

    def reader(self, *, without_sql=False) -> QueryReader:
        indexed = IndexWords(self.qdrant, self.collection)
        return QueryReader(indexed) if without_sql else QueryReader(ReferenceRepository(self.postgresql), indexed)

    def catalogue(self) -> CatalogueService:
        cache = CatalogueCache(self.redis, stale_ttl=3600)
        return CatalogueService(
            self.materials(),
            OfferRepository(self.postgresql),
            ReferenceRepository(self.postgresql),
            cache,
            self.trade(cache),
            material_ttl=3600,
            reference_ttl=86_400,
        )


def connect(postgresql_url, qdrant_url, api_key, redis_url, collection) -> Stack:
    """Stores at those addresses; ``NOWHERE`` is where nobody listens."""
    limits = {"connect_timeout": 0.5}
    return Stack(
        postgresql_url,
        PostgreSQLDatabase(postgresql_url, **limits),
        QdrantVectorDatabase(qdrant_url, api_key, model=EMBEDDER.model, **limits),
        RedisCache(redis_url, 1.0) if redis_url else NullCache(),
        collection,
    )


@contextmanager
def sample_stack(engines) -> Iterator[Stack]:
    """The catalogue, written and indexed, for a module's tests that only read."""
    url = engines.database(engines.migrated)
    stack = connect(url, engines.qdrant.url, engines.secrets.qdrant, engines.redis.url, f"test_{uuid.uuid4().hex}")
    fill(stack.postgresql)
    run(stack.indexing().index_pending(1000))
    yield stack
    stack.close()
    engines.drop(url)


def identity(name: str) -> str:
    return material_id(normalize_name(name))


_MATERIAL = """
INSERT INTO materials (id, name, normalized_name, number_key, use_category, unit, base_unit)
VALUES (CAST(:id AS uuid), :name, :normalized, :numbers, :category, :unit, :base_unit) ON CONFLICT DO NOTHING
"""
_OFFER = """
INSERT INTO raw_products (supplier_id, pricelistid, name, unit_price, price_per_base_unit, base_unit, unit, sku,
                          currency, in_stock, material_id, offer_key)
VALUES (:supplier, 1, CAST(:name AS text), :price, :per_unit, :base_unit, :unit, :sku, :currency, :in_stock,
        CAST(:id AS uuid), CAST(:name AS text))
"""
_WORD = """
INSERT INTO search_terms (term, count) VALUES (:term, 1)
ON CONFLICT (term) DO UPDATE SET count = search_terms.count + 1
"""


def fill(database: PostgreSQLDatabase, sold: Sequence[Sold] = CATALOGUE) -> None:
    def work(session):
        for item in sold:
            key = identity(item.name)
            row = {
                "id": key,
                "name": item.name,
                "normalized": normalize_name(item.name),
                "numbers": number_key(item.name),
                "category": item.category,
                "unit": item.unit,
                "base_unit": item.base_unit,
            }
            session.execute(_MATERIAL, row)
            offer = {
                **row,
                "name": item.called or item.name,
                "supplier": item.supplier,
                "price": None if item.price is None else Decimal(item.price),
                "per_unit": None if item.per_unit is None else Decimal(item.per_unit),
                "sku": item.sku,
                "currency": item.currency,
                "in_stock": item.in_stock,
            }
            session.execute(_OFFER, offer)
            for token in sorted(set(tokens(item.name))):
                session.execute(_WORD, {"term": token})

    run(database.transaction(work))
