"""What a list says once for all its rows, above its table, within it or below: the money, the tax."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from quarry.domain.rows import Vat
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.currencies import BELARUS, defined_in, money_alone, noted_in, scale_in, speaks_of_belarus
from quarry.pricelists.grid import Line, is_filled, last_of
from quarry.pricelists.headers import unit_of_header
from quarry.pricelists.prices import vat_of

_SPEAKS_OF_MONEY = Notation().compiled(load("prices")["speaks_of_money"])
_OF_PRICES = Notation().compiled(load("headings")["of_prices"])
_MONEY = Notation().compiled(load("prices")["ends_subject"])
_LAST_ROWS: Final = 20
_AMOUNT = re.compile(r"\d[\d\s.,]*+(?:[^\W\d_]{1,5}|[^\w\s])?")


@dataclass(frozen=True, slots=True)
class Notes:
    """``conventional``: which money «у.е.» are. ``scale``: prices are in so many of it.

    ``belarus``: roubles are Belarus' where nothing else is said of them.
    """

    currency: str | None = None
    vat: Vat | None = None
    conventional: str | None = None
    scale: int = 1
    belarus: bool = False

    def __or__(self, further: "Notes") -> "Notes":
        """With what is said further on where that says something."""
        return Notes(
            further.currency or self.currency,
            further.vat or self.vat,
            further.conventional or self.conventional,
            further.scale if further.scale != 1 else self.scale,
            further.belarus or self.belarus,
        )


NOTHING_SAID: Final = Notes()


def said_in(line: Line) -> Notes:
    """«Цены указаны с НДС 18%», «Цены в евро», «1 у.е. = 1 USD», «цены в тыс. руб.»."""
    found = NOTHING_SAID
    for cell in line.cells:
        if isinstance(cell, str) and cell:
            of_money = _SPEAKS_OF_MONEY.search(cell) or _prices_each(cell)
            currency, scale = (noted_in(cell), scale_in(cell)) if of_money else (None, 1)
            belarus = currency == BELARUS or speaks_of_belarus(cell)
            found |= Notes(currency, vat_of(cell), defined_in(cell), scale, belarus)
    return found


def _prices_each(cell: str) -> bool:
    """Whether money is named without an amount, and the tax of it or what it buys («Труба, руб. с НДС за метр»)."""
    money = _MONEY.search(cell)
    if money is None or cell[: money.start()].rstrip()[-1:].isdigit():
        return False
    return vat_of(cell) is not None or unit_of_header(cell[money.start() :]) is not None


def said_of_sheet(name: str | None) -> Notes:
    """«Цены USD», «EUR»: what a sheet's name says of its prices, where it says nothing of goods («Рубероид»)."""
    if not name:
        return NOTHING_SAID
    currency = money_alone(_OF_PRICES.sub(" ", name))
    return Notes(currency, belarus=currency == BELARUS) if currency else NOTHING_SAID


def said_below(lines: Iterable[Line]) -> Notes:
    """What the last rows say, those of one text each; «Стоимость доставки 20 USD» says nothing of the goods' prices."""
    last = [line for line in last_of(lines, _LAST_ROWS) if any(map(is_filled, line.cells))]
    found = NOTHING_SAID
    for line in takewhile(_is_of_one_text, reversed(last)):
        said = said_in(line)
        bare = said_in(Line(line.number, [_AMOUNT.sub(" ", cell) for cell in line.cells if isinstance(cell, str)]))
        found = replace(said, currency=bare.currency) | found
    return found


def _is_of_one_text(line: Line) -> bool:
    filled = [cell for cell in line.cells if cell != ""]
    return len(filled) == 1 and isinstance(filled[0], str)
