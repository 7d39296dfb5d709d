"""JSON as a stream of events, whatever its encoding, in bounds that keep its parser alive."""

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import ijson

from quarry.errors import BadPriceList

_PART: Final = 1 << 16
_DEEPEST: Final = 100
_LONGEST_PATH: Final = 5_000  # of the keys from the outermost inwards
_MOST_DIGITS: Final = 1000
_LONGEST_TOKEN: Final = 4_000_000
_LONG_NUMBER: Final = re.compile(rb"(?<!\d)\d{%d}" % _MOST_DIGITS)
OPENING: Final = frozenset({"start_map", "start_array"})
CLOSING: Final = frozenset({"end_map", "end_array"})
Event = tuple[str, Any]


def events(stream: BinaryIO, encoding: str) -> Iterator[Event]:
    """The document's events from its beginning; of JSON Lines those of each line.

    Raises BadPriceList where it nests too deep, and the parser's errors where it is broken.
    """
    depth = 0
    keys = [0] * (_DEEPEST + 2)
    for event, value in ijson.basic_parse(_Utf8(stream, encoding), use_float=False, multiple_values=True):
        if event == "map_key":
            keys[depth] = len(value)
            if len(value) * 2 > _LONGEST_PATH or sum(keys[: depth + 1]) > _LONGEST_PATH:
                raise BadPriceList(
                    "too_deep",
                    f"The keys down to a value have more than {_LONGEST_PATH:,} letters: is this a price list?",
                )
        elif event in OPENING:
            depth += 1
            keys[depth] = 0
            if depth > _DEEPEST:
                raise BadPriceList(
                    "too_deep", f"The document nests more than {_DEEPEST} levels: this is no price list."
                )
        elif event in CLOSING:
            depth -= 1
        yield event, value


def checked_events(stream: BinaryIO, encoding: str) -> Iterator[Event]:
    """The events of a document that ``events`` has come to the end of."""
    found: Iterator[Event] = ijson.basic_parse(_Utf8(stream, encoding), use_float=False, multiple_values=True)
    return found


class _Utf8:
    """A stream in any encoding, read as UTF-8 from its beginning.

    The parser keeps a whole token, and fails at an integer that Python does not convert: both are refused before it.
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
    """Where the last quote mark without a backslash before it is; -1 without one."""
    place = window.rfind(b'"')
    while place > 0 and window[place - 1 : place] == b"\\":
        place = window.rfind(b'"', 0, place)
    return place
