"""Rows that a supplier's list repeats as its list before had them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from quarry.domain.batches import Batch


@dataclass(frozen=True, slots=True)
class Digests:
    """Rows of a list as columns; ``numbers`` are those of the rows in their sheet."""

    sequences: Sequence[int]
    numbers: Sequence[int]
    digests: Sequence[str]


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows of a list and what each of them repeats, as columns of one length.

    ``identities`` are the rows': what comes before one of them in the list must not have the same. The current offer
    is ``offers``', of the list ``lists`` and there of the row ``places``; ``records`` are sequences of the records that
    the rows repeat, in the batches of the lists ``sources``. Those of ``waiting`` rows wait for a person.
    """

    sequences: Sequence[int] = ()
    numbers: Sequence[int] = ()
    identities: Sequence[str] = ()
    offers: Sequence[int] = ()
    lists: Sequence[int] = ()
    places: Sequence[int] = ()
    sources: Sequence[int] = ()
    records: Sequence[int] = ()
    waiting: Sequence[bool] = ()

    def __len__(self) -> int:
        return len(self.sequences)

    def only(self, chosen: Sequence[int]) -> Self:
        """Those at the indexes ``chosen``."""
        if len(chosen) == len(self):
            return self
        columns = (getattr(self, name) for name in self.__slots__)
        return type(self)(*([column[index] for index in chosen] for column in columns))


class UnchangedRows(Protocol):
    """What the supplier's offers in force are known by; every method may be called again with the same values."""

    async def lists(self, pricelist_id: int) -> Mapping[int, str]:
        """Request ids of those lists that offers in force are of, none newer than ``pricelist_id``."""

    async def find(self, batch: Batch, lists: Mapping[int, str], rows: Digests) -> Repeats:
        """Of ``rows`` those that would become what they are already, if they were processed."""

    async def settle(self, batch: Batch, rows: Repeats, chunk_rows: int, revision: int) -> set[int]:
        """Move the offers on to the list and note the rows as settled; returns their sequences.

        Both or neither is done of a row: only where it still repeats what it was found to repeat.
        """
