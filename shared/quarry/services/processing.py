"""A chunk of a batch: rows are normalised, matched, written, indexed and settled."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.domain.batch_queries import RecordQuery
from quarry.domain.batches import Batch
from quarry.domain.identity import offer_identity
from quarry.domain.links import Candidate, Catalogue, MatchedRow, Question, ResolvedMaterial, RowKey
from quarry.domain.materials import material_id
from quarry.domain.messages import Rows
from quarry.domain.pricing import PriceBasis, price_basis
from quarry.domain.questions import likest
from quarry.domain.records import MatchType, ProcessingRecord
from quarry.domain.text import normalize_name, number_key
from quarry.errors import ContentRefused, NotFound, QuarryError, StoreError, StoreUnavailable
from quarry.observability import count
from quarry.runtime import together
from quarry.services.finishing import BatchFinisher, Index
from quarry.services.waits import BatchWaits

log = logging.getLogger(__name__)
MAX_CHUNK_ROWS = 10_000
# Materials that a person is asked about for one name.
_MOST_QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The score from which a candidate is accepted, and the lower one from which a person decides."""

    match: float
    review: float


@dataclass(frozen=True, slots=True)
class NormalizedRow:
    """A record with what its words mean."""

    record: ProcessingRecord
    normalized_name: str
    number_key: str
    basis: PriceBasis

    @property
    def own_material(self) -> str:
        """The material of that name: a row that means it needs no comparing, now and the next time."""
        return material_id(self.normalized_name)

    @property
    def key(self) -> RowKey:
        record = self.record
        return RowKey(
            row_id=record.row_id,
            name=record.row.name,
            unit=record.row.unit,
            normalized_name=self.normalized_name,
            number_key=self.number_key,
            sku=record.row.sku,
        )

    def matched(
        self,
        match_type: MatchType,
        material_id: str | None,
        similarity: float | None,
        questions: Sequence[Question] = (),
    ) -> MatchedRow:
        record = self.record
        by_name = material_id == self.own_material
        return MatchedRow(
            row_id=record.row_id,
            row=record.row,
            material_id=material_id,
            normalized_name=self.normalized_name,
            number_key=self.number_key,
            match_type=match_type,
            score=similarity,
            offer_key=f"{offer_identity(record.row)}|{record.occurrence}",
            basis=self.basis,
            record_sequence=record.sequence if record.digest and (not material_id or by_name) else None,
            questions=questions,
        )


