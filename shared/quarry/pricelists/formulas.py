"""Formulas whose values were not saved with a workbook are worked out where they are plain arithmetic.

«=ROUND(D6*(1+$B$2),2)» is; a formula with any other function, with texts or with cells of other sheets is not.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, DecimalException
from functools import cached_property, partial
from graphlib import CycleError, TopologicalSorter
from typing import Final

from quarry.pricelists.grid import Cell, column_of

Place = tuple[int, int]  # row from 1, column from 0
_LONGEST: Final = 200
_DEEPEST: Final = 30  # parentheses within each other
_MOST: Final = 50_000  # formulas of a sheet
_TOKEN: Final = re.compile(
    r"\s*+(?:(\$?[A-Z]{1,3}\$?\d{1,7}(?![\w(!]))|(\d+(?:\.\d+)?)|(ROUND(?:UP|DOWN)?)(?=\()|([-+*/^(),%]))"
)
_REFERENCE: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ROUNDED: Final = {"ROUND": ROUND_HALF_UP, "ROUNDUP": ROUND_UP, "ROUNDDOWN": ROUND_DOWN}
_MOST_DIGITS: Final = 10
_MOST_POWER: Final = 10


class Unknown(Exception):
    """A formula that is not worked out."""


def references(formula: str) -> Iterator[Place]:
    """The cells that a formula is made of."""
    for found in _REFERENCE.finditer(formula[:_LONGEST]):
        yield int(found[2]), column_of(found[1])


class Formulas:
    """The formulas of one sheet, and the numbers in the cells that they are made of."""

    def __init__(self, formulas: Mapping[Place, str]) -> None:
        self._formulas = dict(list(formulas.items())[:_MOST])
        self.wanted = {place for formula in self._formulas.values() for place in references(formula)}
        self.numbers: dict[Place, Decimal] = {}
        self._texts: set[Place] = set()

    def note(self, row: int, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            if (row, column) in self.wanted and isinstance(cell, int | float):
                self.numbers[row, column] = Decimal(str(cell))
            elif (row, column) in self.wanted and cell != "":
                self._texts.add((row, column))

    @property
    def known(self) -> int:
        """How many of them are worked out."""
        return len(self._values)

    def value(self, place: Place) -> Decimal | None:
        """What the formula in that cell gives; None where it cannot be told."""
        return self._values.get(place)

    @cached_property
    def _values(self) -> dict[Place, Decimal]:
        """Each is worked out once, after those that it is made of; of a circle none is."""
        order = TopologicalSorter(
            {place: self._formulas.keys() & set(references(formula)) for place, formula in self._formulas.items()}
        )
        with suppress(CycleError):  # the others come out all the same
            order.prepare()
        found: dict[Place, Decimal] = {}
        while ready := order.get_ready():
            for place in ready:
                with suppress(Unknown, DecimalException, ZeroDivisionError):
                    found[place] = _Parser(self._formulas[place], partial(self._cell, found)).result()
            order.done(*ready)
        return found

    def _cell(self, found: Mapping[Place, Decimal], place: Place) -> Decimal:
        if place in self._texts or (place in self._formulas and place not in found):
            raise Unknown
        return found[place] if place in found else self.numbers.get(place, Decimal(0))  # a blank cell is nought


class _Parser:
    """Recursive descent, as deep as its parentheses. Raises Unknown."""

    def __init__(self, formula: str, cell: Callable[[Place], Decimal]) -> None:
        self._tokens = list(_tokens(formula))
        self._cell = cell
        self._depth = 0

    def result(self) -> Decimal:
        found = self._sum()
        if self._tokens:
            raise Unknown
        return found

    def _next(self, *wanted: str) -> str:
        """The next token, taken if it is one of these."""
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in wanted else ""

    def _sum(self) -> Decimal:
        found = self._product()
        while sign := self._next("+", "-"):
            other = self._product()
            found = found + other if sign == "+" else found - other
        return found

    def _product(self) -> Decimal:
        found = self._power()
        while sign := self._next("*", "/"):
            other = self._power()
            found = found * other if sign == "*" else found / other
        return found

    def _power(self) -> Decimal:
        found = self._share()
        if self._next("^"):
            exponent = self._share()
            if abs(exponent) > _MOST_POWER:
                raise Unknown
            found = found**exponent
        return found

    def _share(self) -> Decimal:
        negative = False
        while sign := self._next("+", "-"):
            negative ^= sign == "-"
        found = self._one()
        while self._next("%"):
            found /= 100
        return -found if negative else found

    def _one(self) -> Decimal:
        if not self._tokens:
            raise Unknown
        part = self._tokens.pop(0)
        if part in _ROUNDED:
            return self._rounded(part)
        if part == "(":
            return self._within()
        if part[0].isdigit():
            return Decimal(part)
        place = _REFERENCE.fullmatch(part)
        if place is None:
            raise Unknown
        return self._cell((int(place[2]), column_of(place[1])))

    def _inner_sum(self) -> Decimal:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unknown
        found = self._sum()
        self._depth -= 1
        return found

    def _within(self) -> Decimal:
        found = self._inner_sum()
        if not self._next(")"):
            raise Unknown
        return found

    def _rounded(self, how: str) -> Decimal:
        self._tokens.pop(0)
        found = self._inner_sum()
        digits = self._inner_sum() if self._next(",") else Decimal(0)
        if not self._next(")") or abs(digits) > _MOST_DIGITS:
            raise Unknown
        return found.quantize(Decimal(1).scaleb(-int(digits)), rounding=_ROUNDED[how])


def _tokens(formula: str) -> Iterator[str]:
    if len(formula) > _LONGEST:
        raise Unknown
    at = 0
    formula = formula.strip()
    while at < len(formula):
        token = _TOKEN.match(formula, at)
        if token is None:
            raise Unknown
        yield token[0].strip()
        at = token.end()
