"""JSON of any shape: objects in arrays or under keys, with groups around them. Each object's keys are its header."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import ijson

from quarry.domain.reading import Role
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import BadPriceList
from quarry.pricelists.arrangement import layouts
from quarry.pricelists.bounds import LONGEST_CATEGORY, shortened, too_long
from quarry.pricelists.categories import DEEPEST, sheet_category
from quarry.pricelists.currencies import currency_of
from quarry.pricelists.detection import Header
from quarry.pricelists.fields import fields_of
from quarry.pricelists.grid import Line, clean, plain, text
from quarry.pricelists.headers import role_of
from quarry.pricelists.jsonstream import CLOSING, OPENING, Event
from quarry.pricelists.mending import mended
from quarry.pricelists.notes import Notes
from quarry.pricelists.offers import OfferReader
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.remarks import array_skipped, currency_assumed, no_category, no_prices
from quarry.pricelists.survey import IN_ARRAY, Frame, Survey, child_path, group_of, survey

_BROKEN: Final = (ijson.JSONError, UnicodeDecodeError)
_NO_PRICE: Final = "—"
# «AB-1203», «00417»: an id that people use too; not «17», nor the many hexadecimal digits of a database's key.
_LIKE_ARTICLE: Final = re.compile(r"0\d{2,11}|(?=\D{0,11}\d)(?=\d{0,11}[^\W\d_])[\w./-]{3,16}")


@dataclass(slots=True)
class _Found:
    """An object of goods, or what is in its place: the names of the groups around it, its key, its content."""

    path: tuple[str, ...]
    key: str
    content: Any
    currency: str | None


def surveyed(found: Iterator[Event]) -> Survey:
    """Where the goods lie. Raises BadPriceList when the text is no JSON."""
    try:
        return survey(found)
    except _BROKEN as error:
        raise _damaged() from error


def _damaged() -> BadPriceList:
    return BadPriceList(
        "damaged_file",
        "This is not a complete JSON document. Check that the export ended without an error and send the file again.",
    )


def rows(
    found: Iterator[Event], place: Survey, options: ReadOptions, *, elements: bool = False
) -> Iterator[PriceRow | RowIssue]:
    """The offers; ``row`` counts the objects of goods from 1. Raises BadPriceList when there are none.

    ``elements``: the document is XML, where the key of goods is what each of them is called («article»).
    """
    if not (place.goods or place.named_by_key or place.pairs):
        raise BadPriceList(
            "no_header",
            "No array of goods was found: each needs at least a name («name», «наименование»). "
            f"Keys found: {', '.join(place.seen)[:300] or 'none'}.",
        )
    try:
        yield from _Reader(place, options).rows(_Walk(place, elements=elements).items(found))
    except _BROKEN as error:
        raise _damaged() from error
    for skipped in place.skipped:
        yield array_skipped(skipped.path, skipped.objects)


class _Walk:
    """Goes through a document and gives its objects of goods, with the groups around each."""

    def __init__(self, place: Survey, *, elements: bool) -> None:
        self._place = place
        self._elements = elements
        self._goods = place.goods | place.named_by_key
        self._outer = {
            outer for outer in self._goods for path in self._goods if outer != path and path[: len(outer)] == outer
        }
        self._frames: list[Frame] = []
        self._groups: list[list[str]] = []  # by open frame: what its key and its own name add to the path
        self._currencies: list[str | None] = []
        self._objects = 0

    def items(self, found: Iterator[Event]) -> Iterator[_Found | RowIssue]:
        for event, value in found:
            frame = self._frames[-1] if self._frames else None
            if event in OPENING:
                path = child_path(frame, is_array=event == "start_array")
                is_group = path in self._outer and self._objects + 1 in self._place.groups
                if event == "start_map" and path in self._goods and not is_group:
                    self._objects += 1
                    yield self._item(frame, _built(found, self))
                else:
                    yield from self._open(frame, is_array=event == "start_array")
            elif event in CLOSING:
                self._frames.pop()
                self._groups.pop()
                self._currencies.pop()
            elif frame is None:
                continue
            elif event == "map_key":
                frame.key = value
            elif frame.is_array:
                if (*frame.path, IN_ARRAY) in self._place.goods:
                    yield self._item(frame, value)
            else:
                yield from self._scalar(frame, event, value)

    def count(self) -> None:
        """An object within goods has its number too."""
        self._objects += 1

    def _item(self, frame: Frame | None, content: Any) -> _Found:
        names = [name for groups in self._groups for name in groups if name]
        path = tuple(name for at, name in enumerate(names) if not at or names[at - 1] != name)[:DEEPEST]
        currency = next((one for one in reversed(self._currencies) if one), None)
        return _Found(path, "" if frame is None or frame.is_array else frame.key, content, currency)

    def _open(self, frame: Frame | None, *, is_array: bool) -> Iterator[RowIssue]:
        self._objects += not is_array
        path = child_path(frame, is_array=is_array)
        by_key = group_of(frame.key) if frame and not frame.is_array and not self._is_field(frame.key) else ""
        group = "" if self._elements and (*path, IN_ARRAY) in self._goods else sheet_category(by_key) or ""
        late = "" if is_array else self._place.late.get(self._objects, "")
        for name in (group, late):
            if len(name) > LONGEST_CATEGORY:
                yield too_long(name, LONGEST_CATEGORY, column="category")
        groups = [shortened(group, LONGEST_CATEGORY), shortened(late, LONGEST_CATEGORY)]
        self._frames.append(Frame(path, is_array, self._objects))
        self._groups.append(groups)
        self._currencies.append(None)

    def _is_field(self, key: str) -> bool:
        """Whether a key in an object that has a name of its own is a field («prods»), and names no group within."""
        return bool(self._groups[-1][1]) and key.isascii() and key.islower() and " " not in key

    def _scalar(self, frame: Frame, event: str, value: Any) -> Iterator[_Found | RowIssue]:
        if frame.path in self._place.pairs:
            yield self._item(frame, value)
            return
        if event != "string":
            return
        role = role_of(frame.key)
        if role is Role.CURRENCY:
            self._currencies[-1] = currency_of(value)
        elif role in {Role.NAME, Role.CATEGORY} and not self._groups[-1][1]:
            name = mended(text(clean(value)))
            if len(name) > LONGEST_CATEGORY:
                yield too_long(name, LONGEST_CATEGORY, column=frame.key)
            self._groups[-1][1] = shortened(name, LONGEST_CATEGORY)


def _built(found: Iterator[Event], walk: _Walk) -> dict[str, Any]:
    """The object whose start has passed."""
    whole: dict[str, Any] = {}
    open_: list[Any] = [whole]
    keys = [""]
    for event, value in found:
        inner = open_[-1]
        if event == "map_key":
            keys[-1] = value
            continue
        if event in CLOSING:
            open_.pop()
            keys.pop()
            if not open_:
                break
            continue
        content: Any = value
        if event in OPENING:
            content = {} if event == "start_map" else []
            open_.append(content)
            keys.append("")
            if event == "start_map":
                walk.count()
        if isinstance(inner, dict):
            inner[keys[-2] if event in OPENING else keys[-1]] = content
        else:
            inner.append(content)
    return whole


def _says_no_price(key: str, value: Any) -> bool:
    """Whether a price is null: as «—» in a table this says that there is none, and is no remark's worth."""
    return value is None and role_of(key) is Role.PRICE


