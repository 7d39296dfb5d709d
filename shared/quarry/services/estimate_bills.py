"""Bills of materials that were dropped as files become estimates; our own workbooks the estimates that they are of."""

from collections.abc import Mapping
from decimal import Decimal
from typing import BinaryIO

import orjson

from quarry.domain.batches import Batch
from quarry.domain.estimates.lines import Terms
from quarry.domain.uploads import TERMS_METADATA
from quarry.errors import BadPriceList
from quarry.pricelists import ReadOptions
from quarry.pricelists.estimate_files import EstimateFile, read_bill
from quarry.repositories.estimates import Estimates
from quarry.services.estimates import NOT_KEPT, EstimateService


class EstimateBills:
    def __init__(self, kept: Estimates | None, service: EstimateService, currency: str) -> None:
        self._kept = kept
        self._service = service
        self._currency = currency

    async def __call__(
        self, batch: Batch, file: BinaryIO, options: ReadOptions, metadata: Mapping[str, str]
    ) -> EstimateFile:
        """Done twice it leaves the same estimate."""
        if self._kept is None:
            raise BadPriceList("not_kept", NOT_KEPT)
        bill = read_bill(file, batch.file_name or "", options)
        known = await self._kept.header(bill.estimate_id) if bill.estimate_id else None
        # What a person chose in the workbook first: the lines are priced by it.
        for line in bill.lines:
            if line.line in bill.chosen:
                await self._kept.choose(line.name, bill.chosen[line.line])
        if known:
            await self._kept.replace(known.id, batch.request_id, bill.lines)
        else:
            name = (batch.file_name or "").rpartition(".")[0] or batch.file_name or ""
            await self._kept.add(batch.request_id, name, self._terms(metadata), bill.lines)
        await self._service.send(known.id if known else batch.request_id, len(bill.lines))
        return bill

    def _terms(self, metadata: Mapping[str, str]) -> Terms:
        given = orjson.loads(metadata.get(TERMS_METADATA, "{}"))
        return Terms(
            currency=given.get("currency", self._currency),
            max_suppliers=given.get("max_suppliers"),
            waste_percent=Decimal(given.get("waste_percent", "0")),
        )
