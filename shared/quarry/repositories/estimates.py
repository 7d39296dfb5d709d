"""Estimates as they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from quarry.domain.estimates.lines import AskedLine, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateHeader:
    """``summary``: totals and the lines to look at; None: of ``lines`` not all are ``priced`` yet.

    ``request_id``: of the file that it was last read from, else its own id.
    """

    id: str
    request_id: str
    name: str
    terms: Terms
    lines: int
    priced: int
    degraded: bool
    summary: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime


class Estimates(Protocol):
    async def add(self, estimate_id: str, name: str, terms: Terms, lines: Sequence[AskedLine]) -> None:
        """Done twice it leaves the same state."""

    async def replace(self, estimate_id: str, request_id: str, lines: Sequence[AskedLine]) -> None:
        """Other lines, which are to be priced."""

    async def header(self, estimate_id: str) -> EstimateHeader | None:
        """By its id, or by the request of the file that it was last read from."""

    async def newest(self, limit: int, before: tuple[str, str] | None) -> list[EstimateHeader]:
        """``before``: the moment and the id of the last one of the page before."""

    async def asked(self, estimate_id: str, first: int, last: int, *, again: bool = False) -> list[AskedLine]:
        """Lines that are not priced yet; ``again``: all of them."""

    async def save(self, estimate_id: str, answers: Sequence[Mapping[str, Any]], *, degraded: bool) -> EstimateHeader:
        """Raises NotFound for an estimate that is not there."""

    async def summarize(self, estimate_id: str, summary: Mapping[str, Any]) -> None: ...

    async def answers(self, estimate_id: str, after: int, limit: int) -> list[dict[str, Any]]: ...

    async def costs(self, estimate_id: str) -> list[dict[str, Any]]:
        """Of all lines their number, status, and the offers' suppliers and costs."""

    async def choices(self, names: Sequence[str]) -> dict[str, str | None]:
        """By name, of those for which a person has chosen: a material's id, or None for nothing."""

    async def choose(self, name: str, material_id: str | None) -> None: ...

    async def forget(self, name: str) -> None: ...

    async def open_since(self, moment: datetime, limit: int) -> list[EstimateHeader]:
        """Those with lines that are not priced, which nothing has moved since then."""

    async def remove_older(self, moment: datetime) -> int: ...
