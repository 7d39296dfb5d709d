"""A model's help with sheets whose layout is a guess: its proposal is checked, tried, and remembered when it holds."""

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Final

from quarry.adapters.interfaces import LayoutModel
from quarry.domain.reading import Excerpt, LayoutCorrection, Proposal, ReadBy, Role
from quarry.errors import QuarryError
from quarry.pricelists.grid import column_of
from quarry.pricelists.prices import parse_price

log = logging.getLogger(__name__)
_MOST_SHEETS: Final = 3  # of one list
_LEAST_GOODS: Final = 2
_GOODS_SHARE: Final = 0.8
_LETTERS: Final = re.compile(r"[A-Z]{1,2}")
_WORD: Final = re.compile(r"[^\W\d_]{2,}|[^\W\d_]\d|\d[xх×*]\d")  # goods' names, and sizes that name them


class ReadingHelp:
    """Asks about a list's sheets at once. Without a model, in an outage, or for nonsense there is no proposal."""

    def __init__(self, model: LayoutModel | None) -> None:
        self._model = model

    async def proposals(self, excerpts: Sequence[Excerpt]) -> dict[str, LayoutCorrection]:
        """By fingerprint, as corrections that a reading takes where its own evidence bears them out."""
        if self._model is None or not excerpts:
            return {}
        # Sheets of one layout are one question: the answer counts for all of them.
        asked = list({excerpt.fingerprint: excerpt for excerpt in excerpts}.values())[:_MOST_SHEETS]
        said = await asyncio.gather(*[self._asked(self._model, excerpt) for excerpt in asked])
        checked = (correction_of(excerpt, proposal) for excerpt, proposal in zip(asked, said, strict=True) if proposal)
        return {correction.fingerprint: correction for correction in checked if correction}

    async def _asked(self, model: LayoutModel, excerpt: Excerpt) -> Proposal | None:
        try:
            return await model.propose(excerpt)
        except QuarryError as error:
            log.warning("no model looked at a sheet", extra={"reason": str(error)})
            return None


def correction_of(excerpt: Excerpt, proposal: Proposal) -> LayoutCorrection | None:
    """The proposal as a correction; None where what it says does not fit together, or not the cells."""
    width = max(map(len, excerpt.rows.values()), default=0)
    roles = {letters: role for letters, role in proposal.roles.items() if _LETTERS.fullmatch(letters)}
    within = {letters: role for letters, role in roles.items() if column_of(letters) < width}
    header = tuple(sorted(set(proposal.header_rows)))
    # A column that is not there, or a row that was not shown, is made up.
    if len(within) < len(proposal.roles) or not set(header) <= excerpt.rows.keys():
        return None
    if list(within.values()).count(Role.NAME) != 1 or Role.PRICE not in within.values():
        return None
    goods = [excerpt.rows[row] for row, kind in proposal.kinds.items() if kind == "goods" and row in excerpt.rows]
    # Its own reading must bear it out: names and prices, where it says that they are.
    whole = [cells for cells in goods if _is_goods(cells, within)]
    if len(whole) < _LEAST_GOODS or len(whole) < _GOODS_SHARE * len(goods):
        return None
    return LayoutCorrection(
        fingerprint=excerpt.fingerprint, header_rows=header or None, roles=within, read_by=ReadBy.MODEL
    )


def _is_goods(cells: Sequence[str], roles: dict[str, Role]) -> bool:
    """Whether a row has a name and an amount where the roles say so."""
    named = [
        cells[column]
        for letters, role in roles.items()
        if role is Role.NAME and (column := column_of(letters)) < len(cells)
    ]
    priced = [
        cells[column]
        for letters, role in roles.items()
        if role is Role.PRICE and (column := column_of(letters)) < len(cells)
    ]
    return any(map(_WORD.search, named)) and any(parse_price(cell).amount for cell in priced)
