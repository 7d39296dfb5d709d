"""Where a sheet's table begins: at a header that speaks for itself, else at one that the values below bear out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, dropwhile, pairwise, takewhile
from statistics import median

from quarry.domain.reading import LayoutCorrection, Role
from quarry.pricelists.arrangement import borne_out, goods_share, layouts
from quarry.pricelists.categories import is_title
from quarry.pricelists.crosstab import crosstab_at
from quarry.pricelists.currencies import named_in
from quarry.pricelists.detection import HEADER_WITHIN, Header, header_at, header_of_rows, no_header, weak_header
from quarry.pricelists.grid import Line, column_of, is_filled, text
from quarry.pricelists.headers import is_step, is_term, role_of
from quarry.pricelists.prices import parse_price
from quarry.pricelists.variants import title_above

_NAMING = {Role.NAME, Role.SIZE, Role.MODEL}
SAMPLE = 60
LOOK_AHEAD = HEADER_WITHIN + SAMPLE
Spans = Mapping[int, list[tuple[int, int]]]


def openings(lines: Sequence[Line], spans: Spans) -> Iterator[tuple[int, Header]]:
    """Where a table may begin, the surest first: the place in ``lines``, and the header."""
    near = [at for at in _within(lines) if any(map(is_filled, lines[at].cells))]
    # As far as it is asked: the first is the right one of most sheets, and to look for each takes its time.
    sure = ((at, header) for at in near if (header := header_in(lines, at, spans)))
    first = next(sure, None)
    if first:
        yield from _passed_over(lines, near, first[0])
        yield first
    yield from sure
    above = takewhile(lambda at: not _has_number(lines[at]), near)
    weak = ((at, header) for at in above if (header := weak_header(lines, at)))
    bare = ((at, no_header(lines[at:])) for at in [*dropwhile(lambda at: _is_preface(lines[at]), near)][:1])
    for at, header in chain(weak, bare):
        if borne_out(header, sampled(lines[at + header.depth :])):
            yield at, header


def _passed_over(lines: Sequence[Line], near: Sequence[int], first: int) -> Iterator[tuple[int, Header]]:
    """A header of the goods that are above the ``first`` that speaks for itself («Наименование | Белый | Серый»)."""
    if sum(_has_number(line) and _width(line) > 1 for line in lines[:first]) < 2:  # noqa: PLR2004 - a table's rows
        return
    for at in near:
        header = weak_header(lines, at) if at < first else None
        if header and not _NAMING.isdisjoint(header.roles) and borne_out(header, sampled(lines[at + 1 : first])):
            yield at, header


def header_in(lines: Sequence[Line], index: int, spans: Spans, before: Header | None = None) -> Header | None:
    """The header that begins there; the title of a crossed table is none, though it names a price.

    ``before`` is the header of the table above.
    """
    if crossed := crosstab_at(lines, index, spans, before):
        return crossed
    header = header_at(lines, index, spans)
    below = header and title_above(lines, index + 1) and crosstab_at(lines, index + 1, spans)
    return None if below else header


def corrected(
    lines: Sequence[Line], at: int, header: Header, correction: LayoutCorrection | None, spans: Spans
) -> tuple[int, Header]:
    """The header as a person says it is."""
    if correction is None:
        return at, header
    places = {line.number: place for place, line in enumerate(lines)}
    rows = sorted(places[row] for row in correction.header_rows or () if row in places)
    if rows and [lines[place].number for place in rows] != list(header.rows):
        at, header = rows[0], header_of_rows(lines[rows[0] : rows[-1] + 1], spans)
    given = tuple(sorted((column_of(letters), role) for letters, role in correction.roles.items()))
    width = max([len(header.labels), *[column + 1 for column, _ in given]])
    labels = (*header.labels, *[""] * (width - len(header.labels)))
    return at, replace(header, labels=labels if header.depth else header.labels, given=given, by=correction.read_by)


def support(header: Header, below: Sequence[Line]) -> float:
    """The share of the first rows below that are goods with an amount, as the header says it."""
    sample = sampled([line for line in below if not header.is_again(line)])
    return max((goods_share(layout, sample) for layout in layouts(header, sample)), default=0.0)


def sampled(lines: Sequence[Line]) -> list[Line]:
    """The first rows that are no headings: they alone show what a column holds."""
    filled = [line for line in lines if any(map(is_filled, line.cells))][:SAMPLE]
    goods = [line for line in filled if len({text(cell) for cell in line.cells} - {""}) > 1]
    return goods or filled


def _within(lines: Sequence[Line]) -> Iterator[int]:
    return takewhile(lambda at: lines[at].number <= HEADER_WITHIN, range(len(lines)))


def _has_number(line: Line) -> bool:
    return any(not isinstance(cell, str) or _is_number(cell) for cell in line.cells)


def _is_number(cell: str) -> bool:
    if cell[:1].isdigit():
        return not _is_title(cell)
    return cell[1:2].isdigit() and named_in(cell[0]) is not None  # «£64.80»


def _is_preface(line: Line) -> bool:
    """Whether a row's only text says something of the list and names no goods («Прайс на смеси, руб.»)."""
    filled = [text(cell) for cell in line.cells if is_filled(cell)]
    return len(filled) == 1 and not is_title(filled[0])


def _is_title(cell: str) -> bool:
    """Whether a text that begins with a digit is a column's title: «850 руб/м3» is a price."""
    price = parse_price(cell)
    if price.amount is not None and price.currency and price.unit:
        return False
    return role_of(cell) is not None or is_step(cell) or is_term(cell)


def is_tree(lines: Sequence[Line], levels: Mapping[int, int]) -> bool:
    """Whether an outline is one of groups: where its level falls comes a heading, not goods that were sorted there."""
    filled = [line for line in lines if any(map(is_filled, line.cells))]
    falls = [line for above, line in pairwise(filled) if levels.get(line.number, 0) < levels.get(above.number, 0)]
    usual = median(map(_width, filled)) if filled else 0
    return sum(_width(line) >= usual for line in falls) * 2 <= len(falls)


def _width(line: Line) -> int:
    return sum(map(is_filled, line.cells))
