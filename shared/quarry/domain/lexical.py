"""Words as the lexical index sees them: stems, numbers and their parts, hashed.

The index counts how rare each is; here is only how much of a name it stands for.
"""

import threading
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from Stemmer import Stemmer

from quarry.domain.text import is_numeric, tokens
from quarry.knowledge import load
from quarry.knowledge.words import entries

STOP_WORDS: Final = frozenset(entries(load("names")["stop"]))
_PART: Final = 0.4
_TAIL: Final = 0.6
_LONG_WORD: Final = 9
_TAILS: Final = range(5, 9)
_SHORTEST_HEAD: Final = 4
_SHORTEST_STEM: Final = 3

# Without their own caches, since stem() has one.
_russian: Final = Stemmer("russian", 0)
_english: Final = Stemmer("english", 0)
_lock: Final = threading.Lock()  # a stemmer keeps the word at hand in itself


@lru_cache(maxsize=131_072)
def stem(word: str) -> str:
    """The Snowball stem of a canonical token; numeric tokens are their own stems."""
    if is_numeric(word) or len(word) <= _SHORTEST_STEM:
        return word
    with _lock:
        return str((_english if word.isascii() else _russian).stemWord(word))


@lru_cache(maxsize=131_072)
def number_parts(token: str) -> tuple[str, ...]:
    """The bare numbers within a numeric token: ``20x3.4`` gives ``20`` and ``3.4``."""
    spaced = "".join(char if "0" <= char <= "9" or char == "." else " " for char in token)
    parts = tuple(dict.fromkeys(part.strip(".") for part in spaced.split() if part.strip(".")))
    return () if parts == (token,) else parts


@lru_cache(maxsize=131_072)
def _terms(token: str) -> tuple[tuple[str, float], ...]:
    if is_numeric(token):
        return ((token, 1.0), *((part, _PART) for part in number_parts(token)))
    return ((stem(token), 1.0),)


@lru_cache(maxsize=131_072)
def compound_ends(token: str) -> tuple[str, ...]:
    """What a compound word may end in, so that портландцемент is found as цемент."""
    root = stem(token)
    if len(token) < _LONG_WORD or is_numeric(token):
        return ()
    return tuple(root[-size:] for size in _TAILS if len(root) - size >= _SHORTEST_HEAD)


def index_of(term: str) -> int:
    """The index of a stem or number in lexical vectors."""
    return zlib.crc32(term.encode())


@lru_cache(maxsize=131_072)
def _of_query(token: str) -> tuple[tuple[int, float], ...]:
    return () if token in STOP_WORDS else tuple((index_of(term), weight) for term, weight in _terms(token))


@lru_cache(maxsize=131_072)
def _of_name(token: str) -> tuple[tuple[int, float], ...]:
    if token in STOP_WORDS:
        return ()
    return (*_of_query(token), *((index_of(end), _TAIL) for end in compound_ends(token)))


def lexical_vector(*texts: str) -> tuple[list[int], list[float]]:
    """Sparse vector of a material's name and articles, each read by itself: indices (unsigned, 32 bits) and weights."""
    return _vector(_of_name(token) for text in texts for token in tokens(text))


def lexical_query(text: str) -> tuple[list[int], list[float]]:
    """Sparse vector of a query: as the name's, without the ends of compound words."""
    return _vector(map(_of_query, tokens(text)))


def _vector(terms: Iterable[Sequence[tuple[int, float]]]) -> tuple[list[int], list[float]]:
    weights: dict[int, float] = {}
    for of_token in terms:
        for index, weight in of_token:
            if weights.get(index, 0.0) < weight:
                weights[index] = weight
    return list(weights), list(weights.values())
