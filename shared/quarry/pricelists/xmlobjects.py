"""An XML document of a shape of its own as objects within objects, so that its goods are found as those of JSON are.

An element with others within or with attributes is an object, one with a text alone a value; elements of one name that
follow one another are an array.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from quarry.errors import BadPriceList
from quarry.pricelists.jsonstream import Event
from quarry.pricelists.markup import Watched, local

_MOST_NESTED = 50
_TEXT = "value"  # the key of a text that stands beside attributes


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet. ``array``: the name of the elements within that came last, and may go on."""

    name: str
    attributes: dict[str, str]
    opened: bool = False
    array: str = field(default="")


def events(stream: BinaryIO) -> Iterator[Event]:
    """The document as events of JSON. Raises BadPriceList for what is not complete, plain XML."""
    stream.seek(0)
    try:
        yield from _events(Watched(stream))
    except (ParseError, DefusedXmlException, UnicodeDecodeError, LookupError) as error:
        raise BadPriceList(
            "damaged_file",
            "This is not a complete, plain XML document (entities are not taken). Check the export and send it again.",
        ) from error


def _events(source: Watched) -> Iterator[Event]:
    around: list[_Open] = []
    for event, element in iterparse(source, events=("start", "end"), forbid_dtd=False):
        source.silent = 0
        if event == "start":
            if around and not around[-1].opened:
                yield from _opening(around[-2] if len(around) > 1 else None, around[-1])
            attributes = {local(name): value for name, value in element.attrib.items()}
            around.append(_Open(local(element.tag), attributes))
            if len(around) > _MOST_NESTED:
                raise BadPriceList("too_deep", f"<{around[-1].name[:60]}> nests too deep. Check the export's settings.")
            continue
        closed = around.pop()
        yield from _closing(around[-1] if around else None, closed, (element.text or "").strip())
        element.clear()


def _opening(outer: _Open | None, inner: _Open) -> Iterator[Event]:
    if outer and outer.array != inner.name:
        yield from _ended(outer)
        yield "map_key", inner.name
        yield "start_array", None
        outer.array = inner.name
    yield "start_map", None
    inner.opened = True
    for name, value in inner.attributes.items():
        yield "map_key", name
        yield "string", value


def _closing(outer: _Open | None, closed: _Open, text: str) -> Iterator[Event]:
    if closed.opened:
        yield from _ended(closed)
        yield "end_map", None
    elif closed.attributes or outer is None:
        yield from _opening(outer, closed)
        if text:
            yield from _value(_TEXT, text)
        yield "end_map", None
    else:
        yield from _ended(outer)
        yield from _value(closed.name, text)


def _value(key: str, value: Any) -> Iterator[Event]:
    yield "map_key", key
    yield "string", value


def _ended(outer: _Open) -> Iterator[Event]:
    if outer.array:
        yield "end_array", None
        outer.array = ""
