"""Digests by which a row is known again without being read."""

import hashlib
from typing import Any, Final

import orjson

from quarry.domain.match_version import MATCH_VERSION

# Raise it with every change by which the same cells are read, named, measured or priced otherwise than before (this
# package, the words in quarry.knowledge, and in the domain: text, names, pricing, units, identity). Else rows that
# did not change since keep what the former code made of them, for as long as their supplier repeats them.
READER_VERSION: Final = 15
_SIZE: Final = 16


def digest_of(content: bytes) -> "hashlib.blake2b":
    """The state of a digest after ``content``, to go on from in a copy."""
    # Rows that wait for a person, and would be compared otherwise by now, are known again as little.
    return hashlib.blake2b(b"%d\0%d\0%b" % (READER_VERSION, MATCH_VERSION, content), digest_size=_SIZE)


def packed(value: Any) -> bytes:
    """``value`` as bytes that no other value has; numbers that JSON does not have differ from texts."""
    return orjson.dumps(value, default=_foreign)


def _foreign(value: Any) -> dict[str, str]:
    return {type(value).__name__: str(value)}
