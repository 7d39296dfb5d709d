"""XML read as a stream: the requested records, each complete, and never more than one of them in memory."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from quarry.errors import BadPriceList

_PART: Final = 1 << 18
_LONGEST_TOKEN: Final = 4_000_000
_MOST_NESTED: Final = 100
MOST_WITHIN: Final = 5_000  # elements of one offer


def records(stream: BinaryIO, tags: Mapping[str, int]) -> Iterator[Any]:
    """The elements of these names, without namespaces; of one within another the outer alone.

    ``tags`` says how many elements each may hold. Raises BadPriceList for what is not complete, plain XML: a DOCTYPE
    may be there, as the formats' own documents have one; entities and external references are forbidden.
    """
    stream.seek(0)
    try:
        yield from _records(Watched(stream), tags)
    except (ParseError, DefusedXmlException, UnicodeDecodeError, LookupError) as error:
        raise BadPriceList(
            "damaged_file",
            "This is not a complete, plain XML document (entities are not taken). Check the export and send it again.",
        ) from error


def _records(source: "Watched", tags: Mapping[str, int]) -> Iterator[Any]:
    around: list[Any] = []
    depth = within = most = 0
    for event, element in iterparse(source, events=("start", "end"), forbid_dtd=False):
        source.silent = 0
        if event == "start":
            element.tag = local(element.tag)
            around.append(element)
            if not depth and element.tag in tags:
                depth, within, most = len(around), 0, tags[element.tag]
            within += 1
            if len(around) > _MOST_NESTED or (depth and within > most):
                raise BadPriceList(
                    "too_deep",
                    f"<{element.tag[:60]}> nests too deep or is within too much. Check the export's settings.",
                )
            continue
        around.pop()
        if len(around) < depth:
            depth = 0
            yield element
        if around and not depth:
            around[-1].clear()  # what is read already would fill the memory


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def forbid_entities(parser: Any) -> None:
    """The same for a parser of our own: entities, and what lies outside the document, are refused."""

    def refuse(*_: object) -> None:
        raise BadPriceList("damaged_file", "The XML document defines entities, which are not taken. Export it anew.")

    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = refuse


class Watched:
    """The document as the parser reads it.

    The parser scans an unfinished tag anew with each part that it gets, so an endless one is refused.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.silent = 0

    def read(self, size: int = -1, /) -> bytes:
        if self.silent > _LONGEST_TOKEN:
            raise BadPriceList(
                "cell_too_long",
                f"A tag, a text or a comment has more than {_LONGEST_TOKEN:,} bytes. Check the export's settings.",
            )
        part = self._stream.read(_PART)
        self.silent += len(part)
        return part
