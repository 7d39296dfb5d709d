"""Finding a table's header among titles, addresses and dates, over one or several rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from quarry.domain.reading import ReadBy, Role
from quarry.pricelists.dates import NEVER, Date
from quarry.pricelists.grid import Cell, Line, is_filled, text
from quarry.pricelists.headers import LONGEST_HEADER, is_measure_title, is_step, role_of
from quarry.pricelists.prices import parse_price

HEADER_WITHIN = 50
_MOST_HEADER_ROWS = 3
_NEAR = 10
_TITLE = 20  # characters: longer texts of several words are titles of lists, not of columns
_WEAK, _NONE = 0.7, 0.6  # how sure a header is of which few labels are known, and a table without one
_NAMES = {Role.NAME, Role.SIZE, Role.MODEL}


@dataclass(frozen=True, slots=True)
class Header:
    """``labels`` by column; ``spans`` are those of its first row; ``first`` and ``last`` are row numbers.

    ``subject``, ``variants`` and ``priced`` are a matrix's: what all its goods are, what each price column adds to
    their names, and which these columns are. ``leads`` are a crossed table's columns before them,
    ``unused`` those among them that say something else of each. ``lower`` are the texts of its rows below the first.
    ``goods_above``: these columns are goods of their own, which their titles name.
    ``today`` is the day that is written above it.
    ``given`` are the roles of columns that ``by`` set; ``surety`` is how well the labels speak for themselves.
    """

    first: int
    last: int
    labels: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    depth: int
    subject: str | None = None
    variants: tuple[str, ...] = ()
    given: tuple[tuple[int, Role | None], ...] = ()
    by: ReadBy = ReadBy.READER
    surety: float = 1.0
    priced: tuple[int, ...] = ()
    lower: tuple[tuple[str, ...], ...] = ()
    leads: tuple[int, ...] = ()
    unused: tuple[int, ...] = ()
    today: Date = NEVER
    goods_above: bool = False

    @property
    def roles(self) -> tuple[Role | None, ...]:
        given_roles = dict(self.given)
        return tuple(given_roles.get(column, self.role(column)) for column in range(len(self.labels)))

    def role(self, column: int) -> Role | None:
        """What the title says, or what a matrix makes of it."""
        if column in self.priced:
            return Role.PRICE
        upper, *lower = self.parts(column)
        role, own = role_of(self.labels[column]), role_of(lower[-1] if lower else upper)
        if role is Role.NAME and lower and upper in self.labels:
            return own or role  # the goods' title, which is wide enough for what is beside them
        return role or own

    def parts(self, column: int) -> tuple[str, ...]:
        """What each of the header's rows adds to a column's title, the upper first."""
        label = self.labels[column]
        found: list[str] = []
        for row in reversed(self.lower):
            own = next((cell for cell in reversed(row[: column + 1]) if cell), "")
            if own and label.endswith(f" {own}"):
                label = label[: -len(own) - 1]
                found.insert(0, own)
        return (label, *found)

    def names_by_model(self, column: int) -> bool:
        """Whether a crossed table calls its goods by a type, a class or a group of prices alone."""
        return bool(self.leads) and not self.goods_above and self.role(column) in {Role.MODEL, Role.CATEGORY}

    def is_again(self, line: Line) -> bool:
        """Whether a row repeats the header's labels."""
        return bool(self.depth) and tuple(map(text, line.cells)) == self.labels[: len(line.cells)] and any(line.cells)

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(range(self.first, self.last + 1)) if self.depth else ()


def header_at(lines: Sequence[Line], index: int, spans: Mapping[int, list[tuple[int, int]]]) -> Header | None:
    """The header that begins at ``lines[index]``; None when none does."""
    top = lines[index]
    if not _may_be_header(top) or not known_labels(top) or _is_title_above(lines, index):
        return None
    if any(text(cell)[:1].isdigit() for cell in top.cells) and _is_among_prices(lines, index):
        return None
    if _is_titles_above(lines, index, spans.get(top.number, [])) or _is_above_tables(lines, index):
        return None
    labels = [text(cell) for cell in top.cells]
    found: Header | None = None
    if names_goods_and_more(labels) and not _is_lone_above_columns(lines, index):
        found = _header(lines, index, 1, labels, spans)
    for depth in range(2, _MOST_HEADER_ROWS + 1):
        if index + depth > len(lines):
            break
        line, over = lines[index + depth - 1], spans.get(top.number, [])
        below = next((other for other in lines[index + depth : index + depth + 3] if other.cells != line.cells), None)
        goes_on = _goes_on_under(labels, line, over) or _continues(labels, line, over)
        if not goes_on and not _splits(labels, line, over, below):
            break
        labels = _joined(labels, lines[index + depth - 1], spans.get(lines[index + depth - 2].number, []))
        if names_goods_and_more(_by_their_ends(labels, line)):
            found = _header(lines, index, depth, labels, spans)
    return found