class _Reader:
    """Reads objects of goods as rows of tables whose header they carry themselves."""

    def __init__(self, place: Survey, options: ReadOptions) -> None:
        self._place = place
        self._options = options
        self._number = 0
        self._assumed = 0
        self._readers = lru_cache(maxsize=256)(self._reader)
        self._first = Line(0, [])

    def rows(self, items: Iterator[_Found | RowIssue]) -> Iterator[PriceRow | RowIssue]:
        categorised = priced = False
        for found in items:
            if isinstance(found, RowIssue):
                yield found
                continue
            for row in self._rows(found):
                categorised = categorised or bool(row.category)
                priced = priced or row.price is not None
                yield row
        if self._number and not categorised:
            yield no_category()
        if self._number and not priced:
            yield no_prices()
        if self._assumed:
            yield currency_assumed(self._assumed, self._options)

    def _rows(self, found: _Found) -> Iterator[PriceRow]:
        content = found.content
        if self._place.pairs:
            content = {"name": found.key, "price": content}
        for fields in fields_of(content) if isinstance(content, Mapping) else [None]:
            self._number += 1
            if self._number > self._options.max_rows:
                raise BadPriceList(
                    "too_many_rows", f"The price list has more than {self._options.max_rows:,} rows. Split it."
                )
            if fields is None:
                yield self._fault("This item is no object with a name and a price.", str(content)[:200])
                continue
            self._check(fields)
            yield self._row(found, self._with_key(found.key, fields))

    def _with_key(self, key: str, fields: dict[str, Any]) -> dict[str, Any]:
        """The key of goods is their name where they have none, else their id."""
        if not key or self._place.pairs:
            return fields
        roles = {role_of(field) for field in fields}
        if not roles & {Role.NAME, Role.MODEL}:
            return {"name": key, **fields}
        return fields if roles & {Role.SKU, Role.ID} or not any(map(str.isdigit, key)) else {"id": key, **fields}

    def _row(self, found: _Found, fields: dict[str, Any]) -> PriceRow:
        cells = [_NO_PRICE if _says_no_price(key, value) else plain(value) for key, value in fields.items()]
        line = Line(self._number, [mended(cell) if isinstance(cell, str) else cell for cell in cells])
        self._first = line  # of these keys, when no reader for them was made yet
        reader = self._readers(tuple(fields), found.currency)
        if reader is None:
            return self._fault("The item has no name of the goods.", ", ".join(fields)[:200])
        row = reader.read(line, found.path, reader.take(line, found.path))
        if row.sku is None and row.external_id and _LIKE_ARTICLE.fullmatch(row.external_id):
            row = replace(row, sku=row.external_id)
        self._assumed += row.price is not None and reader.assumes(line)
        return row

    def _reader(self, keys: tuple[str, ...], currency: str | None) -> OfferReader | None:
        place = self._place
        notes = Notes(currency or place.currency, place.vat, place.conventional)
        header = Header(0, 0, keys, (), 1)
        found = layouts(header, [])
        by_value = layouts(header, [self._first]) if found and found[0].sku is None else []
        if by_value and by_value[0].name == found[0].name:  # «nr» may be an article («01-001») or count the rows
            found = [replace(found[0], sku=by_value[0].sku)]
        # «name» of a group is no group of its own here: the objects around say which it is.
        return OfferReader(None, replace(found[0], group=None), notes, self._options) if found else None

    def _fault(self, message: str, value: str) -> PriceRow:
        issue = RowIssue(
            code="missing_name", message=message, severity=Severity.ERROR, row=self._number, value=value or None
        )
        return PriceRow(row=self._number, name="", issues=(issue,))

    def _check(self, fields: dict[str, Any]) -> None:
        if len(fields) > self._options.max_columns:
            raise BadPriceList(
                "too_many_columns",
                f"Item {self._number} has {len(fields):,} fields; at most {self._options.max_columns:,}.",
            )
        longest = self._options.max_cell_chars
        if any(isinstance(value, str) and len(value) > longest for value in fields.values()):
            raise BadPriceList("cell_too_long", f"Item {self._number} has a value longer than {longest:,} characters.")
