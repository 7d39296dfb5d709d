"""Embeddings made on this machine: Russian word vectors and hashed character n-grams.

The word vectors are navec's (250,000 news words, 300 dimensions, product-quantised), which lie inside the wheel of
``natasha``. They say what words mean; the n-grams say how words, codes and sizes are written, also the unknown ones.
"""

import importlib.util
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, cast

from quarry.adapters.interfaces import Health, Vector
from quarry.domain.lexical import STOP_WORDS, number_parts, stem
from quarry.domain.text import is_numeric, tokens
from quarry.errors import StoreUnavailable

# Imported where it is used: where OpenAI embeds, the layer does not contain it.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS: Final = 1536
_MEANING_DIMENSIONS: Final = 300
_SPELLING_DIMENSIONS: Final = DIMENSIONS - _MEANING_DIMENSIONS
_WORD_VECTORS: Final = Path("data", "emb", "navec_news_v1_1B_250K_300d_100q.tar")
# Smooth inverse frequency (Arora et al., 2017): a word of this share of all text counts half.
_HALF_WEIGHT: Final = 1e-4
_MEANING_SHARE: Final = 0.6
_NGRAMS: Final = (3, 4)
_KNOWN_WORDS: Final = 200_000
_TEXTS_AT_ONCE: Final = 512


@dataclass(frozen=True, slots=True)
class _WordVectors:
    """Product quantisation: a word's vector is its row of ``indexes`` looked up in ``codes``."""

    ids: dict[str, int]
    weights: "NDArray[np.float32]"
    indexes: "NDArray[np.uint8]"
    codes: "NDArray[np.float32]"

    def rows(self, ids: "NDArray[np.int64]") -> "NDArray[np.float32]":
        import numpy as np

        quantisers = np.arange(self.codes.shape[0])
        return self.codes[quantisers, self.indexes[ids]].reshape(len(ids), _MEANING_DIMENSIONS)


@dataclass(frozen=True, slots=True)
class _Word:
    """A token's part in a text: the id of its word vector (-1: unknown) and its hashed n-grams."""

    id: int
    buckets: "NDArray[np.intp]"
    values: "NDArray[np.float64]"


