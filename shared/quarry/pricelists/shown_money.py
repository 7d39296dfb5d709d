"""Money that only the number formats of a workbook's cells show: «1 250 ₸» of a cell that holds 1250."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from quarry.domain.kept import kept
from quarry.pricelists.currencies import currency_of
from quarry.pricelists.grid import Cell, Money

# «_₽» leaves a sign's width, «* » fills up, «[Red]» and «[>0]» are not shown; «[$€-407]» is the sign before the dash.
_UNSEEN: Final = re.compile(r"_.|\*.")
_SIGN: Final = re.compile(r"\[\$([^\[\]-]*+)(?:-[^\[\]]*+)?\]")
_IN_BRACKETS: Final = re.compile(r"\[[^\[\]]*+\]")
_DIGITS: Final = re.compile(r"[#0?][#0?\s.,]*")


@kept(1024)
def money_of(code: str) -> str | None:
    """The currency that a number format shows beside its numbers."""
    shown = _UNSEEN.sub("", code.partition(";")[0])
    shown = _IN_BRACKETS.sub("", _SIGN.sub(r"\1", shown)).replace("\\", "").replace('"', "")
    return currency_of(_DIGITS.sub("0 ", shown))


@dataclass(slots=True)
class ShownMoney:
    """Of each column, from 0, from which row on its numbers are shown as which money; "" of none."""

    rows: dict[int, list[int]] = field(default_factory=dict)
    codes: dict[int, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def note(self, row: int, column: int, code: str) -> None:
        """Rows come in their order."""
        codes = self.codes.get(column)
        if codes is None:
            if code:
                self.rows[column], self.codes[column] = [row], [code]
        elif codes[-1] != code:
            self.rows[column].append(row)
            codes.append(code)

    def show(self, row: int, cells: list[Cell]) -> None:
        """Make amounts of money of the row's numbers that are shown as such."""
        for column, rows in self.rows.items():
            cell = cells[column] if column < len(cells) else ""
            at = bisect_right(rows, row)
            code = self.codes[column][at - 1] if at else ""
            if code and isinstance(cell, int | float) and not isinstance(cell, bool):
                cells[column] = Money(cell, code)
