"""Estimates: made, shown, corrected. Small ones are priced while their caller waits, large ones by the queue."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from quarry.adapters.interfaces import MessageQueue
from quarry.domain.documents import moment
from quarry.domain.estimates.choosing import answer
from quarry.domain.estimates.export import workbook
from quarry.domain.estimates.lines import AskedLine, LineStatus, Terms
from quarry.domain.estimates.reasons import line_in
from quarry.domain.estimates.suppliers import totals
from quarry.domain.messages import EstimateMessage
from quarry.errors import Conflict, NotFound, NotSupported, QuarryError, StoreUnavailable
from quarry.repositories.estimates import EstimateHeader, Estimates
from quarry.services.line_pricing import LinePricer, PricedLines
from quarry.services.pages import Cursors
from quarry.services.trade import TradeReader

log = logging.getLogger(__name__)
# How many lines are priced while the caller waits.
DIRECT_LINES: Final = 200
CHUNK_LINES: Final = 100
# How many one run of the upkeep takes; the rest come with the next one.
_STALLED_AT_ONCE: Final = 100
_REST_BEHIND_OTHERS: Final = timedelta(hours=1)
# A chunk that failed so often is priced line by line, so that one line cannot hold up the others.
_FAILURES_TOGETHER: Final = 3
_UNPRICED: Final = "Pricing this line broke off each time: its text is unusual. Correct it and send the bill again."
_NEWEST: Final = Cursors("estimates", moment=datetime, before=uuid.UUID)
_LINES: Final = Cursors("estimate-lines", after=int)
NOT_KEPT: Final = "Estimates are kept in PostgreSQL, which Qdrant-only mode does not use."


@dataclass(frozen=True, slots=True)
class Made:
    """``answer`` as the API shows it; not ``priced``: the queue goes on with it."""

    answer: Mapping[str, Any]
    priced: bool


class EstimateService:
    """Without ``kept`` (Qdrant-only mode) estimates are answered, and not remembered."""

    def __init__(self, kept: Estimates | None, pricer: LinePricer, chunks: MessageQueue, trade: TradeReader) -> None:
        self._kept = kept
        self.pricer = pricer
        self._chunks = chunks
        self._trade = trade

    async def create(self, name: str, terms: Terms, lines: Sequence[AskedLine], estimate_id: str | None = None) -> Made:
        estimate_id = estimate_id or str(uuid.uuid4())
        if len(lines) > DIRECT_LINES:
            await self._estimates.add(estimate_id, name, terms, lines)
            await self.send(estimate_id, len(lines))
            return Made(await self.show(estimate_id), priced=False)
        # The first use of PostgreSQL: in an outage the buyer has the prices nevertheless, from the index.
        try:
            choices = await self._choices(lines)
        except StoreUnavailable as error:
            log.warning("an estimate is not kept", extra={"reason": str(error)})
            return Made(await self._passing(estimate_id, name, terms, lines), priced=True)
        if self._kept is None:
            return Made(await self._passing(estimate_id, name, terms, lines), priced=True)
        # Before anything is kept: a request that breaks off leaves nothing that the upkeep would price again.
        priced = await self.pricer.price(lines, terms, choices)
        await self._kept.add(estimate_id, name, terms, lines)
        await self._kept.save(estimate_id, priced.lines, degraded=priced.degraded)
        await self._kept.summarize(estimate_id, _summary(priced.lines, terms))
        return Made(await self.show(estimate_id), priced=True)

    async def send(self, estimate_id: str, lines: int) -> None:
        """Queue all of its lines; those that are priced already are not priced again."""
        starts = range(1, lines + 1, CHUNK_LINES)
        messages = [EstimateMessage(estimate_id, at, min(at + CHUNK_LINES - 1, lines)).json() for at in starts]
        await self._chunks.send(messages)

    async def show(self, estimate_id: str, limit: int = 1000, cursor: str | None = None) -> dict[str, Any]:
        """With so many of its lines. Raises NotFound."""
        after = _LINES.read(cursor)["after"] if cursor else 0
        header = await self._header(estimate_id)
        found = await self._estimates.answers(header.id, after, limit + 1)
        page = _LINES.page(found, limit, lambda line: {"after": line["line"]})
        return await self._shown(header, page.items, page.next_cursor)

    async def export(self, estimate_id: str, language: str) -> bytes:
        """As a workbook in that language. Raises Conflict while its lines are priced."""
        header = await self._header(estimate_id)
        if header.summary is None:
            raise Conflict(f"The estimate {estimate_id} is being priced: ask for it again when it has ended.")
        lines = await self._estimates.answers(header.id, 0, header.lines)
        shown = await self._shown(header, [line_in(language, line) for line in lines], None)
        return workbook(shown, language)

    async def newest(self, limit: int, cursor: str | None) -> dict[str, Any]:
        place = _NEWEST.read(cursor) if cursor else None
        before = (place["moment"].isoformat(), place["before"]) if place else None
        found = await self._estimates.newest(limit + 1, before)
        page = _NEWEST.page(found, limit, lambda one: {"moment": one.created_at, "before": one.id})
        return {"items": [_head(one) for one in page.items], "next_cursor": page.next_cursor}

    async def choose(self, estimate_id: str, number: int, material_id: str | None) -> dict[str, Any]:
        """Answer a line by the material that a person chose for it, now and in every later estimate."""
        header = await self._header(estimate_id)
        lines = await self._estimates.asked(header.id, number, number, again=True)
        if not lines:
            raise NotFound(f"The estimate {estimate_id} has no line {number}.")
        if material_id is not None and not await self.pricer.knows(material_id):
            raise NotFound(f"There is no material {material_id}.")
        await self._estimates.choose(lines[0].name, material_id)
        priced = await self.pricer.price(lines, header.terms, {number: material_id})
        await self._estimates.save(header.id, priced.lines, degraded=priced.degraded)
        await self.finish(header)
        return (await self._with_names(priced.lines))[0]

    async def finish(self, header: EstimateHeader) -> None:
        """Its totals, once every line is priced."""
        costs = await self._estimates.costs(header.id)
        # Chunks end in any order; two that see the end at once write the same totals.
        if all(line["status"] for line in costs):
            await self._estimates.summarize(header.id, _summary(costs, header.terms))

    def require_kept(self) -> None:
        """Raises NotSupported in Qdrant-only mode."""
        _ = self._estimates

    @property
    def _estimates(self) -> Estimates:
        if self._kept is None:
            raise NotSupported(NOT_KEPT)
        return self._kept

    async def _header(self, estimate_id: str) -> EstimateHeader:
        header = await self._estimates.header(estimate_id)
        if header is None:
            raise NotFound(f"There is no estimate {estimate_id}. GET /api/v1/estimates lists those that there are.")
        return header

    async def _choices(self, lines: Sequence[AskedLine]) -> dict[int, str | None]:
        if self._kept is None:
            return {}
        known = await self._kept.choices([line.name for line in lines])
        return {line.line: known[line.name] for line in lines if line.name in known}

    async def _passing(self, estimate_id: str, name: str, terms: Terms, lines: Sequence[AskedLine]) -> dict[str, Any]:
        """An answer that is not stored, since there is no store for it."""
        priced = await self.pricer.price(lines, terms, {})
        now = datetime.now(UTC)
        header = EstimateHeader(
            id=estimate_id,
            request_id=estimate_id,
            name=name,
            terms=terms,
            lines=len(lines),
            priced=len(lines),
            degraded=priced.degraded,
            summary=_summary(priced.lines, terms),
            created_at=now,
            updated_at=now,
        )
        return {**await self._shown(header, priced.lines, None), "kept": False}

    async def _shown(
        self, header: EstimateHeader, lines: Sequence[Mapping[str, Any]], following: str | None
    ) -> dict[str, Any]:
        summary = header.summary or {"totals": None, "unserved": [], "doubtful": []}
        named = await self._with_names(lines)
        found = summary["totals"]
        if found:
            suppliers = (await self._trade.showing(one["supplier_id"] for one in found["by_supplier"])).suppliers
            rows = [{**one, "supplier_name": suppliers.get(one["supplier_id"])} for one in found["by_supplier"]]
            found = {**found, "by_supplier": rows}
        return {**_head(header), "lines": named, **summary, "totals": found, "next_cursor": following}

    async def _with_names(self, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        suppliers = (await self._trade.showing(_suppliers_of(lines))).suppliers

        def named(offer: Mapping[str, Any] | None) -> dict[str, Any] | None:
            return {**offer, "supplier_name": suppliers.get(offer["supplier_id"])} if offer else None

        return [
            {
                **line,
                "best": named(line["best"]),
                "offers": list(map(named, line["offers"])),
                "alternatives": [{**one, "best": named(one["best"])} for one in line["alternatives"]],
            }
            for line in lines
        ]


def _suppliers_of(lines: Sequence[Mapping[str, Any]]) -> set[int | None]:
    offers = [offer for line in lines for offer in (*line["offers"], *(one["best"] for one in line["alternatives"]))]
    return {offer["supplier_id"] for offer in offers if offer}


class StalledEstimates:
    """Estimates whose messages are lost, and those that are older than they are kept."""

    def __init__(
        self,
        kept: Estimates,
        service: EstimateService,
        chunks: MessageQueue,
        stalled_after: timedelta,
        kept_for: timedelta,
    ) -> None:
        self._kept = kept
        self._service = service
        self._chunks = chunks
        self._stalled_after = stalled_after
        self._kept_for = kept_for

    async def resume(self) -> int:
        """Queue them again; returns how many. Lines that are priced already are not priced twice."""
        # While the queue has messages, nobody knows whose: an estimate's count as lost if it has rested for long.
        rest = _REST_BEHIND_OTHERS if await self._chunks.depth() else self._stalled_after
        stalled = await self._kept.open_since(datetime.now(UTC) - rest, _STALLED_AT_ONCE)
        for header in stalled:
            await self._service.send(header.id, header.lines)
        return len(stalled)

    async def remove(self) -> int:
        return await self._kept.remove_older(datetime.now(UTC) - self._kept_for)


class EstimateChunks:
    """Lines of an estimate as the queue brings them."""

    def __init__(self, kept: Estimates, pricer: LinePricer, service: EstimateService) -> None:
        self._kept = kept
        self.pricer = pricer
        self._service = service

    async def price(self, message: EstimateMessage, receives: int = 1) -> None:
        """Done twice it leaves the same state; of an estimate that was removed meanwhile there is nothing to do."""
        header = await self._kept.header(message.estimate_id)
        if header is None:
            return
        lines = await self._kept.asked(message.estimate_id, message.first, message.last)
        if lines:
            known = await self._kept.choices([line.name for line in lines])
            choices = {line.line: known[line.name] for line in lines if line.name in known}
            priced = await self._priced(lines, header.terms, choices, alone=receives > _FAILURES_TOGETHER)
            header = await self._kept.save(message.estimate_id, priced.lines, degraded=priced.degraded)
        # Also if all lines are priced already: the worker of the last one may have died before the totals.
        if header.priced == header.lines and header.summary is None:
            await self._service.finish(header)

    async def _priced(
        self, lines: Sequence[AskedLine], terms: Terms, choices: Mapping[int, str | None], *, alone: bool
    ) -> PricedLines:
        if not alone:
            return await self.pricer.price(lines, terms, choices)
        parts = [await self._one(line, terms, choices) for line in lines]
        return PricedLines([line for part in parts for line in part.lines], any(part.degraded for part in parts))

    async def _one(self, line: AskedLine, terms: Terms, choices: Mapping[int, str | None]) -> PricedLines:
        try:
            return await self.pricer.price([line], terms, choices)
        # An outage is not the line's fault: the message comes again.
        except QuarryError:
            raise
        except Exception:
            log.exception("a line cannot be priced", extra={"line": line.line})
            return PricedLines([{**answer(line, (), terms), "why": _UNPRICED}])


def _head(header: EstimateHeader) -> dict[str, Any]:
    return {
        "id": header.id,
        "request_id": header.request_id,
        "name": header.name,
        "status": "pricing" if header.summary is None else "priced",
        "currency": header.terms.currency,
        "max_suppliers": header.terms.max_suppliers,
        "waste_percent": f"{header.terms.waste_percent.normalize():f}",
        "progress": {
            "lines": header.lines,
            "priced": header.priced,
            "percent": round(100 * header.priced / header.lines, 1),
        },
        "degraded": header.degraded,
        "kept": True,
        "created_at": moment(header.created_at),
        "updated_at": moment(header.updated_at),
    }


def _summary(lines: Sequence[Mapping[str, Any]], terms: Terms) -> dict[str, Any]:
    return {
        "totals": totals(lines, terms.max_suppliers),
        "unserved": [one["line"] for one in lines if one["status"] == LineStatus.UNSERVED],
        "doubtful": [one["line"] for one in lines if one["status"] == LineStatus.DOUBTFUL],
    }
