"""What is seen of a table's row: which of its columns are filled, what its texts are like, how it looks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.pricelists.categories import is_company, is_delivery, is_no_goods, is_note, is_total
from quarry.pricelists.currencies import named_in
from quarry.pricelists.grid import Line, Look, text
from quarry.pricelists.headers import role_of
from quarry.pricelists.layout import Layout
from quarry.pricelists.prices import NO_PRICE, are_grades, parse_price

NUMBER = re.compile(r"\d{1,5}(?:\.\d{1,3})*\.?")
NO_UNIT = frozenset({"", "%"})  # of a row whose amount need not be a price of goods
_LONGEST_HEADING = 150
_LONGEST_LETTER = 4
_SENTENCE = 6
_SHORT_ENDING = re.compile(r"(?:^|[\s,(])(?:[^\W\d_]{1,4}|[^\W\d_]{0,3}\d[\w.,-]{0,6})\.$")
_NAME_LIKE = re.compile(r"[^\W\d_]{2,}")
_DASH = re.compile(r"[-–—•*¹²³⁴⁵]\s*\S")  # a list, a footnote
_LONGEST_UNIT = 24
_USUALLY = 0.9
_HEADING_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})*[.)]\s*[^\W\d_]")


class Seer:
    """Knows of a table which columns goods usually fill, and how goods usually look; sees each row against that."""

    def __init__(self, layout: Layout, sample: Sequence[Line]) -> None:
        self._layout = layout
        self._prices = {column.index for column in layout.prices}
        beside = (layout.unit, layout.sku, layout.external_id, *layout.categories, *layout.sizes, *layout.details)
        self._beside = {column for column in beside if column is not None} - {layout.name}
        self.evidence = self._prices | self._beside
        goods = [line for line in sample if self.has_price(line)] if layout.prices else list(sample)
        self._usual = self._usually_filled(goods)
        stock = [layout.stock in self.filled(line) for line in goods]
        self._stock = layout.stock if stock and sum(stock) >= _USUALLY * len(stock) else None
        self._looks = Counter(line.look for line in goods)
        self._articles = min((len(_cell(line, layout.sku)) for line in goods if _cell(line, layout.sku)), default=0)

    def filled(self, line: Line) -> list[int]:
        start, stop = self._layout.start, self._layout.stop
        return [column for column, cell in enumerate(line.cells[start:stop], start) if cell != ""]

    def has_price(self, line: Line) -> bool:
        """Whether a price column holds an amount: then the row is goods, and no header, however it reads."""
        for column in self._layout.prices:
            cell = line.cells[column.index] if column.index < len(line.cells) else ""
            if isinstance(cell, str):
                written = cell[:1].isdigit() and not are_grades(cell)
                if cell and cell != column.label and (written or parse_price(cell).amount):
                    return True
            elif cell >= 0:
                return True
        return False

    def says_no_price(self, line: Line) -> bool:
        cells = (line.cells[column] for column in self._prices if column < len(line.cells))
        return any(isinstance(cell, str) and cell and parse_price(cell) is NO_PRICE for cell in cells)

    def _is_of_none(self, line: Line, filled: Sequence[int]) -> bool:
        """Whether a price is a delivery's, or a share of others («Скидка от 50 тыс. | % | 5»)."""
        if self._layout.unit in filled:
            return _cell(line, self._layout.unit) in NO_UNIT
        return is_delivery(text(line.cells[filled[0]]))

    def _names_prices(self, line: Line) -> bool:
        """Whether the title of prices stands in their place («Услуги | Стоимость»)."""
        return any(role_of(_cell(line, column)) is Role.PRICE for column in self._prices)

    def _says_money(self, line: Line, filled: Sequence[int]) -> bool:
        """Whether money is named in another place than the prices' («до 20 км | 6000 руб.»)."""
        others = (text(line.cells[column]) for column in filled if column != self._layout.name)
        return any(any(map(str.isdigit, cell)) and named_in(cell) and parse_price(cell).amount for cell in others)

    def is_goods(self, line: Line, filled: Sequence[int]) -> bool:
        """Whether the row is goods, whatever is around it."""
        layout = self._layout
        if not self.evidence:
            return layout.name in filled and not is_total(_cell(line, layout.name))
        if is_one_text(line, filled):
            return False
        if not layout.prices:
            return layout.name in filled and len(filled) > 1 and self._usual <= set(filled)
        if not self.has_price(line):
            return False
        if layout.unit in filled:
            return _cell(line, layout.unit) not in NO_UNIT
        return not is_no_goods(text(line.cells[filled[0]]))

    def seen(self, line: Line, filled: Sequence[int], below: int | None, goes_on: str) -> Iterator[str]:
        """``below``: how much deeper in the outline the next row is; ``goes_on``: the number after the last goods'."""
        layout = self._layout
        first = text(line.cells[filled[0]])
        number = first if filled[0] < layout.name and NUMBER.fullmatch(first) else ""
        # Behind a number or an article it is the name that says what the row is.
        lettered = (
            filled[0] < layout.name and len(first) <= _LONGEST_LETTER and first.strip(".)").isalpha()
        )  # «A», «IV.»
        leads = bool(number) or lettered or filled[0] in {layout.sku, layout.external_id}
        said = _cell(line, layout.name) if leads and layout.name in filled else first
        alone = (
            is_one_text(line, filled)
            or len(filled) == 1
            or ((bool(number) or lettered) and list(filled[1:]) == [layout.name])
        )
        yield from self._of_columns(line, filled, alone=alone)
        yield from self._of_text(said, number, goes_on)
        if below and below > 0:
            yield "rows below are deeper"
        yield from self._of_look(line.look)

    def _of_columns(self, line: Line, filled: Sequence[int], *, alone: bool) -> Iterator[str]:
        layout = self._layout
        if alone:
            yield "one text"
            return
        priced = "price" if self.has_price(line) else "no price said" if self.says_no_price(line) else ""
        if priced:
            yield "price of no goods" if self._is_of_none(line, filled) else priced
        elif not self._prices.isdisjoint(filled):
            yield "price title" if self._names_prices(line) else "price text"
        elif self._says_money(line, filled):
            yield "money beside"
        elif not set(layout.sums).isdisjoint(filled):
            yield "sum without price"
        if unit := _cell(line, layout.unit):
            yield "unit" if len(unit) <= _LONGEST_UNIT and not _DASH.match(unit) else "unit text"
        if article := _cell(line, layout.sku):
            yield "article" if len(article) >= self._articles else "short article"
        if not (self._beside - {layout.unit, layout.sku}).isdisjoint(filled):
            yield "details"
        if layout.name not in filled:
            yield "no name"
        if self._stock is not None and self._stock not in filled:
            yield "no stock"  # a heading may carry the sum of its goods', so that one there says nothing
        yield from self._of_lacking(filled)

    def _of_lacking(self, filled: Sequence[int]) -> Iterator[str]:
        lacking = self._usual - set(filled)
        if len(self._usual) > 1 and lacking == self._usual:
            yield "lacks all"
        elif len(lacking) > 1:
            yield "lacks several"
        elif lacking:
            yield "lacks one"
        if len(lacking) > 1 and self._usual - lacking <= {self._layout.sku, self._layout.external_id}:
            yield "lacks all but a code"

    def _of_text(self, said: str, number: str, goes_on: str) -> Iterator[str]:
        ends = said.endswith((".", "!")) and len(said.split()) >= _SENTENCE
        signs = {
            "total": is_total(said),
            "note": is_note(said),
            "company": is_company(said),
            "sentence": ends,
            "ends short": ends and bool(_SHORT_ENDING.search(said[-12:])),
            "long": len(said) > _LONGEST_HEADING,
            "dash": bool(_DASH.match(said)),
            "no word": not _NAME_LIKE.search(said) or (len(said) < _LONGEST_UNIT and parse_unit(said) is not None),
            "colon": said.endswith(":"),
            "small letter": said[:1].islower(),
        }
        yield from (sign for sign, holds in signs.items() if holds)
        if number and number == goes_on:
            yield "goes on within" if "." in number.rstrip(".") else "goes on"
        elif number or _HEADING_NUMBER.match(said):
            yield "numbered"

    def _of_look(self, look: Look) -> Iterator[str]:
        if not self._looks:
            return
        usual, count = self._looks.most_common(1)[0]
        if look == usual:
            if self._looks.total() == count:
                return
            yield "looks like goods"
        elif self._looks[look] * 10 < self._looks.total() and (look.bold > usual.bold or look.filled > usual.filled):
            yield "looks like a heading"

    def _usually_filled(self, goods: Sequence[Line]) -> set[int]:
        counts = Counter(column for line in goods for column in self.filled(line))
        layout = self._layout
        others = {*layout.sums, *layout.joins, *(pack.index for pack in layout.packs)}
        usual_columns = (self.evidence | others) - {layout.name}
        return {column for column in usual_columns if counts[column] >= _USUALLY * max(len(goods), 1)}


def is_one_text(line: Line, filled: Sequence[int]) -> bool:
    """A heading written into every column, as some exports unroll merged cells."""
    if len(filled) < 2:  # noqa: PLR2004 - one cell is no row of the same
        return False
    value = text(line.cells[filled[0]])
    for column in filled[1:]:
        if text(line.cells[column]) != value:
            return False
    return not any(map(str.isdigit, value))


def _cell(line: Line, column: int | None) -> str:
    return text(line.cells[column]) if column is not None and column < len(line.cells) else ""
