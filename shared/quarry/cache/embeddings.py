"""Embeddings that were paid for, kept in Redis by content hash; the model is part of the hash."""

from array import array
from collections.abc import Sequence
from typing import Final

from quarry.adapters.interfaces import Embedder, Health, Vector
from quarry.cache.catalogue_cache import PREFIX
from quarry.cache.store import CacheStore
from quarry.domain.identity import embedding_key

_KEY: Final = PREFIX + "embedding:"
_BYTES: Final = 4


class CachedEmbedder:
    """An embedder that embeds each text once in ``ttl`` seconds."""

    def __init__(self, embedder: Embedder, store: CacheStore, ttl: int) -> None:
        self.model = embedder.model
        self.stored = embedder.stored
        self._embedder = embedder
        self._store = store
        self._ttl = ttl

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        keys = {text: _KEY + embedding_key(self.model, text) for text in texts}
        kept = await self._store.get_many(list(keys.values()))
        vectors = {text: vector for text, content in zip(keys, kept, strict=True) if (vector := _read(content))}
        missing = [text for text in keys if text not in vectors]
        if missing:
            made = await self._embedder.embed(missing)
            for text, vector in zip(missing, made, strict=True):
                vectors[text] = vector
                await self._store.set(keys[text], array("f", vector).tobytes(), self._ttl)
        return [vectors[text] for text in texts]

    def prepare(self) -> None:
        self._embedder.prepare()

    async def health_check(self) -> Health:
        return await self._embedder.health_check()


def _read(content: bytes | None) -> Vector | None:
    # Damaged, or of another writer: it is embedded again.
    if not content or len(content) % _BYTES:
        return None
    return array("f", content).tolist()
