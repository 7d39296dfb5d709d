"""Rows that a supplier's list repeats as its list before had them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from quarry.domain.batches import Batch


class Repeated(NamedTuple):
    """A row's offer in force and the record that made it what it is.

    ``identity`` is the row's: what comes before it in the list must not have it too.
    """

    offer_id: int
    pricelist_id: int
    record_sequence: int
    identity: str


class Settled(NamedTuple):
    """A row of the list at hand that repeats one; ``row_id`` and ``chunk`` are its record's."""

    sequence: int
    row_number: int
    row_id: str
    chunk: int
    offer_id: int
    pricelist_id: int
    record_sequence: int


class Digest(NamedTuple):
    sequence: int
    row_number: int
    digest: str


class UnchangedRows(Protocol):
    """What the supplier's offers in force are known by; every method may be called again with the same values."""

    async def lists(self, pricelist_id: int) -> Mapping[int, str]:
        """Request ids of those lists that offers in force are of, none newer than ``pricelist_id``."""

    async def find(self, lists: Mapping[int, str], digests: Sequence[Digest]) -> dict[int, Repeated]:
        """By sequence what stands already, and would be the same if the row were processed."""

    async def settle(self, batch: Batch, lists: Mapping[int, str], rows: Sequence[Settled], revision: int) -> set[int]:
        """Move the offers on to the list and copy their records; returns the sequences of which that was still right.

        Both or neither is done of a row, whatever comes in between.
        """
