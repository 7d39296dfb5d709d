"""How a sheet was understood, for a person to look at."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from quarry.domain.reading import ColumnReading, Excerpt, ReadBy, Role, SampleRow, SheetReading
from quarry.domain.rows import PriceRow
from quarry.pricelists.account import PLURALS
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Line, letter, text
from quarry.pricelists.headers import normalized, role_of
from quarry.pricelists.kinds import Kind
from quarry.pricelists.layout import Layout

SAMPLE_ROWS = 5
_LONGEST_CELL = 200
_MOST_COLUMNS = 60
ROWS_SHOWN, _COLUMNS_SHOWN, _LONGEST_SHOWN = 40, 20, 120  # to a model
_SAID = {ReadBy.PERSON: "a person said so", ReadBy.MODEL: "a model proposed it"}
_BY_VALUES = {
    Role.NAME: "its values have the most words",
    Role.PRICE: "its values are amounts, and no title says price",
    Role.UNIT: "its values are units",
    Role.SKU: "its values are codes",
    Role.SIZE: "its values distinguish the goods",
    Role.CATEGORY: "its values are paths of groups",
}


def fingerprint(header: Header, width: int) -> str:
    """Equal for headers of the same labels in the same order; without labels for tables of one width."""
    labels = [normalized(label) for label in header.labels]
    while labels and not labels[-1]:
        labels.pop()
    identity = "\x1f".join(labels) if any(labels) else f"\x1e{width}"
    return blake2b(identity.encode(errors="replace"), digest_size=8).hexdigest()


def reading(
    *,
    sheet: str | None,
    known_as: str,
    header: Header,
    layouts: Sequence[Layout],
    rows: Mapping[Kind, int],
    confidence: float,
    sample: Sequence[SampleRow],
) -> SheetReading:
    columns = [column for layout in layouts for column in _columns(header, layout)]
    return SheetReading(
        sheet=sheet,
        fingerprint=known_as,
        header_rows=header.rows,
        columns=tuple(columns[:_MOST_COLUMNS]),
        rows={name: rows.get(kind, 0) for kind, name in PLURALS.items()},
        confidence=round(confidence, 2),
        read_by=header.by,
        sample=tuple(sample),
    )


def reading_of_offers(first: Sequence[PriceRow], goods: int, priced: int) -> SheetReading:
    """Of a format that holds whole offers: how many there are, and the first of them; it has no columns to correct."""
    return SheetReading(
        sheet=None,
        fingerprint="",
        header_rows=(),
        columns=(),
        rows={name: goods if kind is Kind.GOODS else 0 for kind, name in PLURALS.items()},
        confidence=round((1 + priced / goods) / 2, 2) if goods else 0.0,
        read_by=ReadBy.READER,
        sample=tuple(SampleRow(row=row.row, cells=(), offer=_offer(row)) for row in first),
    )


def sample_row(line: Line, offer: PriceRow | None) -> SampleRow:
    cells = tuple(text(cell)[:_LONGEST_CELL] for cell in line.cells[:_MOST_COLUMNS])
    return SampleRow(row=line.number, cells=cells, offer=_offer(offer) if offer else None)


def excerpt(known_as: str, first: Sequence[Line]) -> Excerpt:
    """What a model is shown of a sheet: of its first rows those that are filled."""
    rows = {
        line.number: tuple(text(cell)[:_LONGEST_SHOWN] for cell in line.cells[:_COLUMNS_SHOWN])
        for line in first[:ROWS_SHOWN]
    }
    return Excerpt(fingerprint=known_as, rows={number: cells for number, cells in rows.items() if any(cells)})


def _offer(row: PriceRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "sku": row.sku,
        "unit": row.unit,
        "price": None if row.price is None else str(row.price),
        "currency": row.currency,
        "category": list(row.category),
    }


def _columns(header: Header, layout: Layout) -> Iterator[ColumnReading]:
    roles = _roles(layout)
    given = dict(header.given)
    for column in range(layout.start, layout.stop):
        title = header.labels[column] if column < len(header.labels) else ""
        role = roles.get(column)
        if role is None and not title and column not in given:
            continue
        yield ColumnReading(
            letter=letter(column),
            title=title[:_LONGEST_CELL],
            role=role,
            why=_SAID[header.by] if column in given else _why(role, title, joins=column in layout.joins),
        )


def _roles(layout: Layout) -> dict[int, Role]:
    found = dict.fromkeys(layout.details, Role.DESCRIPTION)
    found |= dict.fromkeys((pack.index for pack in layout.packs), Role.PACK)
    found |= dict.fromkeys(layout.sizes, Role.SIZE) | dict.fromkeys(layout.categories, Role.CATEGORY)
    single = {
        Role.STOCK: layout.stock,
        Role.CURRENCY: layout.currency,
        Role.ID: layout.external_id,
        Role.UNIT: layout.unit,
        Role.SKU: layout.sku,
        Role.NAME: layout.name,
    }
    for price in layout.prices:
        found[price.index] = Role.PRICE
        if price.currency_column is not None:
            found[price.currency_column] = Role.CURRENCY
    found |= {column: role for role, column in single.items() if column is not None}
    for column in layout.joins:
        label = layout.labels[column] if column < len(layout.labels) else ""
        found.setdefault(column, role_of(label) or Role.DESCRIPTION)
    titles = {column: role_of(layout.labels[column]) for column in found if column < len(layout.labels)}
    near = {Role.SIZE: {Role.MODEL}, Role.PACK: {Role.WEIGHT}, Role.DESCRIPTION: {Role.BRAND}}
    return {column: _nearer(titles.get(column), role, near) for column, role in found.items()}


def _nearer(title: Role | None, role: Role, near: Mapping[Role, set[Role]]) -> Role:
    """The title's own word for what is read alike."""
    return title if title is not None and title in near.get(role, ()) else role


def _why(role: Role | None, title: str, *, joins: bool) -> str:
    if joins:
        return "it ends the name, which alone does not distinguish the goods"
    named = role_of(title)
    if role is None:
        if named is None:
            return "nothing says what it holds"
        return "its title says that it is not needed" if named is Role.IGNORED else "another column is taken for it"
    if named is role:
        return "its title says so"
    return _BY_VALUES.get(role, "its values say so")
