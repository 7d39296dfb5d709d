"""JSON: an array of objects, or an object that holds one. Each object's keys are its header."""

import codecs
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, BinaryIO, Final

import ijson

from quarry.domain.reading import Role
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import BadPriceList
from quarry.pricelists.bounds import LONGEST_CATEGORY, shortened, too_long
from quarry.pricelists.detection import Header
from quarry.pricelists.encodings import encoding_of
from quarry.pricelists.grid import Line, clean, plain, text
from quarry.pricelists.headers import LONGEST_HEADER, role_of
from quarry.pricelists.layout import layouts
from quarry.pricelists.offers import Notes, OfferReader
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import currency_of

_PART: Final = 1 << 16
_ITEM: Final = re.compile(r"(?:^|(?<=\.))item(?=\.|$)")
_CERTAIN: Final = 4
_DEEPEST: Final = 100
_LONGEST_PATH: Final = 5_000  # of the keys from the outermost inwards: the parser joins them at each value
_MOST_DIGITS: Final = 1000
_LONGEST_TOKEN: Final = 4_000_000
_LONG_NUMBER: Final = re.compile(rb"(?<!\d)\d{%d}" % _MOST_DIGITS)
_MOST_KEYS: Final = 1000  # of an object, in judging whether it is goods
_OPENING: Final = frozenset({"start_map", "start_array"})
_CLOSING: Final = frozenset({"end_map", "end_array"})


def rows(stream: BinaryIO, options: ReadOptions) -> Iterator[PriceRow | RowIssue]:
    """The offers; ``row`` counts the array's items from 1.

    Raises BadPriceList when the text is no JSON or has no goods.
    """
    encoding = encoding_of(stream)
    try:
        _check_depth(_Utf8(stream, encoding))
        prefix, currency = _prefix(_Utf8(stream, encoding))
        items = _items(_Utf8(stream, encoding), prefix)
        yield from _offers(items, Notes(currency=currency), options)
    except (ijson.JSONError, UnicodeDecodeError) as fault:
        raise BadPriceList(
            "damaged_file",
            "This is no whole JSON document. Check that the export ended without an error and send the file again.",
        ) from fault


