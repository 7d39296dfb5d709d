"""Which columns join the name of the goods, where that alone does not tell them apart."""

from collections.abc import Iterator, Sequence

from quarry.domain.reading import Role
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.column_kinds import MEASURED, beside_name, is_attribute, is_maker
from quarry.pricelists.columns import MOSTLY, Columns, repeats, told_apart
from quarry.pricelists.headers import is_measure_title

_ORIGIN = Notation().compiled(load("columns")["origin"])
_MAKERS_LETTERS = 20.0  # on average
_DESCRIBED = 10.0  # letters on average
_HALF = 0.5
_APART = 0.95
_HELPS = 0.1
_FAR_BELOW = 10
_FEW_LETTERS = 12


def joined_columns(columns: Columns, name: int, sku: int | None) -> tuple[int, ...]:
    """What must be in the name as well: a description of goods that are called by a code, else what differs; makers."""
    found = _needed(columns, name, sku)
    return (*found, *(column for column in _makers_of_names(columns, name) if column not in found))


def _makers_of_names(columns: Columns, name: int) -> Iterator[int]:
    """A column of several makers: other suppliers write them into the name, and goods of two makers are two."""
    if columns.roles.get(name) not in {Role.NAME, None} or columns.profile(name).worded < MOSTLY:
        return
    for column in columns.of(Role.BRAND):
        values = columns.profile(column)
        several = values.filled >= MOSTLY and len(set(values.texts)) > 1 and values.distinct <= _HALF
        named = values.worded >= MOSTLY and values.letters <= _MAKERS_LETTERS
        if column != name and several and named and not _ORIGIN.search(columns.label(column)):
            yield column


def _needed(columns: Columns, name: int, sku: int | None) -> tuple[int, ...]:
    described = columns.of(Role.DESCRIPTION)
    if columns.profile(name).texts and columns.profile(name).worded < MOSTLY:
        for column in described:
            values = columns.profile(column)
            if column != name and values.letters > _DESCRIBED and values.filled >= MOSTLY:
                return (column,)
    if whole := _qualities(columns, name, sku) or _collection(columns, name):
        return tuple(whole)
    called = columns.roles.get(name) is Role.NAME or is_worded(columns, name)
    if columns.roles.get(name) is Role.DESCRIPTION and (makers := _makers_before(columns, name)):
        return tuple(makers)
    if not repeats(columns, name) and columns.roles.get(name) is not Role.CATEGORY:
        return tuple(_telling_apart(columns, name))
    marked = [column for column in columns.of(Role.MODEL) if is_maker(columns, column)]
    makers = [column for column in sorted([*columns.of(Role.BRAND), *marked]) if column != name]
    given = [column for column in described if column != name and columns.profile(column).filled >= MOSTLY]
    codes = [sku] if sku is not None and not called else []
    behind = max(columns.of(Role.PRICE), default=columns.stop)  # volumes of packages, for whoever carries them
    sizes = [column for column in columns.of(Role.SIZE, Role.MODEL) if column not in {name, *makers}]
    sizes = [column for column in sizes if not name < behind < column]
    found: list[int] = []
    apart = _apart(columns, [name, *sizes])
    for column in (*makers, *codes) if not called else (*makers, *given):
        with_it = _apart(columns, [name, *sizes, *found, column])
        if with_it > apart + _HELPS or not called:
            found.append(column)
            apart = with_it
        if called and apart >= _APART:
            break
    if called or columns.roles.get(name) in MEASURED:
        found += _differing(columns, [name, *sizes, *found]) or _before_sizes(columns, name, sizes)
    return tuple(found)


def is_worded(columns: Columns, name: int) -> bool:
    """Whether goods are called by words under a title that is not known."""
    return columns.roles.get(name) is None and columns.profile(name).worded >= MOSTLY


def _makers_before(columns: Columns, name: int) -> list[int]:
    """«Бренд» and «Марка» before the characteristic that goods are called by, where nothing else names them."""
    before = [column for column in columns.of(Role.BRAND, Role.MODEL) if column < name and not columns.of(Role.NAME)]
    return [column for column in before if columns.profile(column).filled >= MOSTLY]


