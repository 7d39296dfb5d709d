"""What lists changed over a period, across suppliers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from quarry.domain.changes import Change, ChangeFilter, Digest
from quarry.errors import InvalidRequest, NotSupported
from quarry.repositories.postgresql.price_changes import Place, PriceChanges
from quarry.services.pages import Cursors, Page

_CURSORS: Final = Cursors("period-changes", at=datetime, pricelist=int, offer=int)


@dataclass(frozen=True, slots=True)
class Changed:
    """``digest`` is None behind the first page."""

    digest: Digest | None
    page: Page[Change]

    @property
    def suppliers(self) -> list[int | None]:
        """Whose prices they are."""
        counted = [number for number, _ in self.digest.by_supplier] if self.digest else []
        return [*counted, *(one.supplier_id for one in self.page.items)]


class ChangeService:
    """``changes`` is None in Qdrant-only mode."""

    def __init__(self, changes: PriceChanges | None) -> None:
        self._changes = changes

    async def over(self, asked: ChangeFilter, *, limit: int, cursor: str | None) -> Changed:
        """The newest list first."""
        if self._changes is None:
            raise NotSupported(
                "Changes over a period need PostgreSQL, which is not used in Qdrant-only mode. What one price list "
                "changed is at /api/v1/batches/{id}/changes."
            )
        if asked.until is not None and asked.since >= asked.until:
            raise InvalidRequest("The period has no length.", [("/since", "must be before until")])
        after = _place(cursor) if cursor else None
        found = await self._changes.page(asked, after, limit + 1)
        page = _CURSORS.page(found, limit, lambda one: {"at": one.at, "pricelist": one.pricelist_id, "offer": one.id})
        # It sums up the whole period, whatever the page: counted once, with the first.
        return Changed(None if cursor else await self._changes.digest(asked), page)


def _place(cursor: str) -> Place:
    place = _CURSORS.read(cursor)
    return place["at"], place["pricelist"], place["offer"]
