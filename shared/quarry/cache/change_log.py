"""What changed in the catalogue, so that an answer in the cache is outdated by what concerns it and by nothing else.

Whoever writes materials into the index appends a record to a stream in Redis: the ids of the materials, and the words
of what is new. An environment reads the records since its last look in the round trip that reads the cache. An answer
says what it depends on: the materials that it shows, and how much of its query a new one must meet to belong to it.
"""

import zlib
from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from quarry.cache.store import CacheStore, Command

CHANGES: Final = "quarry:changes"
# A record stands for a chunk of rows. Entries older than the oldest record that is kept count as outdated.
_RECORDS_KEPT: Final = 50
_ENTRIES_REMEMBERED: Final = 4096
_IDS, _WORDS, _ENDED = b"ids", b"words", b"ended"
_STEP: Final = 0


@dataclass(frozen=True, slots=True)
class Depends:
    """``everything``: also on the end of any price list. ``terms`` are weights with the words that meet each.

    A new material belongs to the answer when the terms that it meets weigh at least ``least`` together.
    """

    ids: Sequence[int] = ()
    terms: Sequence[tuple[float, Sequence[int]]] = ()
    least: float = 0.0
    everything: bool = True


@dataclass(frozen=True)
class _Record:
    """``at`` is its place in the stream."""

    at: int
    ids: frozenset[int]
    words: bytes
    ended: bool

    @cached_property
    def _materials(self) -> dict[int, list[int]]:
        """The numbers of the record's new materials by word."""
        found: dict[int, list[int]] = {}
        number = 0
        for word in array("I", self.words):
            if word == _STEP:
                number += 1
            else:
                found.setdefault(word, []).append(number)
        return found

    def concerns(self, depends: Depends) -> bool:
        if (self.ended and depends.everything) or not self.ids.isdisjoint(depends.ids):
            return True
        if not self.words:
            return False
        weights: dict[int, float] = {}
        for weight, words in depends.terms:
            for number in {number for word in words for number in self._materials.get(word, ())}:
                weights[number] = weights.get(number, 0.0) + weight
        return any(weight >= depends.least for weight in weights.values())


@dataclass
class Changes:
    """The stream as one environment has read it."""

    _records: deque[_Record] = field(default_factory=lambda: deque(maxlen=_RECORDS_KEPT))
    _known_since: int = 0
    _place: str = "0-0"
    _held: dict[tuple[str, int], int] = field(default_factory=dict)
    seen: int = 0

    def command(self) -> Command:
        """Asks for the records since the last look."""
        return "XRANGE", CHANGES, f"({self._place}", "+"

    def read(self, answer: Sequence[tuple[bytes, Sequence[bytes]]]) -> None:
        """Take in what :meth:`command` was answered; what another question has brought meanwhile is left out."""
        for place, content in answer:
            at = _at(place)
            if at <= self.seen:
                continue
            self.seen, self._place = at, place.decode()
            record = _record(at, content)
            if record is None:  # nobody knows what changed
                self._records.clear()
                self._known_since = at
                continue
            if len(self._records) == _RECORDS_KEPT:  # the oldest is dropped: entries from before it cannot be judged
                self._known_since = self._records[0].at
            self._records.append(record)
        if len(answer) >= _RECORDS_KEPT and self._records:
            # More may have been added and removed since the last look.
            self._known_since = max(self._known_since, self._records[0].at)

    def leave(self, key: str, seen: int, depends: Depends) -> bool:
        """Whether no change after ``seen`` concerns the entry."""
        if seen < self._known_since:
            return False
        since = self._held.get((key, seen), seen)
        for record in reversed(self._records):
            if record.at <= since:
                break
            if record.concerns(depends):
                return False
        # Later only new records are compared with it. After a reset each entry costs one full comparison more.
        if len(self._held) >= _ENTRIES_REMEMBERED:
            self._held.clear()
        self._held[key, seen] = self.seen
        return True


class ChangeLog:
    """The stream, for those who change the catalogue."""

    def __init__(self, store: CacheStore) -> None:
        self._store = store

    async def note(self, material_ids: Iterable[str], new: Iterable[Sequence[int]] = ()) -> None:
        """Record a chunk's written materials, with the words of those that are new or have a new name."""
        ids = array("I", [tag(key) for key in material_ids])
        words = array("I")
        for indices in new:
            words.extend(indices)
            words.append(_STEP)
        await self._append((_IDS, ids.tobytes()), (_WORDS, words.tobytes()))

    async def invalidate(self) -> None:
        """A price list has come to its end."""
        await self._append((_ENDED, b"1"))

    async def _append(self, *fields: tuple[bytes, bytes]) -> None:
        parts: list[Any] = [part for pair in fields for part in pair]
        await self._store.together(("XADD", CHANGES, "MAXLEN", "=", _RECORDS_KEPT, "*", *parts))


def tag(material_id: str) -> int:
    """A material's id as records carry it. Two that share one are outdated together."""
    return zlib.crc32(material_id.encode())


def _record(at: int, content: Sequence[bytes]) -> _Record | None:
    """None for what is damaged, or not ours."""
    try:
        fields = dict(zip(content[::2], content[1::2], strict=True))
        words = fields.get(_WORDS, b"")
        array("I", words)
        return _Record(at, frozenset(array("I", fields.get(_IDS, b""))), words, _ENDED in fields)
    except (ValueError, TypeError):
        return None


def _at(place: bytes) -> int:
    """A place in the stream as a number: milliseconds and a count within them."""
    moment, _, number = place.partition(b"-")
    return (int(moment) << 20) + int(number)