def _telling_apart(columns: Columns, name: int) -> list[int]:
    """What alone distinguishes the few goods of one name: a text behind it without a title, else what is measured."""
    taken = [*columns.of(Role.SIZE, Role.MODEL, Role.PACK)]
    behind = (column for column in columns.unlabelled() if column > name and columns.profile(column).numbers < _HALF)
    measures = (column for column in columns.unknown() if is_measure_title(columns.label(column)))
    among = [*behind, *(column for column in measures if columns.profile(column).filled >= MOSTLY)]
    return [] if taken else [column for column in among if told_apart(columns, name, [column]) >= MOSTLY][:1]


def _collection(columns: Columns, name: int) -> list[int]:
    """«Бренд | Коллекция» before the «Декор» that goods are called by."""
    if columns.roles.get(name) is not Role.MODEL or columns.of(Role.NAME):
        return []
    beside = [column for column in columns.of(Role.BRAND, Role.CATEGORY) if column < name]
    return beside if all(columns.profile(column).filled >= MOSTLY for column in beside) else []


def _qualities(columns: Columns, name: int, sku: int | None) -> list[int]:
    """What stands between a size or a class that goods are called by and their price: a few letters each."""
    called = columns.profile(name)
    if not called.texts or called.worded >= _HALF or called.counting:
        return []
    prices = columns.of(Role.PRICE)
    behind = [*columns.unknown(), *columns.of(Role.NAME, Role.MODEL, Role.SIZE)]
    between = (column for column in sorted(behind) if name < column < min(prices, default=0) and column != sku)
    return [
        column
        for column in between
        if columns.label(column)
        and columns.profile(column).filled >= _HALF
        and columns.profile(column).numbers < _HALF
        and columns.profile(column).letters <= _FEW_LETTERS
        and (columns.roles.get(column) is not None or columns.profile(column).units < _HALF)
    ]


def _differing(columns: Columns, together: list[int]) -> list[int]:
    """An attribute, or a column under an unknown title («Секций»), where nothing else distinguishes goods."""
    apart = _apart(columns, together)
    if apart >= _APART or not columns.of(Role.PRICE):
        return []
    free = (*columns.unknown(), *(column for column in columns.of(Role.NAME) if is_attribute(columns, column)))
    beside = beside_name(columns)  # what the goods' own title may stand over as well
    others = [c for c in sorted(free) if (columns.label(c) or c in beside) and c not in together]
    scores = {
        column: _apart(columns, [*together, column])
        for column in others
        if columns.profile(column).filled >= MOSTLY and not _is_like_prices(columns, column)
    }
    best = max(scores, key=lambda column: scores[column], default=None)
    return [best] if best is not None and scores[best] > apart + _HELPS else []


def _before_sizes(columns: Columns, name: int, sizes: Sequence[int]) -> list[int]:
    """What stands between the name and the sizes («Товар | Ступеней | Высота») and tells goods apart as they do."""
    between = (column for column in columns.unknown() if name < column < min(sizes, default=0))
    return [
        column
        for column in between
        if columns.label(column) and columns.profile(column).filled >= MOSTLY and not _is_like_prices(columns, column)
        if told_apart(columns, name, [column]) >= MOSTLY
    ][:1]


def _is_like_prices(columns: Columns, column: int) -> bool:
    """Whether numbers are as large as prices: they distinguish goods as a price does."""
    values = columns.profile(column)
    usual = min((columns.profile(price).middle for price in columns.of(Role.PRICE)), default=0.0)
    return values.numbers >= MOSTLY and values.middle * _FAR_BELOW >= usual


def _filled_down(texts: Sequence[str]) -> list[str]:
    """A blank is what is above it: a name that is written once."""
    found: list[str] = []
    for own in texts:
        found.append(own or (found[-1] if found else ""))
    return found


def _apart(columns: Columns, together: list[int]) -> float:
    """How many of the rows these columns distinguish."""
    rows = list(zip(*(_filled_down(columns.texts(column)) for column in together), strict=True))
    return len(set(rows)) / len(rows) if rows else 1.0