def _is_title_above(lines: Sequence[Line], index: int) -> bool:
    """Whether a row's only text («Цены в USD») is above a whole header and has a column's own label below it."""
    filled = [column for column, cell in enumerate(lines[index].cells) if cell != ""]
    under = lines[index + 1 : index + 1 + _MOST_HEADER_ROWS]
    wide = next((line for line in under if sum(map(is_filled, line.cells)) > 1), next(iter(under), None))
    if len(filled) != 1 or wide is None:
        return False
    below = [text(cell) for cell in wide.cells]
    own = role_of(below[filled[0]]) if filled[0] < len(below) else None
    first = next((column for column, label in enumerate(below) if label), None)
    if own is None and first == filled[0] and len(text(lines[index].cells[first])) > len(below[first]):
        return names_goods_and_more(below)  # a group's name is the goods' title: «Прайс, руб.» over «Саморезы | Цена»
    known = set(map(role_of, below)) - {None}
    if Role.PRICE in known and len(known) > 2 and len(text(lines[index].cells[filled[0]])) > _TITLE:  # noqa: PLR2004
        return True  # goods, their price and one thing more: no title of several words is wanted above them
    return own not in {None, Role.PRICE} and (len(below) > 1 or own is not Role.NAME) and names_goods_and_more(below)