class _Utf8:
    """A stream in any encoding, read as UTF-8 from its beginning.

    The parser holds a token whole, and dies of an integer that Python does not convert: both are refused before it.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        stream.seek(0)
        self._stream = stream
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._tail = b""
        self._since_quote = 0

    def read(self, size: int = -1) -> bytes:
        part = self._decoded(size)
        self._check_token(part)
        return part

    def _check_token(self, part: bytes) -> None:
        window = self._tail + part
        if _LONG_NUMBER.search(window):
            raise BadPriceList(
                "cell_too_long", f"A number has more than {_MOST_DIGITS:,} digits. Correct it and send the file again."
            )
        self._tail = window[-_MOST_DIGITS:]
        last = _last_quote(window)
        self._since_quote = self._since_quote + len(part) if last < len(window) - len(part) else len(window) - last
        if self._since_quote > _LONGEST_TOKEN:
            raise BadPriceList(
                "cell_too_long",
                f"A text has more than {_LONGEST_TOKEN:,} bytes. Look for a missing quote mark.",
            )

    def _decoded(self, size: int) -> bytes:
        part = self._stream.read(_PART if size < 0 else size)
        if self._decoder is None or not size:
            return part
        decoded = self._decoder.decode(part, final=not part)
        while part and not decoded:
            part = self._stream.read(size)
            decoded = self._decoder.decode(part, final=not part)
        return decoded.encode("utf-8")


def _last_quote(window: bytes) -> int:
    """Where the last quote mark stands that no backslash precedes; -1 without one."""
    place = window.rfind(b'"')
    while place > 0 and window[place - 1 : place] == b"\\":
        place = window.rfind(b'"', 0, place)
    return place


def _check_depth(stream: _Utf8) -> None:
    """Raises BadPriceList for a document so deep that naming its places would fill the memory."""
    depth = 0
    keys = [0] * (_DEEPEST + 2)
    for event, value in ijson.basic_parse(stream, use_float=False):
        if event == "map_key":
            keys[depth] = len(value)
            if len(value) * 2 > _LONGEST_PATH or sum(keys[: depth + 1]) > _LONGEST_PATH:
                raise BadPriceList(
                    "too_deep",
                    f"The keys down to a value have more than {_LONGEST_PATH:,} letters: is this a price list?",
                )
        elif event in _OPENING:
            depth += 1
            keys[depth] = 0
            if depth > _DEEPEST:
                raise BadPriceList(
                    "too_deep", f"The document nests more than {_DEEPEST} levels: this is no price list."
                )
        elif event in _CLOSING:
            depth -= 1


def _items(stream: _Utf8, prefix: str) -> Iterator[tuple[tuple[str, ...], Any] | RowIssue]:
    """The goods, each with the names of the objects around it when they lie in an array within an array."""
    around = [prefix[: step.end()] for step in _ITEM.finditer(prefix)][:-1]
    if not around:
        yield from (((), item) for item in ijson.items(stream, prefix, use_float=False))
        return
    names: dict[str, str] = {}
    builder: Any = None
    for current, event, value in ijson.parse(stream, use_float=False):
        if current == prefix and builder is None:
            builder = ijson.ObjectBuilder()
        if builder is not None:
            builder.event(event, value)
            if current == prefix and event not in {"start_map", "start_array", "map_key"}:
                yield tuple(names[outer] for outer in around if outer in names), builder.value
                builder = None
        elif event == "start_map" and current in around:
            names = {outer: name for outer, name in names.items() if current.startswith(outer) and outer != current}
        elif event == "string":
            parent, _, key = current.rpartition(".")
            if parent in around and parent not in names and role_of(key) in {Role.NAME, Role.CATEGORY}:
                names[parent] = text(clean(value))
                if len(names[parent]) > LONGEST_CATEGORY:
                    yield too_long(names[parent], LONGEST_CATEGORY, column=key)
                    names[parent] = shortened(names[parent], LONGEST_CATEGORY)


def _prefix(stream: _Utf8) -> tuple[str, str | None]:
    """Where the goods lie, in ijson's words: the array whose first object looks most like an offer.

    And the currency that the document names beside it, once for all goods.
    """
    currency: str | None = None
    best: tuple[int, int, str] | None = None  # score, the shallower the better, prefix
    keys: dict[str, list[str]] = {}  # of the first object of each array
    ended: set[str] = set()
    for prefix, event, value in ijson.parse(stream, use_float=False):
        if event == "start_map" and (prefix == "item" or prefix.endswith(".item")):
            keys.setdefault(prefix, [])
        elif event == "map_key" and prefix in keys and prefix not in ended and len(keys[prefix]) < _MOST_KEYS:
            keys[prefix].append(str(value))
        elif event == "end_map" and prefix in keys and prefix not in ended:
            ended.add(prefix)
            found = _score(keys[prefix]), -prefix.split(".").count("item"), prefix
            best = max(best, found) if best else found
            if best[:2] == (_CERTAIN, -1):
                break
        elif event == "string" and not _ITEM.search(prefix) and role_of(prefix.rpartition(".")[2]) is Role.CURRENCY:
            currency = currency_of(value)
    if best is None or not best[0]:
        seen = ", ".join(dict.fromkeys(key for part in keys.values() for key in part)) or "none"
        raise BadPriceList(
            "no_header",
            "No array of goods was found: each needs at least a name («name», «наименование»). "
            f"Keys found: {seen[:300]}.",
        )
    return best[2], currency


def _score(keys: list[str]) -> int:
    """How much an object looks like an offer: 0 without anything that names goods, at most ``_CERTAIN``."""
    roles = {role_of(key) for key in keys}
    if not roles & {Role.NAME, Role.MODEL}:
        return 0
    return 1 + (Role.NAME in roles) + (Role.PRICE in roles) + bool(roles & {Role.SKU, Role.UNIT, Role.CATEGORY})


def _offers(
    items: Iterator[tuple[tuple[str, ...], Any] | RowIssue], notes: Notes, options: ReadOptions
) -> Iterator[PriceRow | RowIssue]:
    categorised = False
    number = 0
    readers = lru_cache(maxsize=256)(lambda keys: _reader(keys, notes, options))
    for found in items:
        if isinstance(found, RowIssue):
            yield found
            continue
        path, item = found
        number += 1
        if number > options.max_rows:
            raise BadPriceList("too_many_rows", f"The price list has more than {options.max_rows:,} rows. Split it.")
        if not isinstance(item, Mapping):
            yield _fault(number, "This item is no object with a name and a price.", str(item)[:200])
            continue
        flat = _flat(item, options, number)
        reader = readers(tuple(flat))
        if reader is None:
            yield _fault(number, "The item has no name of the goods.", ", ".join(flat)[:200])
            continue
        line = Line(number, [plain(value) for value in flat.values()])
        row = reader.read(line, path, reader.take(line, path))
        categorised = categorised or bool(row.category)
        yield row
    if number and not categorised:
        yield RowIssue(
            code="missing_column",
            message="No category was found («category», «категория»). The goods are imported without one.",
            severity=Severity.WARNING,
            column="category",
        )


def _reader(keys: tuple[str, ...], notes: Notes, options: ReadOptions) -> OfferReader | None:
    found = layouts(Header(0, 0, keys, (), 1), [])
    return OfferReader(None, found[0], notes, options) if found else None


def _fault(number: int, message: str, value: str) -> PriceRow:
    issue = RowIssue(code="missing_name", message=message, row=number, value=value or None)
    return PriceRow(row=number, name="", issues=(issue,))


def _labelled(key: str, parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """A list of labelled values, as of prices by kind: «price розница»."""
    labelled = {}
    for part in parts:
        label = str(next((part[name] for name in ("type", "kind", "name", "label", "title") if name in part), ""))
        if len(label) > LONGEST_HEADER:
            continue  # it names no known column, and would be kept for all items
        amount = next((part[name] for name in ("price", "value", "amount") if name in part), None)
        if not isinstance(amount, Mapping | list) and amount is not None:
            labelled[f"{key.removesuffix('s')} {label}".strip()] = amount
    return labelled


def _flat(item: Mapping[str, Any], options: ReadOptions, number: int) -> dict[str, Any]:
    """Nested objects as «price value»; lists of plain values joined."""
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, Mapping):
            for inner, content in value.items():
                if not isinstance(content, Mapping | list):
                    flat[key if inner in {"value", "amount", "name"} else f"{key}_{inner}"] = content
        elif isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
            flat |= _labelled(key, value)
        elif isinstance(value, list):
            flat[key] = ", ".join(str(part) for part in value if not isinstance(part, Mapping | list))
        else:
            flat[key] = value
    if len(flat) > options.max_columns:
        raise BadPriceList(
            "too_many_columns", f"Item {number} has {len(flat):,} fields; at most {options.max_columns:,}."
        )
    if any(isinstance(value, str) and len(value) > options.max_cell_chars for value in flat.values()):
        raise BadPriceList(
            "cell_too_long", f"Item {number} has a value longer than {options.max_cell_chars:,} characters."
        )
    return flat