class ChunkProcessor:
    """Idempotent: run twice, or half and then again, a chunk leaves the same state."""

    def __init__(
        self,
        store: IBatchProcessingRepository,
        catalogue: Catalogue,
        indexing: Index,
        finisher: BatchFinisher,
        thresholds: Thresholds,
        waits: BatchWaits,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._indexing = indexing
        self._finisher = finisher
        self._thresholds = thresholds
        self._waits = waits

    async def process_chunk(self, request_id: str, chunk: int, rows: Rows | None = None) -> None:
        """Settle every open row of the chunk, or of a part of it. Raises NotFound for a batch that no store knows."""
        # The records' error is raised first, since it distinguishes an outage from a missing batch.
        records, batch = await together(self.open_records(request_id, chunk, rows), self._store.get_batch(request_id))
        if batch is None:
            raise NotFound(f"There is no batch {request_id}.")
        if records:
            await self._settle(await self._numbered(batch), records)
            await self._waits.is_over(batch)
        await self._finisher.finish_if_settled(request_id)

    async def open_records(self, request_id: str, chunk: int, rows: Rows | None = None) -> list[ProcessingRecord]:
        first, last = rows or (0, MAX_CHUNK_ROWS - 1)
        records = await self._store.get_processing_results(
            request_id, RecordQuery(unsettled=True, chunk=chunk, after=first - 1, limit=last - first + 1)
        )
        return [one for one in records if rows is None or one.sequence <= last]

    async def _numbered(self, batch: Batch) -> Batch:
        """The header as PostgreSQL has it: one that was taken by Qdrant has no price list number yet."""
        return batch if batch.pricelist_id is not None else await self._store.save_batch(batch)

    async def _settle(self, batch: Batch, records: Sequence[ProcessingRecord]) -> None:
        """Rows that a store refuses are halved until the row to blame is alone, and only it fails."""
        try:
            settled = await self._written(batch, records)
            await self._store.update_processing_status(batch.request_id, settled)
        except Exception as error:
            if not _lies_in_rows(error):
                raise
            if len(records) == 1:
                log.exception("row refused", extra={"batch": batch.request_id, "row": records[0].sequence})
                await self._store.update_processing_status(batch.request_id, [_refused(records[0], error)])
                return
            half = len(records) // 2
            await self._settle(batch, records[:half])
            await self._settle(batch, records[half:])
        else:
            count("RowsProcessed", len(settled))

    async def _written(self, batch: Batch, records: Sequence[ProcessingRecord]) -> list[ProcessingRecord]:
        if batch.pricelist_id is None:
            # Its header is pending in Qdrant: rows without a list's number could never be superseded.
            raise StoreUnavailable("PostgreSQL", "does not know this batch yet")
        rows, broken = _normalize(records)
        links = await self._link(batch, rows)
        # Before the records say «completed»: broken off in between, the same rows are written again, to the same end.
        receipt = await self._catalogue.write(batch.pricelist_id, batch.supplier_id, links)
        await self._index(receipt.to_index)
        return [*broken, *(_settled(item, link) for item, link in zip(rows, links, strict=True))]

    async def _index(self, material_ids: Sequence[str]) -> None:
        try:
            await self._indexing.index(material_ids)
        except (StoreUnavailable, StoreError) as error:
            # The rows are written and SQL search finds them; maintenance indexes what is not indexed.
            log.warning("materials are not indexed yet", extra={"reason": str(error), "rows": len(material_ids)})

    async def _link(self, batch: Batch, rows: Sequence[NormalizedRow]) -> list[MatchedRow]:
        keys = [item.key for item in rows]
        resolved = await self._catalogue.resolve(batch.supplier_id, keys, batch.pricelist_id)
        unresolved = [key for key in keys if key.row_id not in resolved]
        candidates = await self._catalogue.candidates(unresolved, batch.pricelist_id) if unresolved else {}
        return [
            self._decide(batch, item, resolved.get(key.row_id), candidates.get(key.row_id, ()))
            for key, item in zip(keys, rows, strict=True)
        ]

    def _decide(
        self, batch: Batch, item: NormalizedRow, known: ResolvedMaterial | None, candidates: Sequence[Candidate]
    ) -> MatchedRow:
        if known and known.origin_pricelist_id == batch.pricelist_id:
            # An earlier run of this chunk, or another row of this list, made it: another run reports the same.
            return item.matched(MatchType.CREATED, known.material_id, None)
        if known:
            return item.matched(MatchType.EXACT, known.material_id, 1.0)
        row = item.record.row
        found = likest(row.name, row.unit, candidates)
        best = found[0].score if found else 0.0
        if best >= self._thresholds.match:
            return item.matched(MatchType.MATCHED, found[0].material.id, best)
        questions = [one for one in found[:_MOST_QUESTIONS] if one.score >= self._thresholds.review]
        if questions:
            return item.matched(MatchType.REVIEW, None, best, questions)
        return item.matched(MatchType.CREATED, item.own_material, None)


def _lies_in_rows(fault: Exception) -> bool:
    """Whether fewer rows may pass where many do not: the rows' content or a bug, not the store's state."""
    return isinstance(fault, ContentRefused) or not isinstance(fault, QuarryError)


def _refused(record: ProcessingRecord, fault: Exception) -> ProcessingRecord:
    reason = str(fault) if isinstance(fault, QuarryError) else type(fault).__name__
    return record.fail("refused", f"This row could not be stored ({reason}). Correct it and send it again.")


def _normalize(records: Sequence[ProcessingRecord]) -> tuple[list[NormalizedRow], list[ProcessingRecord]]:
    """Records with their meaning, and those that no rule could read, failed with the reason."""
    rows: list[NormalizedRow] = []
    broken: list[ProcessingRecord] = []
    for record in records:
        try:
            name = record.row.name
            normalized = normalize_name(name)
            rows.append(NormalizedRow(record, normalized, number_key(name), price_basis(record.row)))
        except Exception as error:  # a single row must never stop the others
            log.exception("row not understood", extra={"batch": record.request_id, "row": record.sequence})
            reason = f"This row could not be understood ({type(error).__name__}). Correct it and send it again."
            broken.append(record.fail("not_understood", reason))
    return rows, broken


def _settled(item: NormalizedRow, link: MatchedRow) -> ProcessingRecord:
    return item.record.complete(
        material_id=link.material_id,
        match_type=link.match_type,
        similarity_score=link.score,
        normalized_unit=item.basis.normalized_unit,
        coefficient=item.basis.coefficient,
    )
