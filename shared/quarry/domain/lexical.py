"""Words as the lexical index sees them: stems, numbers and their parts, hashed.

The index counts how rare each is; here is only how much of a name it stands for.
"""

import re
import threading
import zlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
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
# Behind a joining vowel they end the word, and begin no other: «гипсовый», «битумовка».
_ENDINGS: Final = ("ый", "ая", "ое", "ые", "ой", "ую", "ых", "ым", "ий", "ие", "ник", "ины", "ка", "ки", "ку")
_JOINING: Final = frozenset("ое")

_Weighed = tuple[tuple[int, float], ...]
# «osb» of «osb3», «пф» of «пф115»: who looks for those looks for these.
_CODE: Final = re.compile(r"[^\W\d_]{2,}(?=\d)")
_PADDED: Final = re.compile(r"0+[1-9]\d{2,}\Z")
_BARE: Final = re.compile("[0-9.]+")

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
    parts = tuple(dict.fromkeys(number_sides(token)))
    return () if parts == (token,) else parts


@lru_cache(maxsize=131_072)
def number_sides(token: str) -> tuple[str, ...]:
    """All bare numbers in their order: ``50x50`` has two."""
    return tuple(bare for part in _BARE.findall(token) if (bare := part.strip(".")))


@lru_cache(maxsize=131_072)
def compound_ends(token: str) -> tuple[str, ...]:
    """What a compound word may end in, so that портландцемент is found as цемент."""
    if len(token) < _LONG_WORD or is_numeric(token):
        return ()
    root = stem(token)
    return tuple(root[-size:] for size in _TAILS if len(root) - size >= _SHORTEST_HEAD)


def is_half(word: str, size: int) -> bool:
    """«асфальт» of «асфальтоукладчик»: behind it a vowel joins another word, which is no ending as in «гипсовый»."""
    if word[size] not in _JOINING or len(word) - size < _SHORTEST_HEAD:
        return False
    return len(word) - size > _SHORTEST_HEAD or not word.endswith(_ENDINGS)


def index_of(term: str) -> int:
    """The index of a stem or number in lexical vectors."""
    return zlib.crc32(term.encode())


@lru_cache(maxsize=131_072)
def _of_query(token: str) -> _Weighed:
    return _of_number(token) if is_numeric(token) else _of_word(token)


@lru_cache(maxsize=131_072)
def _of_name(token: str) -> _Weighed:
    if is_numeric(token):
        code = _CODE.match(token)
        return (*_of_number(token), *([(index_of(stem(code[0])), 1.0)] if code else ()))
    return (*_of_word(token), *((index_of(end), _TAIL) for end in compound_ends(token) if token not in STOP_WORDS))


def _of_number(token: str) -> _Weighed:
    bare = (token.lstrip("0"),) if _PADDED.match(token) else ()
    return ((index_of(token), 1.0), *[(index_of(part), _PART) for part in (*number_parts(token), *bare)])


def _of_word(token: str) -> _Weighed:
    return () if token in STOP_WORDS else ((index_of(stem(token)), 1.0),)


def lexical_vector(*texts: str) -> tuple[list[int], list[float]]:
    """Sparse vector of a material's name and articles, each read by itself: indices (unsigned, 32 bits) and weights."""
    weights = lexical_weights(*texts)
    return list(weights), list(weights.values())


def lexical_weights(*texts: str) -> dict[int, float]:
    """As :func:`lexical_vector`: weights by index."""
    return _weights([_of_name(token) for text in texts for token in tokens(text)])


def lexical_query(text: str) -> tuple[list[int], list[float]]:
    """Sparse vector of a query: as the name's, without the ends of compound words."""
    weights = _weights(map(_of_query, tokens(text)))
    return list(weights), list(weights.values())


def _weights(terms: Iterable[_Weighed]) -> dict[int, float]:
    pairs = list(chain.from_iterable(terms))
    weights = dict(pairs)
    if len(weights) < len(pairs):  # of a term that is said twice the larger weight counts
        for index, weight in pairs:
            weights[index] = max(weights[index], weight)
    return weights