def _is_titles_above(lines: Sequence[Line], index: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a row («База «Юг» | Цены в руб/кг») is above a whole header: it says nothing of the columns below it."""
    if index + 1 >= len(lines) or names_goods_and_more([text(cell) for cell in lines[index].cells]):
        return False
    labels = [text(cell) for cell in lines[index + 1].cells]
    wide = {column for first, last in spans if last > first for column in range(first, last + 1)}
    foreign = (
        column
        for column, cell in enumerate(lines[index].cells[: len(labels)])
        if cell != "" and labels[column] and column not in wide and role_of(text(cell)) is None
    )
    return next(foreign, None) is not None and names_goods_and_more(labels)


def _is_above_tables(lines: Sequence[Line], index: int) -> bool:
    """Whether a row is above the whole headers of tables side by side («Артикул | Цена | Артикул | Цена»)."""
    if index + 1 >= len(lines) or names_goods_and_more([text(cell) for cell in lines[index].cells]):
        return False
    labels = [label for cell in lines[index + 1].cells if (label := text(cell))]
    tables = labels.count(labels[0]) if labels else 0
    width = len(labels) // tables if tables else 0
    return tables > 1 and labels == labels[:width] * tables and names_goods_and_more(labels[:width])


def _is_lone_above_columns(lines: Sequence[Line], index: int) -> bool:
    """Whether a row's only text is above rows of several columns: they have a header of their own."""
    below = lines[index + 1 : index + 1 + _NEAR]
    return sum(map(is_filled, lines[index].cells)) == 1 and any(sum(map(is_filled, line.cells)) > 1 for line in below)


def known_labels(line: Line) -> list[str]:
    """The labels of a row that are known headers: to show a supplier what was found."""
    labels = [text(cell) for cell in line.cells]
    return [label for label in labels if role_of(label)]


def _header(
    lines: Sequence[Line], index: int, depth: int, labels: list[str], spans: Mapping[int, list[tuple[int, int]]]
) -> Header:
    first, last = lines[index].number, lines[index + depth - 1].number
    lower = tuple(tuple(map(text, line.cells)) for line in lines[index + 1 : index + depth])
    return Header(first, last, tuple(labels), tuple(spans.get(first, ())), depth, lower=lower)


def _by_their_ends(labels: Sequence[str], line: Line) -> list[str]:
    """Of titles that say nothing as a whole («Бетон товарный Класс») what stands in the last row."""
    own = [text(cell) for cell in line.cells]
    return [
        own[column] if column < len(own) and own[column] and role_of(label) is None else label
        for column, label in enumerate(labels)
    ]


def _may_be_header(line: Line) -> bool:
    filled = [cell for cell in line.cells if cell != ""]
    if not filled or any(not isinstance(cell, str) for cell in filled):
        return False
    return all(not cell.isdigit() for cell in filled if isinstance(cell, str))


def names_goods_and_more(labels: Sequence[str]) -> bool:
    """A header names the goods or the price, and at least one thing more; one header word in a sentence is none."""
    filled = [label for label in labels if label]
    roles = [role for label in filled if (role := role_of(label))]
    steps = sum(map(is_step, filled))
    if steps > 1 and steps + len(roles) == len(filled):
        roles += [Role.PRICE] * steps
    distinct = set(roles) - {Role.IGNORED}
    named = bool(distinct & _NAMES)
    if Role.NAME in distinct and len(filled) == 1 and len(labels) == 1:
        return True
    if len(distinct) < 2 and roles.count(Role.PRICE) < 2:  # noqa: PLR2004 - goods and one thing more
        return False
    if not named and Role.PRICE not in distinct:
        return False
    if named and Role.PRICE in distinct:
        return len(roles) * 4 >= len(filled)
    return (len(roles) + sum(map(is_measure_title, filled))) * 2 >= len(filled)


def _continues(labels: Sequence[str], line: Line, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a row belongs to the header above it: only short texts, no goods, not a lone heading of goods."""
    filled = {column: text(cell) for column, cell in enumerate(line.cells) if cell != ""}
    if not filled or any(not isinstance(line.cells[column], str) for column in filled):
        return False
    if any(len(label) > LONGEST_HEADER or _names_goods(labels, column, label) for column, label in filled.items()):
        return False
    if all(column < len(labels) and _repeats(labels[column], label) for column, label in filled.items()):
        return True
    known = [column for column, label in filled.items() if role_of(label)]
    if len(filled) == 1:
        return bool(known) and known[0] < len(labels) and role_of(labels[known[0]]) is Role.PRICE
    spanned = sum(any(first <= column <= last for first, last in spans if last > first) for column in filled)
    if any(any(map(str.isdigit, label)) and not role_of(label) for label in filled.values()):
        return len(known) + spanned >= len(filled) and _under_price(labels, filled)
    below_blank = sum(column >= len(labels) or not labels[column] for column in filled)
    return len(known) * 2 >= len(filled) or (spanned + below_blank >= len(filled) and _under_price(labels, filled))


def _goes_on_under(labels: Sequence[str], line: Line, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a row repeats titles that are merged downwards, and all else in it is under titles that are wide."""
    filled = {column: text(cell) for column, cell in enumerate(line.cells) if cell != ""}
    if any(not isinstance(line.cells[column], str) for column in filled):
        return False
    own = {column for column, label in filled.items() if column >= len(labels) or not _repeats(labels[column], label)}
    wide = {column for first, last in spans if last > first for column in range(first, last + 1)}
    return len(own) < len(filled) and own <= wide and all(len(filled[column]) <= LONGEST_HEADER for column in own)


def _repeats(label: str, below: str) -> bool:
    """Whether a cell that is merged downwards says again what the header has of it."""
    return label == below or label.endswith(f" {below}")


def _splits(labels: Sequence[str], line: Line, spans: Sequence[tuple[int, int]], below: Line | None) -> bool:
    """Whether a row of texts is under wide cells of the header and over numbers («серия / Classic | Gold»)."""
    filled = {column: text(cell) for column, cell in enumerate(line.cells) if cell != ""}
    if below is None or any(not isinstance(line.cells[column], str) for column in filled):
        return False
    own = {column for column, label in filled.items() if column >= len(labels) or labels[column] != label}
    wide = [*spans, *_reaching(labels, max(filled, default=0))]
    under = {column for first, last in wide if last > first for column in own if first <= column <= last}
    if not own or under != own or any(len(filled[column]) > LONGEST_HEADER for column in own):
        return False
    return all(column < len(below.cells) and _starts_with_digit(below.cells[column]) for column in own)


def _reaching(labels: Sequence[str], last: int) -> list[tuple[int, int]]:
    """Price labels with the blank cells to their right, which were not merged with them."""
    starts = [column for column, label in enumerate(labels) if label]
    ends = [*[column - 1 for column in starts[1:]], max(last, len(labels) - 1)]
    return [(first, end) for first, end in zip(starts, ends, strict=True) if role_of(labels[first]) is Role.PRICE]


def _starts_with_digit(cell: Cell) -> bool:
    return not isinstance(cell, str) or cell[:1].isdigit()


def weak_header(lines: Sequence[Line], index: int) -> Header | None:
    """A row of labels of which too few are known: its reading counts when the values below bear it out."""
    line = lines[index]
    if not _may_be_header(line) or sum(cell != "" for cell in line.cells) < 2:  # noqa: PLR2004 - goods and a price
        return None
    labels = tuple(text(cell) for cell in line.cells)
    if any(len(label) > LONGEST_HEADER for label in labels) or _is_among_prices(lines, index):
        return None
    return Header(line.number, line.number, labels, (), 1)


def _is_among_prices(lines: Sequence[Line], index: int) -> bool:
    """Whether a row has a price in words («от 3000 руб/м2») and most rows below it have one in that place too.

    Of the last row those above count.
    """
    beside = lines[index + 1 : index + 1 + _NEAR] or lines[max(index - _NEAR, 0) : index]
    for column, cell in enumerate(lines[index].cells):
        if _is_price_in_words(cell):
            filled = [line.cell(column) for line in beside if is_filled(line.cell(column))]
            return bool(filled) and sum(map(_is_price_in_words, filled)) * 2 >= len(filled)
    return False


def _is_price_in_words(cell: Cell) -> bool:
    if not isinstance(cell, str) or not any(map(str.isdigit, cell)):
        return False
    price = parse_price(cell)
    return bool(price.amount) and price.currency is not None


def no_header(lines: Sequence[Line]) -> Header:
    """Where no row is a header: its table begins with the first row."""
    return Header(lines[0].number, lines[0].number, (), (), 0, surety=_NONE)


def header_of_rows(lines: Sequence[Line], spans: Mapping[int, list[tuple[int, int]]]) -> Header:
    """The header that these rows are, whatever they look like."""
    labels = [text(cell) for cell in lines[0].cells]
    for above, line in pairwise(lines):
        labels = _joined(labels, line, spans.get(above.number, []))
    return _header(lines, 0, len(lines), labels, spans)


def _names_goods(labels: Sequence[str], column: int, below: str) -> bool:
    """Whether a text is under the goods' header as goods are, not as its second word («Наименование / товара»)."""
    if column >= len(labels) or role_of(labels[column]) is not Role.NAME or below == labels[column]:
        return False
    return not (below[:1].islower() and role_of(below))


def _under_price(labels: Sequence[str], filled: Mapping[int, str]) -> bool:
    """Whether most of a second row is under price columns, or to the right of one."""
    spread = _spread(labels, filled)
    return any(role_of(spread[column]) is Role.PRICE for column in filled if column < len(spread))


def _spread(labels: Sequence[str], below: Mapping[int, str]) -> list[str]:
    """The upper labels, each carried to the right over blank cells which have a lower label."""
    width = max(len(labels), max(below, default=-1) + 1)
    spread = [*labels, *[""] * (width - len(labels))]
    for column in range(1, width):
        if not spread[column] and column in below:
            spread[column] = spread[column - 1]
    return spread


def _joined(labels: Sequence[str], line: Line, spans: Sequence[tuple[int, int]]) -> list[str]:
    below = {column: text(cell) for column, cell in enumerate(line.cells) if cell != ""}
    upper = _spread(labels, below)
    merged = {column for first, last in spans for column in range(first + 1, last + 1)}
    for first, last in spans:
        for column in range(first, min(last + 1, len(upper))):
            if column in below and first < len(labels):
                upper[column] = labels[first] or upper[column]
    joined = []
    for column, label in enumerate(upper):
        lower = below.get(column, "")
        own = column < len(labels) and labels[column]
        if not lower or _repeats(label, lower):
            joined.append(label if own or lower else "")
        elif not own and column not in merged and role_of(lower) in _NAMES | {Role.UNIT, Role.SKU, Role.CATEGORY}:
            joined.append(lower)  # a column of its own that is merely to the right
        else:
            joined.append(f"{label} {lower}".strip())
    return joined