class LocalEmbedder:
    """Deterministic, no network; 1536-dimensional unit vectors as rows of one float32 array."""

    model = "navec-ngram-1"
    stored = False

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._vectors: _WordVectors | None = None
        self._words: dict[str, _Word] = {}

    def prepare(self) -> None:
        self.matrix(["цемент"])

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        return cast("Sequence[Vector]", self.matrix(texts))

    def matrix(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        import numpy as np

        vectors = self._loaded()
        out = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            block = [self._read(text, vectors) for text in texts[start : start + _TEXTS_AT_ONCE]]
            into = out[start : start + len(block)]
            _unit_into(into[:, :_MEANING_DIMENSIONS], _meaning(block, vectors), _MEANING_SHARE)
            _unit_into(into[:, _MEANING_DIMENSIONS:], _spelling(block), 1 - _MEANING_SHARE)
            lengths = np.linalg.norm(into, axis=1, keepdims=True)
            # A text without a single word points at the first axis: a vector of length zero has no cosine.
            into[lengths[:, 0] == 0, 0] = 1.0
            into /= np.where(lengths == 0, 1.0, lengths)
        return out

    async def health_check(self) -> Health:
        started = perf_counter()
        try:
            self._loaded()
        except StoreUnavailable as error:
            return Health(self.model, "unhealthy", error=str(error))
        return Health(self.model, "healthy", (perf_counter() - started) * 1000)

    def _loaded(self) -> _WordVectors:
        if self._vectors is None:
            with self._loading:
                self._vectors = self._vectors or _load()
        return self._vectors

    def _read(self, text: str, vectors: _WordVectors) -> list[_Word]:
        known = self._words
        found = []
        for token in tokens(text):
            word = known.get(token)
            if word is None:
                # All at once: the frequent words are back after a few texts, and order costs more than that.
                if len(known) >= _KNOWN_WORDS:
                    known.clear()
                word = known[token] = _word(token, vectors.ids.get(token, -1))
            found.append(word)
        return found


def _word(token: str, word_id: int) -> _Word:
    import numpy as np

    grams: dict[int, float] = {}
    for gram, weight in () if token in STOP_WORDS else _grams(token):
        code = zlib.crc32(gram.encode())
        # A bit of the hash is the sign, so that n-grams of one bucket cancel out (Weinberger et al., 2009).
        grams[code % _SPELLING_DIMENSIONS] = grams.get(code % _SPELLING_DIMENSIONS, 0.0) + (
            weight if code >> 31 else -weight
        )
    return _Word(
        -1 if token in STOP_WORDS else word_id,
        np.array(list(grams), dtype=np.intp),
        np.array(list(grams.values()), dtype=np.float64),
    )


@lru_cache(maxsize=4096)
def _grams(token: str) -> tuple[tuple[str, float], ...]:
    """The token's features, each word of about the same weight however long it is."""
    if is_numeric(token):
        return ((f"#{token}", 1.0), *((f"#{part}", 0.5) for part in number_parts(token)))
    padded = f"<{token}>"
    pieces = [padded[at : at + size] for size in _NGRAMS for at in range(len(padded) - size + 1)]
    share = 1.0 / max(len(pieces), 1) ** 0.5
    return ((f"={stem(token)}", 0.8), *((piece, share) for piece in pieces))


def _meaning(block: Sequence[Sequence[_Word]], vectors: _WordVectors) -> "NDArray[np.float32]":
    """Weighted sum of the word vectors of each text."""
    import numpy as np

    owners = [row for row, words in enumerate(block) for word in words if word.id >= 0]
    sums = np.zeros((len(block), _MEANING_DIMENSIONS), dtype=np.float32)
    if not owners:
        return sums
    ids = np.array([word.id for words in block for word in words if word.id >= 0])
    distinct, where = np.unique(ids, return_inverse=True)
    rows = vectors.rows(distinct) * vectors.weights[distinct][:, None]
    # ``owners`` ascends, so that each text's words are one run, and are added up as such.
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    sums[np.array(owners)[starts]] = np.add.reduceat(rows[where], starts, axis=0)
    return sums


def _spelling(block: Sequence[Sequence[_Word]]) -> "NDArray[np.float64]":
    """Sum of the hashed n-grams of each text."""
    import numpy as np

    words = [word for said in block for word in said]
    if not words:
        return np.zeros((len(block), _SPELLING_DIMENSIONS))
    firsts = np.repeat(np.arange(len(block)) * _SPELLING_DIMENSIONS, [len(said) for said in block])
    buckets = np.concatenate([word.buckets for word in words])
    buckets += np.repeat(firsts, [len(word.buckets) for word in words])
    values = np.concatenate([word.values for word in words])
    sums = np.bincount(buckets, weights=values, minlength=len(block) * _SPELLING_DIMENSIONS)
    return sums.astype(np.float64, copy=False).reshape(len(block), _SPELLING_DIMENSIONS)


def _unit_into(target: "NDArray[np.float32]", rows: "NDArray[np.floating]", share: float) -> None:
    """Write ``rows`` so that each has a squared length of ``share``; empty ones stay zero."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    target[:] = rows * (share**0.5 / np.where(lengths == 0, 1.0, lengths))


def _load() -> _WordVectors:
    # natasha is found, never imported: its morphology does not run on current Pythons.
    spec = importlib.util.find_spec("natasha")
    if spec is None or spec.origin is None:
        reason = "need the word vectors of the package natasha, or set OPENAI_API_KEY"
        raise StoreUnavailable("Local embeddings", reason)
    return _read_vectors(Path(spec.origin).parent / _WORD_VECTORS)


@cache
def _read_vectors(file: Path) -> _WordVectors:
    """All embedders of a process share them: reading takes a third of a second."""
    import numpy as np
    from navec.tar import Tar
    from navec.vocab import Vocab

    with Tar(file) as tar:
        vocabulary = Vocab.from_file(tar.load("vocab.bin"))
        content = tar.load("pq.bin")
        count, _, quantisers, centroids = (int(number) for number in np.frombuffer(content.read(16), np.uint32))
        indexes = np.frombuffer(content.read(count * quantisers), np.uint8).reshape(count, quantisers)
        codes = np.frombuffer(content.read(), np.float32).reshape(quantisers, centroids, -1)
    counts = np.array(vocabulary.counts, dtype=np.float64)
    weights = (_HALF_WEIGHT / (_HALF_WEIGHT + counts / counts.sum())).astype(np.float32)
    return _WordVectors(vocabulary.word_ids, weights, indexes, codes)
